"""What would the configured validators say to this contribution? Tried out, never stored."""

import base64
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from librarian.pipeline import build
from librarian.problem import Problem
from librarian.reading import Intake
from librarian.record import LABELS, Carrier, Submission
from librarian.settings import Settings
from librarian.stage import (
    CROSS_VALIDATION,
    DATA_VALIDATION,
    LABEL_VALIDATION,
    RECEIVE,
    SIZE,
    TYPE,
    Failure,
    Stage,
)

STAGES = (RECEIVE, SIZE, TYPE, LABEL_VALIDATION, DATA_VALIDATION, CROSS_VALIDATION)
SEVERAL = re.compile(r"([A-Za-z0-9_-]+)=(.+)", re.DOTALL)


class NoFile(Exception):
    """A file named on the command line cannot be read."""


def submission(settings: Settings, labels: str, file: str) -> Submission:
    """Make a submission of files as a client would send them. Raises NoFile."""
    content = sys.stdin.buffer.read() if labels == "-" else _read(labels)
    pieces = [(LABELS, Carrier("file", content, media_type="application/json"))]
    body = None
    for intake, path in _files(settings, file):
        brought = carrier(intake, _read(path), Path(path).name)
        if brought.kind == "body":
            body = brought
        else:
            pieces.append((intake.tag, brought))
    return Submission("multipart" if body is None else "raw", pieces=tuple(pieces), body=body)


def judged(settings: Settings, sent: Submission) -> tuple[list[str], bool]:
    """Say of each stage whether it passed, and whether the contribution is refused."""
    pipeline = build(settings)
    try:
        verdict = pipeline.judge(pipeline.reader.read(sent))
    except Failure as failure:
        return list(_told(failure.problems, (), unread=True)), True
    return list(_told(verdict.refused, verdict.flagged, unread=False)), bool(verdict.refused)


def _told(refused: Sequence[Problem], flagged: Sequence[Problem], *, unread: bool) -> Iterator[str]:
    for stage in STAGES:
        against = [problem for problem in refused if problem.stage == stage.slug]
        marks = [problem for problem in flagged if problem.stage == stage.slug]
        word = "refused" if against else "flagged" if marks else "ok"
        if word == "ok" and not _reached(stage, refused, unread=unread):
            word = "not reached"
        yield f"{stage.slug:<17} {word}"
        for problem in (*against, *marks):
            yield f"{'':<17} {problem.message} ({problem.rule})"


def _reached(stage: Stage, refused: Sequence[Problem], *, unread: bool) -> bool:
    """Say whether a stage was run: reading comes first, and labels and data before both."""
    if unread:
        return stage is RECEIVE
    if stage is DATA_VALIDATION:
        return not any(problem.stage in (SIZE.slug, TYPE.slug) for problem in refused)
    return stage is not CROSS_VALIDATION or not refused


def _files(settings: Settings, file: str) -> list[tuple[Intake, str]]:
    """Tell which file is for which input: TAG=FILE,TAG=FILE, or one file for the first input."""
    tags: Mapping[str, Intake] = {intake.tag: intake for intake in settings.intakes}
    pairs = [SEVERAL.fullmatch(each) for each in file.split(",")]
    named = [(pair[1], pair[2]) for pair in pairs if pair is not None and pair[1] in tags]
    if len(named) == len(pairs) and not Path(file).exists():
        return [(tags[tag], path) for tag, path in named]
    return [(settings.intakes[0], file)]


def carrier(intake: Intake, content: bytes, name: str) -> Carrier:
    """Bring bytes in a form that the input reads: as a file if it can be."""
    text = base64.b64encode(content).decode()
    forms = (
        Carrier("file", content, name),
        Carrier("field", text),
        Carrier("body", content, name),
    )
    return next(form for form in forms if intake.way(form) is not None)


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        reason = "is a folder" if Path(path).is_dir() else "cannot be read"
        reason = reason if Path(path).exists() else "is not there"
        raise NoFile(f"The file {path} {reason}.") from error
