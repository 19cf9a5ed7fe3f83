"""How long until it is there? Commands and services started anew, in turn."""

import random
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median

from bench import serving, table
from bench.serving import ROOT
from tests.process import free_port, running

HEAVY = ("boto3", "botocore", "pymongo", "PIL", "jsonschema", "gunicorn", "flask", "pydantic")
"""What costs time to import; the first four are to wait until they are needed."""
HEADER = ("what", "median s", "least s", "most s", "at most")
GOALS: Mapping[str, str] = {"librarian describe": "0.4", "librarian serve, until it answers": "1.5"}


def measured(rounds: int, folder: Path) -> str:
    """Give the table, and below it what `import librarian.web` pulls in."""
    python = serving.python()
    beside = Path(python).parent
    commands: dict[str, Callable[[], float]] = {
        "python -c pass": lambda: _ended(python, "-c", "pass"),
        "librarian describe": lambda: _ended(str(beside / "librarian"), "describe"),
        "import librarian.web": lambda: _ended(python, "-c", "import librarian.web"),
        "librarian serve, until it answers": lambda: _answering(folder),
    }
    found: dict[str, list[float]] = {name: [] for name in commands}
    for number in range(rounds + 1):  # the first only fills the page cache
        for name in random.sample(list(commands), len(commands)):
            seconds = commands[name]()
            if number:
                found[name].append(seconds)
    rows = [
        (name, f"{median(all_):.3f}", f"{min(all_):.3f}", f"{max(all_):.3f}", GOALS.get(name, "-"))
        for name, all_ in found.items()
    ]
    return f"{table.text(HEADER, rows)}\n\n{pulled_in()}"


def pulled_in() -> str:
    """Say what `import librarian.web` imports of what is heavy."""
    code = "import sys, librarian.web; print(*sys.modules)"
    command = (serving.python(), "-c", code)
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    modules = set(run.stdout.split())
    heavy = [name for name in HEAVY if name in modules]
    spared = [name for name in HEAVY if name not in modules]
    return (
        f"`import librarian.web` imports {len(modules)} modules;"
        f" of what is heavy {', '.join(heavy) or 'nothing'}, not {', '.join(spared) or 'nothing'}."
    )


def _ended(*command: str) -> float:
    began = time.perf_counter()
    subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began


def _answering(folder: Path) -> float:
    port = free_port()
    own = folder / str(port)
    own.mkdir(parents=True)
    made = serving.librarian(own, port)
    began = time.perf_counter()
    with running(made):
        return time.perf_counter() - began
