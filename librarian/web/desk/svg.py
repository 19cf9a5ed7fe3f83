"""How are numbers drawn? As SVG made here: bars that stand or lie, and a map; colours are CSS's.

Nothing of it is for screen readers: a table beside each drawing tells the same.
"""

from collections.abc import Sequence
from datetime import date, timedelta

from markupsafe import Markup, escape

WIDE, HIGH = 720, 180
LEFT, FOOT = 44, 28
LINE = 26
"""Height of a bar that lies, with the text above it."""
WIDEST = 48
"""Width of a bar that stands, at most: one day alone is no wall."""
DAYS = 120
"""Days that are drawn apart; of more, weeks, and then months."""
Bars = Sequence[tuple[str, int]]


def over_time(days: Bars) -> tuple[Markup, list[tuple[str, int]], str]:
    """Draw counts of days, in order; give what is drawn, too, and whether it is days or weeks."""
    if not days:
        return Markup(""), [], "day"
    known = dict(days)
    first, last = (date.fromisoformat(each) for each in (min(known), max(known)))
    span = (last - first).days + 1
    if span <= DAYS:
        every = [(first + timedelta(n)).isoformat() for n in range(span)]
        return _standing(bars := [(day, known.get(day, 0)) for day in every]), bars, "day"
    word = "week" if span <= 7 * DAYS else "month"
    sums: dict[str, int] = {}
    for day, count in sorted(known.items()):
        at = date.fromisoformat(day)
        begins = at - timedelta(at.weekday()) if word == "week" else at.replace(day=1)
        sums[begins.isoformat()] = sums.get(begins.isoformat(), 0) + count
    bars = list(sums.items())
    return _standing(bars), bars, word


def lying(bars: Bars) -> Markup:
    """Draw bars under each other, each with its name and count above it."""
    most = max((count for _, count in bars), default=0) or 1
    parts = []
    for at, (name, count) in enumerate(bars):
        y = at * LINE
        said = f"{name[:48]}…" if len(name) > 48 else name
        parts.append(
            f'<text class="row" x="0" y="{y + 11}">{escape(said)}</text>'
            f'<text x="400" y="{y + 11}" text-anchor="end">{count:,}</text>'
            f'<rect class="track" x="0" y="{y + 15}" width="400" height="6" rx="3"/>'
            f'<rect x="0" y="{y + 15}" width="{_long(count, most)}" height="6" rx="3"/>'
        )
    return _svg("bars", 400, max(LINE, len(bars) * LINE), "".join(parts))


def heat(cells: Sequence[Sequence[int]]) -> Markup:
    """Draw a map: the more often a cell is covered, the less is seen through it."""
    most = max((count for row in cells for count in row), default=0) or 1
    parts = [
        f'<rect x="{x}" y="{y}" width="1.02" height="1.02" fill-opacity="{count / most:.3f}"/>'
        for y, row in enumerate(cells)
        for x, count in enumerate(row)
        if count
    ]
    return _svg("map", len(cells[0]) if cells else 1, len(cells) or 1, "".join(parts))


def _standing(bars: Bars) -> Markup:
    most = max((count for _, count in bars), default=0) or 1
    step = (WIDE - LEFT) / len(bars)
    broad = min(WIDEST, max(0.5, step * 0.86))
    beside = (step - broad) / 2
    high = HIGH - FOOT - 8
    parts = [
        f'<line class="axis" x1="{LEFT}" x2="{WIDE}" y1="{HIGH - FOOT}" y2="{HIGH - FOOT}"/>',
        f'<text x="{LEFT - 6}" y="14" text-anchor="end">{most:,}</text>',
        f'<text x="{LEFT - 6}" y="{HIGH - FOOT}" text-anchor="end">0</text>',
        f'<text x="{LEFT + beside:.0f}" y="{HIGH - 6}">{escape(bars[0][0])}</text>',
    ]
    if len(bars) > 1:
        last = escape(bars[-1][0])
        x = WIDE - beside
        parts.append(f'<text x="{x:.0f}" y="{HIGH - 6}" text-anchor="end">{last}</text>')
    for at, (_, count) in enumerate(bars):
        tall = max(1.0, high * count / most) if count else 0
        parts.append(
            f'<rect x="{LEFT + at * step + beside:.2f}" y="{HIGH - FOOT - tall:.1f}"'
            f' width="{broad:.2f}" height="{tall:.1f}"/>'
        )
    return _svg("bars", WIDE, HIGH, "".join(parts))


def _long(count: int, most: int) -> str:
    return f"{max(2, 400 * count / most) if count else 0:.1f}"


def _svg(kind: str, width: int, height: int, inside: str) -> Markup:
    head = f'<svg class="{kind}" viewBox="0 0 {width} {height}" aria-hidden="true">'
    return Markup(f"{head}{inside}</svg>")  # noqa: S704 - names are escaped above
