"""Is the arithmetic of docs/scale.md right? Each formula is computed and compared with its row."""

import math
import re
from collections.abc import Iterator

import pytest

from tests.docs.blocks import ROOT

TEXT = (ROOT / "docs/scale.md").read_text(encoding="utf-8")
UNITS = {
    "thousand": 1e3, "million": 1e6, "billion": 1e9, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12,
    "PB": 1e15, "Mbit/s": 1e6, "Gbit/s": 1e9,
}  # fmt: skip
LETTERS = {"b": 500e3, "c": 0.01, "t": 0.1, "u": 0.6, "k": 4}
"""What the page assumes of each letter but `r`."""
RATES = (1, 100, 10_000)
NUMBER = re.compile(r"([0-9][0-9,.]*)(?: ([A-Za-z/]+))?")
MONTH = 86_400 * 30
PUT, GIGABYTE = 0.005 / 1000, 0.023
"""The prices of the page's example."""


def rows(heading: str) -> list[list[str]]:
    """Give the cells of the table whose first line holds these words."""
    lines = TEXT.splitlines()
    (begin,) = (n for n, line in enumerate(lines) if line.startswith("|") and heading in line)
    found = []
    for line in lines[begin + 2 :]:
        if not line.startswith("|"):
            break
        found.append([cell.strip() for cell in line.strip("|").split("|")])
    return found


def read(text: str) -> float:
    """Read a number as people write it: `4.3 TB`, `864 million`, `1 (+1)`."""
    extra = re.search(r"\(\+([0-9]+)\)", text)
    found = NUMBER.search(text)
    assert found is not None, text
    number = float(found[1].replace(",", "").rstrip("."))
    return number * UNITS.get(found[2] or "", 1) + (float(extra[1]) if extra else 0)


def computed(formula: str, **letters: float) -> float:
    """Compute a formula as it stands on the page."""
    plain = formula.replace("·", "*").replace(",", "")
    assert re.fullmatch(r"[a-z0-9+*/()., -]+", plain), formula
    return float(eval(plain, {"__builtins__": {}}, {**LETTERS, **letters}))


def by_rate() -> Iterator[tuple[str, str, int, str]]:
    for what, formula, *cells in rows("| formula | 1/s"):
        for rate, cell in zip(RATES, cells, strict=True):
            yield what, re.findall(r"`([^`]+)`", formula)[0], rate, cell


@pytest.mark.parametrize(("what", "formula", "rate", "cell"), list(by_rate()))
def test_a_figure_of_a_rate_is_what_its_formula_gives(
    what: str, formula: str, rate: int, cell: str
) -> None:
    value = computed(formula, r=rate)
    if cell.startswith("under"):
        assert value < read(cell)
    elif what.startswith(("processors", "machines")):
        assert read(cell) == math.ceil(value)  # there is no part of one
    else:
        assert read(cell) == pytest.approx(value, rel=0.02)


def test_the_letters_are_those_of_the_page() -> None:
    told = {letter.strip("`"): read(cell) for letter, _, cell, _ in rows("| letter |")[1:]}
    assert told == LETTERS


@pytest.mark.parametrize("row", rows("| records `n` |"), ids=lambda row: row[0])
def test_an_index_and_the_documents_are_as_large_as_said(row: list[str]) -> None:
    n = read(row[0])
    assert read(row[1]) == pytest.approx(150 * n, rel=0.02)
    assert read(row[2]) == pytest.approx(800 * n, rel=0.02)
    if shards := re.search(r"so ([0-9]+) shards with ([0-9]+) GB", row[1]):
        assert int(shards[1]) == math.ceil(150 * n / (int(shards[2]) * 1e9))


@pytest.mark.parametrize("row", rows("| mean |"), ids=lambda row: row[0])
def test_what_a_month_costs_is_as_said(row: list[str]) -> None:
    puts = read(row[0]) * MONTH
    kept = puts * LETTERS["b"]
    for cell, amount, price in ((row[1], puts, puts * PUT), (row[2], kept, kept / 1e9 * GIGABYTE)):
        told, costs = cell.split(": ")
        assert read(told) == pytest.approx(amount, rel=0.02)
        assert read(costs) == pytest.approx(price, rel=0.02)


def test_connections_prefixes_and_the_spool_are_as_said() -> None:
    (formula, told) = re.findall(r"`(43·4·[^`]+)`, about ([0-9,]+)", TEXT)[0]
    assert read(told) == pytest.approx(computed(formula), rel=0.02)
    assert "At 10,000/s that is 4 groups or more" in " ".join(TEXT.split())
    assert math.ceil(10_000 / 3_500) <= 4
    room, machines, left = 100 * 2**30, 43, (10_000 - 5_000) * LETTERS["b"]
    assert "about half an hour" in TEXT
    assert room * machines / left == pytest.approx(30 * 60, rel=0.05)
