"""How are sizes, pixels and times written in a setting? As people do: 25MiB, 64MP, 7d, 5000."""

import re
from typing import Annotated

from pydantic import BeforeValidator, Field

BYTE_UNITS = {
    "": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9,
    "kib": 2**10, "mib": 2**20, "gib": 2**30, "k": 2**10, "m": 2**20, "g": 2**30,
}  # fmt: skip
PIXEL_UNITS = {"": 1, "px": 1, "kp": 10**3, "mp": 10**6, "gp": 10**9}
TIME_UNITS = {"": 1, "s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
WRITTEN = r"^\s*[0-9]+(\.[0-9]+)?\s*[A-Za-z]*\s*$"


def _number(units: dict[str, int], example: str, value: object) -> object:
    if not isinstance(value, str):
        return value
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z]*)", value.strip())
    if match is None or match[2].lower() not in units:
        raise ValueError(f"write a number and a unit, like {example}")
    return int(float(match[1]) * units[match[2].lower()])


def _bytes(value: object) -> object:
    return _number(BYTE_UNITS, "25MiB", value)


def _pixels(value: object) -> object:
    return _number(PIXEL_UNITS, "64MP", value)


def _seconds(value: object) -> object:
    return _number(TIME_UNITS, "7d", value)


Written = Annotated[str, Field(pattern=WRITTEN)]
Bytes = Annotated[
    int,
    BeforeValidator(_bytes, json_schema_input_type=int | Written),
    Field(ge=0, json_schema_extra={"unit": "bytes"}),
]
Pixels = Annotated[
    int,
    BeforeValidator(_pixels, json_schema_input_type=int | Written),
    Field(ge=0, json_schema_extra={"unit": "pixels"}),
]

Seconds = Annotated[
    int,
    BeforeValidator(_seconds, json_schema_input_type=int | Written),
    Field(ge=0, json_schema_extra={"unit": "seconds"}),
]


def written(count: int, unit: str) -> str:
    """Write a number with its unit as a setting takes it: 25MiB, 64MP, 7d, 5000."""
    scales = {
        "bytes": (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)),
        "pixels": (("MP", 10**6),),
        "seconds": (("d", 86400), ("h", 3600), ("m", 60)),
    }
    for word, size in scales.get(unit, ()):
        if count and count % size == 0:
            return f"{count // size}{word}"
    return str(count)


def say_bytes(count: int) -> str:
    """Write a number of bytes as people read it: 25 MiB, 1.37 KiB, 12 bytes."""
    for unit, size in (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
        if count >= size:
            return f"{count / size:.4g} {unit}"
    return f"{count} bytes"


def say_pixels(count: int) -> str:
    """Write a number of pixels as people read it: 64 megapixels."""
    return f"{count / 1e6:.3g} megapixels" if count >= 100_000 else f"{count} pixels"
