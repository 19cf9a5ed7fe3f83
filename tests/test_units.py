import pytest
from pydantic import TypeAdapter, ValidationError

from librarian.units import Bytes, Pixels, say_bytes, say_pixels

BYTES: TypeAdapter[int] = TypeAdapter(Bytes)
PIXELS: TypeAdapter[int] = TypeAdapter(Pixels)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (0, 0), (5000, 5000), ("5000", 5000), ("12 b", 12), ("25MiB", 25 * 2**20),
        ("25 mib", 25 * 2**20), ("25M", 25 * 2**20), ("1.5kB", 1500), ("1.5KiB", 1536),
        ("2GB", 2 * 10**9), (" 1g ", 2**30),
    ],
)  # fmt: skip
def test_bytes_are_written_as_people_write_them(written: object, meant: int) -> None:
    assert BYTES.validate_python(written) == meant


@pytest.mark.parametrize(
    ("written", "meant"), [("64MP", 64_000_000), ("0.5mp", 500_000), ("300px", 300), (12, 12)]
)
def test_pixels_are_written_as_people_write_them(written: object, meant: int) -> None:
    assert PIXELS.validate_python(written) == meant


@pytest.mark.parametrize(
    "wrong", ["", "MiB", "25XB", "-1", "1e3", "1_000", "٣", "2MP", "1 2", "nan"]
)
def test_what_is_no_number_of_bytes_is_refused_with_an_example(wrong: str) -> None:
    with pytest.raises(ValidationError, match="25MiB"):
        BYTES.validate_python(wrong)


def test_no_number_of_bytes_is_below_nothing() -> None:
    with pytest.raises(ValidationError):
        BYTES.validate_python(-1)


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "0 bytes"), (12, "12 bytes"), (1400, "1.367 KiB"), (25 * 2**20, "25 MiB")],
)  # fmt: skip
def test_bytes_are_said_as_people_read_them(count: int, said: str) -> None:
    assert say_bytes(count) == said


@pytest.mark.parametrize(
    ("count", "said"),
    [(300, "300 pixels"), (64_000_000, "64 megapixels"), (480_000, "0.48 megapixels")]
)  # fmt: skip
def test_pixels_are_said_as_people_read_them(count: int, said: str) -> None:
    assert say_pixels(count) == said
