"""How are figures read at a terminal? As lines of at most eighty columns, with bars."""

import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence

from librarian.collection import STATES
from librarian.figures.refusals import Refusal
from librarian.figures.tally import RATIO_WORDS, Tally
from librarian.units import say_bytes

NAME, BAR = 34, 30
DAYS = 14
"""Days that are told, the latest."""
VALUES = 8
"""Values of a label that are told, the most frequent."""


def lines(tally: Tally, refused: Sequence[tuple[Refusal, int]]) -> Iterator[str]:
    """Yield everything that was counted."""
    states = ", ".join(f"{tally.states[state]:,} {state}" for state in STATES)
    yield f"{tally.records:,} contributions: {states}"
    days = sorted(tally.days.items())
    yield from _part(f"Per day (the last {DAYS} with any)", days[-DAYS:])
    for name, values in tally.labels.items():
        span = f", {values.least:g} to {values.most:g}" if values.numbers else ""
        title = f"{_short(name, 50)}: in {values.records:,}{span}"
        if values.many:
            yield from ("", f"{title}, too many values to tell apart")
            continue
        yield from _part(title, values.values.most_common(VALUES))
        if len(values.values) > VALUES:
            yield f"  and {len(values.values) - VALUES} more"
    sizes = [(f"up to {say_bytes(2**power)}", n) for power, n in sorted(tally.bytes.items())]
    yield from _part("Size of files", sizes)
    for title, classes in (("pictures", tally.pictures), ("boxes", tally.boxes)):
        ratios = [(RATIO_WORDS[at], count) for at, count in sorted(classes.items())]
        yield from _part(f"Ratio of {title}, width : height", ratios)
    rules: Counter[str] = Counter()
    for each, count in refused:
        rules[f"{each.stage}: {each.rule}"] += count
    yield from _part("Refused by this machine, of 90 days", rules.most_common())


def _part(title: str, rows: Sequence[tuple[str, int]]) -> Iterator[str]:
    if not rows:
        return
    yield from ("", title)
    most = max(count for _, count in rows) or 1
    for name, count in rows:
        bar = "#" * max(1 if count else 0, round(BAR * count / most))
        yield f"  {_padded(_short(name, NAME), NAME)} {count:>9,} {bar}".rstrip()


def _short(text: str, most: int) -> str:
    """Write a text on one line, in at most so many columns."""
    flat, wide = "", 0
    for each in " ".join(text.split()):
        wide += _columns(each)
        if wide > most - 1:
            return f"{flat}…"
        flat += each
    return flat


def _padded(text: str, most: int) -> str:
    return text + " " * (most - sum(map(_columns, text)))


def _columns(character: str) -> int:
    """Tell how many columns of a terminal a character takes (UAX #11)."""
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1
