"""Is a case answered as it must be, and nothing kept of a refusal? Looked at past the service."""

import json
import os
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.corpus import PHOTO, Case
from tests.corpus.sending import Answer

PROBLEM = {"type", "title", "status", "detail", "instance", "stage", "retryable", "errors"}
GOOD = Case(
    "a good request", "accepted", PHOTO, (("Content-Type", "image/jpeg"),), "/upload?mood=good"
)


@dataclass
class Judge:
    """A running service, and what its two stores held when they were last looked at."""

    folder: Path
    send: Callable[[Case], Answer]
    files: set[str] = field(default_factory=set)
    rows: int = 0

    def try_case(self, case: Case) -> None:
        """Send a case and a good request behind it, and see that all is as it must be."""
        self._new()  # what another case may have left is none of this one's
        answer = self.send(case)
        said = f"{case.name}: {answer.status} {answer.body[:400]!r}"
        assert answer.status == case.status, said
        if case.accepted:
            self.see_kept(answer, case.data or case.body, case.labels)
        else:
            slug, _, rule = case.answer.partition("/")
            self.see_refused(answer, slug, rule, told=case.method != "HEAD")
        self.see_good()

    def see_good(self) -> None:
        """See that the service takes the next good request."""
        answer = self.send(GOOD)
        assert answer.status == 201, answer
        self.see_kept(answer, GOOD.body, {"mood": "good"})

    def see_kept(self, answer: Answer, content: bytes, labels: Any) -> None:
        """See that exactly this was kept, once, in both stores."""
        uid = answer.document["uid"]
        files, records = self._new()
        assert set(records) == {uid}
        assert [path.read_bytes() for path in files] == [content]
        (place,) = records[uid]["_librarian"]["data"]
        assert [each["name"] for each in place["stored"]] == [path.name for path in files]
        if labels is not None:
            kept = {k: v for k, v in records[uid].items() if k not in ("_id", "uid", "_librarian")}
            assert alike(kept, labels)
            assert alike(answer.document["labels"], labels)

    def see_kept_times(self, times: int, content: bytes) -> None:
        """See that exactly this was kept, so many times."""
        files, records = self._new()
        assert [path.read_bytes() for path in files] == [content] * times
        assert len(records) == times

    def see_refused(self, answer: Answer, slug: str, rule: str, *, told: bool = True) -> None:
        """See a whole problem document that every page may read, and that nothing was kept."""
        headers = {name.lower(): value for name, value in answer.headers.items()}
        assert headers["access-control-allow-origin"] == "*"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-type"] == "application/problem+json"
        assert re.fullmatch(r"[A-Za-z0-9._-]{8,64}", headers["x-request-id"])
        if told:
            document = answer.document
            assert set(document) == PROBLEM
            assert (document["type"], document["errors"][0]["rule"]) == (slug, rule), document
            assert document["stage"] == slug
            assert document["status"] == answer.status < 500
            assert document["instance"] == headers["x-request-id"]
            assert document["detail"] == document["errors"][0]["message"]
            assert all({"stage", "rule", "message"} <= set(error) for error in document["errors"])
            assert str(self.folder) not in answer.body.decode()
        assert self._new() == ([], {})

    def _new(self) -> tuple[list[Path], dict[str, Any]]:
        """Give files and label records that were not there when this was last asked."""
        files = {name for _, _, names in os.walk(self.folder / "images") for name in names}
        assert self.files <= files
        assert not list((self.folder / "journal").glob("*.left"))
        new = [self.folder / "images" / name for name in sorted(files - self.files)]
        records = [json.loads(text) for text in self._rows()]
        self.files, self.rows = files, self.rows + len(records)
        return new, {record["_id"]: record for record in records}

    def _rows(self) -> list[str]:
        """Give the documents that were added since; none may have gone."""
        if not (self.folder / "labels.sqlite").exists():
            return []
        with closing(sqlite3.connect(self.folder / "labels.sqlite")) as database:
            ((count,),) = database.execute("SELECT count(*) FROM contributions")
            assert count >= self.rows
            added = "SELECT document FROM contributions ORDER BY rowid DESC LIMIT ?"
            return [text for (text,) in database.execute(added, (count - self.rows,))]


def alike(one: Any, other: Any) -> bool:
    """Say whether values are equal and of equal type: 1 is neither 1.0 nor true."""
    return repr(one) == repr(other) or (
        isinstance(one, dict)
        and isinstance(other, dict)
        and one.keys() == other.keys()
        and all(alike(one[name], other[name]) for name in one)
    )
