"""Do two pictures look alike? If their perceptual hashes, of 64 bits each, are few bits apart.

A bit says whether one of the 8 x 8 lowest frequencies of the picture, in 32 x 32 shades of grey, is
stronger than most (discrete cosine transform; C. Zauner, "Implementation and Benchmarking of
Perceptual Image Hash Functions", 2010). Another format, size or brightness changes few of them.

Hashes that are few bits apart are found by equality alone: cut into four bands of 16 bits, two
hashes that differ in at most 3 bits have a band in common, and two that differ in at most 7 have a
band in which they differ in one bit at most (the pigeonhole principle). So nothing near is missed.
"""

import math
import statistics

from librarian import media
from librarian.picture.grey import grey

SIDE, LOWEST = 32, 8
"""Shades of grey in a row, and frequencies that count of them."""
BANDS = 4
MOST = 2 * BANDS - 1
"""The largest distance at which nothing is missed."""
WAVES = [
    [math.cos(math.pi * (2 * place + 1) * wave / (2 * SIDE)) for place in range(SIDE)]
    for wave in range(LOWEST)
]


def phash(content: bytes, kind: media.Media) -> str:
    """Hash what a picture looks like: 16 hexadecimal digits. Raises as `grey` does."""
    from PIL import Image as Pillow

    shades = grey(content, kind, 2 * SIDE).resize((SIDE, SIDE), Pillow.Resampling.BOX).tobytes()
    rows = [shades[at : at + SIDE] for at in range(0, SIDE * SIDE, SIDE)]
    across = [[sum(map(float.__mul__, wave, map(float, row))) for row in rows] for wave in WAVES]
    # rounded, so that what is nothing is exactly nothing on every machine
    strengths = [
        round(sum(map(float.__mul__, wave, column))) for wave in WAVES for column in across
    ]
    usual = statistics.median(strengths)
    return f"{int(''.join('01'[strength > usual] for strength in strengths), 2):016x}"


def bands(made: str) -> list[str]:
    """Cut a hash into bands, each with its place: `0-cafe`."""
    return [f"{place}-{made[place * 4 : place * 4 + 4]}" for place in range(BANDS)]


def near(made: str, distance: int) -> list[str]:
    """Give every band that a hash at most so far away could share, and no hash that is may miss."""
    found = bands(made)
    if distance < BANDS:
        return found
    for place, value in enumerate(int(band[2:], 16) for band in bands(made)):
        found += [f"{place}-{value ^ 1 << bit:04x}" for bit in range(16)]
    return found


def distance(one: str, other: str) -> int:
    """Count the bits in which two hashes differ."""
    return (int(one, 16) ^ int(other, 16)).bit_count()
