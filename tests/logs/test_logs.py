"""Is a line whole, in each shape: when, what, of which request, and nothing that was sent?"""

import io
import json
import logging
import os
import re
from collections.abc import Callable, Iterator
from typing import Any, TextIO

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from librarian import logs, subject
from librarian.logs import shapes
from librarian.logs.shapes import UNSAID
from librarian.settings import load
from tests.pictures import make
from tests.web.conftest import Service

Make = Callable[..., Service]
PHOTO = make("PNG", 64, 48)
CANARY = "c4naryAmongTheLabels"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def settled() -> Iterator[Callable[..., Any]]:
    """Have log lines written into a stream, and everything put back after the test."""
    root, own = logging.getLogger(), logging.getLogger("librarian")
    before = root.level, list(root.handlers), own.level, logs.REQUESTS

    def settle(stream: TextIO, **said: str) -> TextIO:
        variables = {f"LIBRARIAN_LOG_{name.upper()}": value for name, value in said.items()}
        logs.settle(load(variables), stream)
        return stream

    say = logs.REQUESTS.say
    yield settle
    root.setLevel(before[0])
    root.handlers[:] = before[1]
    own.setLevel(before[2])
    logs.REQUESTS.say = say


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_json_is_for_machines_and_text_for_a_terminal(settled: Callable[..., Any]) -> None:
    for stream, said, is_json in (
        (io.StringIO(), {}, True),
        (Terminal(), {}, False),
        (io.StringIO(), {"format": "text"}, False),
        (Terminal(), {"format": "json"}, True),
    ):
        settled(stream, **said)
        logging.getLogger("librarian.any").warning("the %s is out", "cat")
        assert stream.getvalue().startswith("{") == is_json
        assert "the cat is out" in stream.getvalue()
        assert "\033[" not in stream.getvalue() or not is_json


