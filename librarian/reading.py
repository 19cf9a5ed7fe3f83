"""How does a submission become a record? Each input reads its piece; the rest is labels."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from librarian import labels, strictjson, uid
from librarian.component import Input
from librarian.problem import Problem
from librarian.record import LABELS, Carrier, Document, Part, Record, Submission
from librarian.stage import RECEIVE, TYPE, Failure

REACH = {
    "form": frozenset({"field"}),
    "json": frozenset({"member"}),
    "multipart": frozenset({"field", "file"}),
    "raw": frozenset({"body"}),
}
"""Which carriers an encoding can bring."""


@dataclass(frozen=True, slots=True)
class Intake:
    """One configured input: its tag, the ways in which it may arrive, whether it must."""

    tag: str
    ways: tuple[Input[Part], ...]
    required: bool = True

    @property
    def said(self) -> str:
        """Its ways as people call them: `base64 text, a raw body`."""
        return ", ".join(way.said for way in self.ways)

    @property
    def written(self) -> bool:
        """Whether all that it brings is text."""
        return all(way.name == "text" for way in self.ways)

    def reaches(self, encoding: str) -> bool:
        """Say whether a request of this encoding can bring it at all."""
        return any(way.carriers & REACH[encoding] for way in self.ways)

    def way(self, carrier: Carrier) -> Input[Part] | None:
        """Choose the first way that reads this form of arrival."""
        for way in self.ways:
            if way.reads(carrier):
                return way
        return None


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads submissions into records: the configured inputs, and how label text is read."""

    intakes: tuple[Intake, ...]
    declared: Mapping[str, str]
    without_key: str = "new"

    def read(self, submission: Submission) -> Record:
        """Read the whole submission. Raises Failure (`receive`, `type`) with every fault."""
        problems: list[Problem] = []
        data = self._data(submission, problems)
        try:
            tags = [intake.tag for intake in self.intakes]
            labelled = Document(LABELS, labels.gather(submission, tags, self.declared))
        except Failure as failure:
            raise Failure(RECEIVE, *problems, *failure.problems) from None
        if problems:
            raise Failure(RECEIVE, *problems)
        print_of = fingerprint(data, labelled)
        merged = self.without_key == "fingerprint" or submission.legacy
        if submission.uid:
            minted = submission.uid
        elif submission.key:
            minted = uid.derive(submission.scope, submission.key)
        else:
            minted = uid.derive("content", print_of) if merged else uid.mint()
        return Record(
            uid=minted,
            labels=labelled,
            data=data,
            fingerprint=print_of,
            keyed=bool(submission.uid or submission.key) or merged,
            contributor=submission.contributor,
        )

    def _data(self, submission: Submission, problems: list[Problem]) -> tuple[Part, ...]:
        """Read the piece of each input; what is wrong is added to the problems."""
        parts = []
        body = submission.body
        taker = None if body is None else self._taker(body)
        for intake in self.intakes:
            found = [carrier for name, carrier in submission.pieces if name == intake.tag]
            if body is not None and intake is taker:
                found.append(body)
            if not intake.required:
                found = [carrier for carrier in found if carrier.value != ""]  # a field left empty
            try:
                if found:
                    parts.append(self._one(intake, found))
                elif intake.required:
                    raise self._missing(intake, submission)
            except Failure as failure:
                problems.extend(failure.problems)
        return tuple(parts)

    def _taker(self, body: Carrier) -> Intake:
        """Choose the one input that a raw body is for: the first that reads it, else the first."""
        first, *others = self.intakes
        if not others:
            return first
        return next((each for each in self.intakes if each.way(body)), first)

    def _one(self, intake: Intake, found: list[Carrier]) -> Part:
        if len(found) > 1:
            message = f"“{intake.tag}” is there {len(found)} times; send it once."
            raise Failure(RECEIVE, Problem("repeated", message, (intake.tag,), limit=1))
        way = intake.way(found[0])
        if way is None:
            raise Failure(TYPE, _wrong_way(intake))
        part = way.read(intake.tag, found[0])
        if not part.content:
            raise Failure(RECEIVE, Problem("empty", f"“{intake.tag}” is empty.", (intake.tag,)))
        return part

    def _missing(self, intake: Intake, submission: Submission) -> Failure:
        if not intake.reaches(submission.encoding):
            return Failure(TYPE, _wrong_way(intake))
        message = f"“{intake.tag}” is missing; it is taken as {intake.said}."
        return Failure(RECEIVE, Problem("required", message, (intake.tag,)))


def fingerprint(data: tuple[Part, ...], labelled: Document) -> str:
    """Hash what was received, bytes and labels; never times, never what is stored of it."""
    parts = {part.tag: part.sha256 for part in data}
    return hashlib.sha256(strictjson.dumps([parts, labelled.value])).hexdigest()


def _wrong_way(intake: Intake) -> Problem:
    message = f"“{intake.tag}” is not taken in this way; send it as {intake.said}."
    return Problem("encoding", message, (intake.tag,), stage=TYPE.slug)
