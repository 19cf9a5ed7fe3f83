"""Are numbers drawn as they are, each in its place?"""

import re
from datetime import date, timedelta

from librarian.web.desk import svg

BAR = re.compile(r'<rect x="([0-9.]+)" y="([0-9.]+)" width="([0-9.]+)" height="([0-9.]+)"')


def bars(drawing: str) -> list[tuple[float, ...]]:
    return [tuple(map(float, found)) for found in BAR.findall(drawing)]


def test_one_day_alone_is_a_bar_and_no_wall_and_is_named_once() -> None:
    drawing, told, word = svg.over_time([("2026-11-24", 12)])
    ((x, _, width, _),) = bars(drawing)
    assert width <= svg.WIDEST
    assert svg.LEFT <= x <= svg.WIDE - width
    assert drawing.count("2026-11-24") == 1
    assert (told, word) == ([("2026-11-24", 12)], "day")


def test_days_without_any_are_drawn_too_and_the_tallest_is_the_most() -> None:
    drawing, told, _ = svg.over_time([("2026-11-20", 5), ("2026-11-23", 10)])
    assert [count for _, count in told] == [5, 0, 0, 10]
    heights = [height for *_, height in bars(drawing)]
    assert heights[0] * 2 == heights[3] == max(heights)
    assert heights[1:3] == [0, 0]
    assert ">2026-11-20<" in drawing
    assert ">2026-11-23<" in drawing


def test_many_days_become_weeks_and_then_months_and_none_is_lost() -> None:
    first = date(2024, 1, 1)
    for days, word in ((svg.DAYS, "day"), (svg.DAYS + 1, "week"), (7 * svg.DAYS + 1, "month")):
        each = [((first + timedelta(n)).isoformat(), 1) for n in range(days)]
        _, told, said = svg.over_time(each)
        assert said == word
        assert sum(count for _, count in told) == days


def test_a_name_that_is_html_stays_text() -> None:
    assert "<b>" not in svg.lying([("<b>bold</b>", 1)])
