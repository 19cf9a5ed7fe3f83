"""Does a long task show how far it is, on a terminal and nowhere else?"""

import io
import re

from librarian.progress import Progress


class Terminal(io.StringIO):
    """A terminal that remembers."""

    def isatty(self) -> bool:
        return True


def lines(terminal: Terminal) -> list[str]:
    return [line for line in re.split(r"\r\x1b\[K", terminal.getvalue()) if line]


def test_a_known_total_is_a_bar() -> None:
    terminal = Terminal()
    Progress(terminal).show("sending", 30, 120, "30 of 120")
    assert lines(terminal) == ["sending [#####...............] 30 of 120"]


def test_an_unknown_total_is_a_count() -> None:
    terminal = Terminal()
    assert list(Progress(terminal).over("abc", "looking")) == ["a", "b", "c"]
    assert re.fullmatch(r"looking 1, \d+/s", lines(terminal)[0])


def test_what_is_no_terminal_sees_nothing() -> None:
    stream = io.StringIO()
    progress = Progress(stream)
    progress.show("sending", 1, 2, "1 of 2")
    assert list(progress.over("abc", "looking", 3)) == ["a", "b", "c"]
    progress.clear()
    assert stream.getvalue() == ""
