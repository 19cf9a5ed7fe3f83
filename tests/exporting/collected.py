"""What is exported in the tests? A collection of small pictures, taken in by a real service."""

import io
import json
import os
import random
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from librarian import strictjson
from librarian.exporting import Summary, run
from librarian.exporting.asked import read
from librarian.exporting.source import source
from librarian.pipeline import Pipeline, build
from librarian.progress import Progress
from librarian.record import LABELS, Carrier, Receipt, Submission
from librarian.settings import load
from tests.e2e.stack import ROOT

HOSTILE = {
    "formula": '=HYPERLINK("http://a.example","x")',
    "command": "@SUM(1+1)*cmd|' /C calc'!A0",
    "markup": "<script>alert(1)</script>",
    "yaml": "---\nx: !!python/object/apply:os.system ['true']",
    "x_file_name": "../../../../etc/passwd",
}
QUIET = Progress(io.StringIO())


@dataclass(frozen=True)
class Collected:
    """A service in a folder of its own, and what it was sent."""

    folder: Path
    given: Mapping[str, Any]
    service: Pipeline

    def send(self, labels: Mapping[str, Any], contributor: str = "", **data: bytes) -> Receipt:
        """Have one contribution taken in."""
        told = Carrier("file", strictjson.dumps(labels), media_type="application/json")
        pieces = [(LABELS, told), *((tag, Carrier("file", each)) for tag, each in data.items())]
        return self.service.submit(
            Submission("multipart", pieces=tuple(pieces), contributor=contributor)
        )

    def fill(self, count: int) -> None:
        """Have pictures of three contributors and of nobody taken in, and labels of each kind.

        The first is sent alone: rclone's server may answer 500 where two at once make its folder.
        """

        def send(number: int) -> Receipt:
            return self.send(labels(number), who(number), image=picture(number))

        send(0)
        with ThreadPoolExecutor(8) as pool:
            for _ in pool.map(send, range(1, count)):
                pass

    def close(self) -> None:
        """Let go of what its stores hold open, connections to servers above all."""
        for step in self.service.commit.stores:
            step.component.close()

    def export(self, folder: Path, to: str, **wishes: str) -> Summary:
        """Export it, in this process."""
        asked = read(to, **wishes)
        return run(asked, source(self.service, asked), folder, QUIET)

    def resume(self, folder: Path, to: str, **wishes: str) -> Summary:
        """Go on with an export, in this process."""
        asked = read(to, **wishes)
        return run(asked, source(self.service, asked), folder, QUIET, resume=True)

    def command(self, *words: str) -> list[str]:
        """Give the command as its owner would write it."""
        flags = [f"--{name.lower()}={_written(value)}" for name, value in self.given.items()]
        return [sys.executable, "-m", "librarian", *words, *flags]

    def librarian(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run a command as its owner would."""
        return subprocess.run(
            self.command(*words), env=environ(), cwd=self.folder, capture_output=True,
            text=True, timeout=120, check=False,
        )  # fmt: skip


def environ() -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}


def collected(folder: Path, **given: Any) -> Collected:
    """Make a service with stores of its own; `given` is more of its configuration."""
    stores = {
        "DATA_ACTOR_CONFIG": [{"actor": "image", "args": [str(folder / "images")]}],
        "LABEL_ACTOR_CONFIG": [{"actor": "sqlite", "args": [str(folder / "labels.sqlite")]}],
        "INPUT_CONFIG": {"type": ["file", "raw"], "tag": "image"},
    }
    whole = {"LIBRARIAN_DATA_DIR": str(folder / "own"), **stores, **given}
    folder.mkdir(parents=True, exist_ok=True)
    flags = {name: _written(value) for name, value in whole.items()}
    names = {name.removeprefix("LIBRARIAN_"): value for name, value in whole.items()}
    return Collected(folder, names, build(load({}, flags=flags)))


def filled(folder: Path, count: int, **given: Any) -> Collected:
    """Make one that holds pictures of three contributors and of nobody, and labels of each kind."""
    made = collected(folder, **given)
    made.fill(count)
    return made


def labels(number: int) -> dict[str, Any]:
    """Give the labels of one contribution: a box in fractions, a class, and what is hostile."""
    box = {"x": 0.25, "y": 0.125, "width": 0.5, "height": 0.25 + number % 3 / 8}
    own = {"number": number, "label": ("cat", "dog", "Ünlü=1")[number % 3], "box": box}
    return {**own, "tags": ["a", "b"][: number % 3], "seen": number % 2 == 0, **HOSTILE}


def who(number: int) -> str:
    return "" if number % 2 else f"contributor-{number % 6}"


def picture(number: int, width: int = 48, height: int = 32, name: str = "JPEG") -> bytes:
    """Draw a picture that looks like no other: coarse noise of its number."""
    coarse = Image.frombytes("L", (12, 8), random.Random(number).randbytes(96))
    content = io.BytesIO()
    coarse.resize((width, height), Image.Resampling.BICUBIC).convert("RGB").save(content, name)
    return content.getvalue()


def lines(path: Path) -> list[dict[str, Any]]:
    """Read JSON Lines."""
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def held(folder: Path) -> dict[str, bytes]:
    """Give every file of a folder."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def uids(receipts: Sequence[Receipt]) -> list[str]:
    return [each.uid for each in receipts]


def _written(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
