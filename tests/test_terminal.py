"""What does `check --connect` look like on a terminal? Coloured if that is wanted, 80 columns."""

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
COLOUR = re.compile(r"\033\[[0-9]*m")


def shown(folder: Path, **environ: str) -> str:
    """Run it on a terminal of 80 columns, with one store that works and one that does not."""
    (folder / "blocked").write_text("a file where a folder should be")
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "librarian", "check", "--connect"],
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "COLUMNS": "80",
            "DATA_ACTOR_CONFIG": '[{"actor": "image", "args": ["blocked/images"]}]',
            "LABEL_ACTOR_CONFIG": '[{"actor": "sqlite", "args": ["labels.sqlite"]}]',
            "LABEL_VALID_CONFIG": '[{"validator": "type", "args": [{"first_label": "float",'
            ' "second_label": "float", "third_label": "float", "fourth": "str?"}]}]',
            **environ,
        },
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    said = b""
    try:
        while chunk := os.read(ours, 1000):
            said += chunk
    except OSError:
        pass  # the terminal is closed: it has ended
    os.close(ours)
    assert process.wait(60) == 1
    return said.decode().replace("\r\n", "\n")


def test_what_works_is_green_and_what_does_not_is_red_in_eighty_columns(tmp_path: Path) -> None:
    said = shown(tmp_path)
    assert re.search(r"^LABEL_ACTOR_CONFIG\[0\] +sqlite +\033\[32mok:\033\[0m ", said, re.M)
    assert re.search(r"^DATA_ACTOR_CONFIG\[0\] +image +\033\[31mfailed:\033\[0m ", said, re.M)
    assert COLOUR.sub("", said.splitlines()[-1]) == (
        "1 of 2 stores does not work; until that is mended, contributions are refused."
    )
    lines = COLOUR.sub("", said).splitlines()
    assert [line for line in lines if len(line) > 80] == []
    assert len([line for line in lines if line.startswith(" " * 14)]) >= 1  # a long line goes on


@pytest.mark.parametrize("value", ["1", "yes"])
def test_no_color_is_heeded(tmp_path: Path, value: str) -> None:
    assert "\033" not in shown(tmp_path, NO_COLOR=value)