def test_colours_are_for_terminals_that_want_them(
    settled: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for wants, coloured in (("", True), ("1", False)):
        monkeypatch.setenv("NO_COLOR", wants)
        stream = settled(Terminal())
        logging.getLogger("librarian.any").warning("out")
        assert ("\033[" in stream.getvalue()) == coloured


def test_a_line_of_logging_and_one_of_a_request_have_the_same_members(
    settled: Callable[..., Any],
) -> None:
    stream = settled(io.StringIO())
    about = subject.begin("request-1")
    about.uid, about.stage = "0" * 24, "data-store"
    logging.getLogger("librarian.commit").error("data-store: no answer")
    logs.REQUESTS.info(method="PUT", route="/upload", status=507, ms=1.5)
    first, second = lines(stream)
    shared = {"timestamp", "level", "event", "logger", "request_id", "uid", "stage"}
    assert shared <= set(first)
    assert shared <= set(second)
    assert (first["level"], first["logger"]) == ("error", "librarian.commit")
    assert second["event"] == "request"
    assert {first["request_id"], second["request_id"]} == {"request-1"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", second["timestamp"])
    subject.begin("")


def test_the_level_is_kept_by_both_ways_and_libraries_are_quiet(
    settled: Callable[..., Any],
) -> None:
    stream = settled(io.StringIO(), level="warning")
    logs.REQUESTS.info(status=200)
    logging.getLogger("librarian.any").info("no")
    stream = settled(io.StringIO(), level="debug")
    logging.getLogger("botocore.auth").debug("AWS4-HMAC-SHA256 secret")
    logging.getLogger("librarian.any").debug("yes")
    assert [line["event"] for line in lines(stream)] == ["yes"]


@pytest.mark.parametrize("shape", ["json", "text"])
def test_the_words_of_an_error_are_left_out_but_not_its_places(
    settled: Callable[..., Any], shape: str
) -> None:
    stream = settled(io.StringIO(), format=shape)
    try:
        try:
            int(CANARY)
        except ValueError as error:
            raise LookupError(CANARY) from error
    except LookupError:
        logging.getLogger("librarian.any").exception("a bug met request %s", "r")
    said = stream.getvalue()
    assert CANARY not in said
    assert said.index("ValueError") < said.index("LookupError")
    assert "test_logs.py" in said
    assert UNSAID in said


def test_every_line_of_a_request_has_its_id_uid_and_stage(
    settled: Callable[..., Any], service: Make
) -> None:
    running = service(LABEL_ACTOR_CONFIG='[{"actor": "sqlite", "args": ["/dev/null/no"]}]')
    stream = settled(io.StringIO())
    headers = {"X-Request-Id": "request-of-mine"}
    answer = running.client.put(f"/upload?mood={CANARY}", data=PHOTO, headers=headers)
    assert answer.status_code == 502
    said = lines(stream)
    assert len(said) >= 2
    assert {line["request_id"] for line in said} == {"request-of-mine"}
    assert len({line["uid"] for line in said}) == 1
    assert {line["stage"] for line in said} == {"label-store"}
    assert said[-1]["rules"] == "unavailable"
    assert CANARY not in stream.getvalue()


@pytest.mark.parametrize(("level", "said"), [("info", 1), ("debug", 2)])
def test_that_all_is_well_is_no_line_and_that_it_is_not_is_one(
    settled: Callable[..., Any], service: Make, level: str, said: int
) -> None:
    stream = settled(io.StringIO(), level=level)
    assert service().client.get("/readyz").status_code == 200
    broken = service(LABEL_ACTOR_CONFIG='[{"actor": "sqlite", "args": ["/dev/null/no"]}]')
    assert broken.client.get("/readyz").status_code == 503
    assert [line["event"] for line in lines(stream)].count("request") == said


@pytest.mark.parametrize("shape", ["json", "text"])
@pytest.mark.parametrize("level", ["debug", "info"])
def test_no_label_no_query_and_no_bug_shows_what_was_sent(
    settled: Callable[..., Any], service: Make, monkeypatch: pytest.MonkeyPatch,
    shape: str, level: str,
) -> None:  # fmt: skip
    def broken(data: Any, labels: Any) -> None:
        raise RuntimeError(f"{labels.value} {data[0].content[:40]!r}")

    running = service()
    stream = settled(io.StringIO(), format=shape, level=level)
    body = make("PNG", 32, 32) + CANARY.encode()
    for path in (f"/upload?{CANARY}={CANARY}", f"/{CANARY}", f"/upload/{CANARY}?a={CANARY}"):
        running.client.put(path, data=body, headers={"Librarian-Contributor": CANARY})
        running.client.put(path, data=f"{CANARY}", content_type="application/json")
    monkeypatch.setattr("librarian.reading.fingerprint", broken)
    assert running.client.put(f"/upload?mood={CANARY}", data=PHOTO).status_code == 500
    assert stream.getvalue().count("\n") >= 7
    assert "RuntimeError" in stream.getvalue()
    assert CANARY not in stream.getvalue()


def full() -> int:
    """Open a device that has no room for anything."""
    return os.open("/dev/full", os.O_WRONLY)


def unread() -> int:
    """Open a pipe whose reader is gone."""
    reads, writes = os.pipe()
    os.close(reads)
    return writes


@pytest.mark.parametrize("broken", [full, unread])
def test_a_line_that_cannot_be_written_is_dropped_and_changes_no_answer(
    settled: Callable[..., Any], service: Make, broken: Callable[[], int]
) -> None:
    running = service()
    raw: Any = io.FileIO(broken(), "w")
    with io.TextIOWrapper(raw, write_through=True) as stream:
        settled(stream)
        answer = running.client.put("/upload?mood=happy", data=PHOTO)
        assert answer.status_code == 201
        refused = running.client.put("/upload?mood=happy", data=b"no picture")
        assert refused.status_code == 415
    assert [label["mood"] for label in running.kept_labels()] == ["happy"]


def test_without_a_service_a_request_is_said_by_logging(
    service: Make, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO", logs.NAME):
        service().client.get("/version")
    assert re.search(r"request .*route=/version .*status=200", caplog.text)


def in_our_order(_: Any, __: str, told: Any) -> Any:
    first = ("timestamp", "level", "event", "logger")
    return {name: told[name] for name in first} | told


@given(
    st.sampled_from(["debug", "info", "warning", "error"]),
    st.sampled_from(["json", "text", "colours"]),
    st.dictionaries(st.sampled_from(["method", "route", "ms"]), st.text() | st.floats(1, 9)),
)
def test_a_line_is_written_as_structlog_writes_it(
    level: str, shape: str, told: dict[str, Any]
) -> None:
    chosen = logging.getLevelNamesMapping()[level.upper()]
    shaped = shapes.JSON if shape == "json" else shapes.text(colours=shape == "colours")
    own, usual = io.StringIO(), io.StringIO()
    theirs = structlog.wrap_logger(
        structlog.WriteLogger(usual),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            in_our_order,
            structlog.processors.JSONRenderer(ensure_ascii=False)
            if shape == "json"
            else structlog.dev.ConsoleRenderer(
                colors=shape == "colours", sort_keys=False, pad_event_to=0, pad_level=False
            ),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(chosen),
    ).bind(logger=logs.NAME)
    subject.begin("request-1")
    say = logs.lines(chosen, shaped, own)
    for grave in ("info", "debug"):
        say(grave, "request", told)
        getattr(theirs, grave)("request", **told, request_id="request-1")
    subject.end()
    moment = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")
    assert moment.sub("T", own.getvalue()) == moment.sub("T", usual.getvalue())
