"""Which JPEGs are tried, of every kind, and does the small one decode as the whole one does?"""

import struct
from typing import Any

from librarian.picture import jpeg, sample
from librarian.picture.known import Plain
from librarian.picture.scans import TABLES
from tests import pictures
from tests.picture.test_jpeg import decoded, note

WIDE, HIGH = 150, 130


def encoded(mode: str = "RGB", size: tuple[int, int] = (WIDE, HIGH), **how: Any) -> bytes:
    """Make one, encoded as is said."""
    return pictures.make("JPEG", *size, mode=mode, **how)


def scans_apart() -> bytes:
    """Make a JPEG of three colours whose scans hold one colour each, of three grey ones."""
    greys = [encoded("L")] * 3
    plain = jpeg.read(greys[0])
    assert plain is not None
    tables = b"".join(greys[0][s - 4 : e] for m, s, e in plain.segments if m in TABLES)
    colours = b"".join(bytes((n, 0x11, 0)) for n in (1, 2, 3))
    frame = note(0xC0, struct.pack(">BHHB", 8, HIGH, WIDE, 3) + colours)
    scans = b"".join(
        note(0xDA, bytes((1, n, 0, 0, 63, 0))) + grey[header(grey) : -2]
        for n, grey in enumerate(greys, 1)
    )
    return b"\xff\xd8" + tables + frame + scans + b"\xff\xd9"


def header(content: bytes) -> int:
    """Tell how many bytes lie before the pixels."""
    plain = jpeg.read(content)
    assert plain is not None
    return plain.segments[-1][2]


WHOLE = {
    "as Pillow writes it": encoded(),
    "grey": encoded("L"),
    "of four colours": encoded("CMYK"),
    "with restarts": encoded(restart_marker_blocks=3),
    "with a restart for each row": encoded(restart_marker_rows=1, subsampling=2),
    "of full colours": encoded(quality=95, subsampling=0),
    "with tables of its own": encoded(optimize=True, subsampling=1),
    "of few rows": encoded(size=(150, 9)),
    "narrow": encoded(size=(3, 200)),
    "progressive": encoded(progressive=True),
    "progressive and grey": encoded("L", progressive=True, quality=95),
    "progressive with restarts": encoded(progressive=True, restart_marker_rows=1),
    "of one scan for each colour": scans_apart(),
}
SAMPLES = list(WHOLE.values())


def fails(content: bytes, plain: jpeg.Jpeg) -> bool:
    """Say whether it does not decode."""
    return isinstance(decoded(Plain(content, plain))[0], type)


def small_of(content: bytes) -> bytes | None:
    """Give the small picture, None where there is none."""
    plain = jpeg.read(content)
    return None if plain is None else sample.of(content, plain)


def agrees(content: bytes) -> bool:
    """Decode both, where there are two, and compare; say whether they decode."""
    plain, small = jpeg.read(content), small_of(content)
    if plain is None or small is None:
        return False
    known = jpeg.read(small)
    assert known is not None
    assert known.end == len(small)
    failed = fails(content, plain)
    assert failed == fails(small, known)
    return not failed
