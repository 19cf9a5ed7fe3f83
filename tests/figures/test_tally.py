"""Are records counted right, in room that does not grow with them?"""

from typing import Any

from librarian.collection import Entry
from librarian.figures import terminal
from librarian.figures.crop import Crops
from librarian.figures.refusals import Refusal
from librarian.figures.tally import CELLS, VALUES, Tally


def entry(number: int = 0, **labels: Any) -> Entry:
    item = {
        "tag": "image", "media_type": "image/png", "bytes": 1000, "width": 400, "height": 300,
    }  # fmt: skip
    at = f"2026-11-{1 + number % 3:02}T10:00:00.000Z"
    ours = {"received_at": at, "data": [item]}
    return Entry({"_id": f"{number:024x}", "uid": f"{number:024x}", **labels, "_librarian": ours})


def counted(*entries: Entry) -> Tally:
    tally = Tally(Crops(None))
    for each in entries:
        tally.add(each)
    return tally


def test_days_values_states_and_sizes_are_counted() -> None:
    tally = counted(*(entry(n, mood=("glad", "sad")[n % 2], cats=n) for n in range(6)))
    assert tally.told["days"] == {"2026-11-01": 2, "2026-11-02": 2, "2026-11-03": 2}
    assert tally.told["labels"]["mood"]["values"] == {"glad": 3, "sad": 3}
    cats = tally.told["labels"]["cats"]
    assert (cats["records"], cats["least"], cats["most"]) == (6, 0, 5)
    assert tally.told["states"] == {"received": 6}
    assert tally.told["bytes_up_to"] == {"1024": 6}
    assert tally.told["picture_ratios"] == {"8:7 to 8:5": 6}


def test_values_without_end_take_no_room_without_end() -> None:
    tally = counted(*(entry(n, name=f"{n:09}" * 99, **{f"l{n}": 1}) for n in range(VALUES * 3)))
    assert tally.labels["name"].many
    assert len(tally.labels["name"].values) == VALUES
    assert len(tally.labels) <= 60
    assert tally.told["labels"]["name"]["values"] is None


def test_the_map_has_each_box_in_the_cells_that_it_covers() -> None:
    box = {"top": 0.0, "left": 0.5, "bottom": 0.5, "right": 1.0}
    turned = {"x": 0.25, "y": 0.25, "width": 0.5, "height": 0.5, "rotate": 45}
    cells = counted(entry(1, **box), entry(2, **box)).cells()
    half = CELLS // 2
    for y in range(CELLS):
        for x in range(CELLS):
            assert cells[y][x] == (2 if y < half and x >= half else 0)
    diamond = counted(entry(1, **turned)).cells()
    assert diamond[half][half] == 1
    assert diamond[round(CELLS * 0.27)][round(CELLS * 0.27)] == 0  # a corner is cut off by turning
    covered = sum(map(sum, diamond)) / CELLS**2
    assert 0.23 < covered < 0.27


def test_boxes_beyond_the_picture_are_cut_off_at_its_edge() -> None:
    cells = counted(entry(1, top=-5.0, left=-5.0, bottom=5.0, right=5.0)).cells()
    assert {count for row in cells for count in row} == {1}


def test_what_a_terminal_shows_fits_into_eighty_columns() -> None:
    wide = "\N{CJK UNIFIED IDEOGRAPH-4E2D}" * 50
    tally = counted(*(entry(n, **{"a\nb" * 30: wide, "x": "\x1b[31m" * 20}) for n in range(9)))
    refused = [(Refusal("2026-11-24T10", "data-validation", "type", "r" * 41), 10**8)]
    lines = list(terminal.lines(tally, refused))
    assert all("\x1b" not in line and "\n" not in line for line in lines)
    assert all(
        sum(2 if ord(c) > 0x2E80 and c != "\ufffd" else 1 for c in line) <= 80 for line in lines
    )
    assert lines[0].startswith("9 contributions: 9 received")
    assert any("data-validation: rrr" in line for line in lines)
