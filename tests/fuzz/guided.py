"""What does atheris find, which changes bytes so that ever more of the code is reached?

    python -m tests.fuzz.guided TARGET FOLDER -runs=N ...

One target in a process of its own, for it ends with it; the rest of the line is libFuzzer's.
"""

import logging
import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["librarian", "werkzeug.sansio", "werkzeug.http"]):
    from tests.fuzz import seeds, targets


def main() -> None:
    """Try one target until it breaks, or as often as the line says."""
    name, folder, *options = sys.argv[1:]
    logging.disable(logging.INFO)
    logging.getLogger().addHandler(logging.NullHandler())
    for number, seed in enumerate(seeds.seeds(name)):
        (Path(folder) / f"{number:04}").write_bytes(seed)
    atheris.Setup([sys.argv[0], *options, folder], targets.TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
