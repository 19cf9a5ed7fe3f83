"""What does this image hold, and does it decode whole? The one place that hands bytes to Pillow.

Only the format that the bytes themselves claim is ever tried, so that no decoder sees what is not
its own. Headers are read without decoding a pixel; pixels being decoded at one time are bounded per
process, because four pictures of 40 megapixels at once cost half a gigabyte.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from librarian import media

if TYPE_CHECKING:
    from PIL import Image

FORMATS: dict[str, str] = {
    media.JPEG.type: "JPEG",
    media.PNG.type: "PNG",
    media.WEBP.type: "WEBP",
    media.GIF.type: "GIF",
    media.AVIF.type: "AVIF",
    media.TIFF.type: "TIFF",
    media.BMP.type: "BMP",
}
ORIENTATION = 0x0112
"""The EXIF tag that says how a picture is to be turned (CIPA DC-008, section 4.6.4)."""
TURNED = frozenset({5, 6, 7, 8})
"""The orientations in which rows and columns change places."""
DECODING_AT_ONE_TIME = 64_000_000


class Unreadable(ValueError):
    """The bytes claim a format but do not hold to it; `rule` is `truncated` or `corrupt`."""

    def __init__(self, rule: str) -> None:
        self.rule = rule
        super().__init__(
            "the end of this image is missing" if rule == "truncated" else "this image is damaged"
        )


@dataclass(frozen=True, slots=True)
class Picture:
    """The facts of an image, in pixels as people see it: turned by its EXIF orientation."""

    format: str
    width: int
    height: int
    mode: str
    frames: int
    orientation: int

    @property
    def pixels(self) -> int:
        """All pixels of all frames."""
        return self.width * self.height * self.frames


class PixelBudget:
    """At most so many pixels are decoded at one time; one picture above that is decoded alone."""

    def __init__(self, pixels: int) -> None:
        self._total = pixels
        self._free = pixels
        self._changed = threading.Condition()

    @contextmanager
    def hold(self, pixels: int) -> Iterator[None]:
        """Wait until so many pixels are free, and keep them while the block runs."""
        wanted = min(pixels, self._total)
        with self._changed:
            self._changed.wait_for(lambda: self._free >= wanted)
            self._free -= wanted
        try:
            yield
        finally:
            with self._changed:
                self._free += wanted
                self._changed.notify_all()


BUDGET = PixelBudget(DECODING_AT_ONE_TIME)


def look(content: bytes, kind: media.Media) -> Picture:
    """Read an image's facts from its header, decoding nothing. Raises Unreadable."""
    with _reading(content, kind) as image:
        turn = _orientation(image)
        width, height = image.size[::-1] if turn in TURNED else image.size
        return Picture(
            format=FORMATS[kind.type],
            width=width,
            height=height,
            mode=image.mode,
            frames=getattr(image, "n_frames", 1),
            orientation=turn,
        )


@contextmanager
def decoded(content: bytes, kind: media.Media) -> Iterator[Image.Image]:
    """Decode every frame of an image and lend the first one. Raises Unreadable."""
    with _reading(content, kind) as image:
        width, height = image.size
        with BUDGET.hold(width * height):
            for frame in range(getattr(image, "n_frames", 1) - 1, -1, -1):
                image.seek(frame)
                image.load()
            yield image


@contextmanager
def _reading(content: bytes, kind: media.Media) -> Iterator[Image.Image]:
    """Open an image as the one format its bytes claim; every decoder's complaint is Unreadable."""
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None  # our own limit is checked before anything is decoded
    try:
        with Image.open(io.BytesIO(content), formats=[FORMATS[kind.type]]) as image:
            yield image
    except (Unreadable, MemoryError):
        raise
    except EOFError as error:
        raise Unreadable("truncated") from error
    except Exception as error:  # hostile bytes bring out every exception a decoder can raise
        cut = any(word in str(error).lower() for word in ("truncat", "eof", "end of"))
        raise Unreadable("truncated" if cut else "corrupt") from error


def _orientation(image: Image.Image) -> int:
    """Tell the EXIF orientation, 1 where nothing valid says it."""
    from PIL import Image as Pillow

    if image.format == "TIFF":
        exif = image.getexif()
    else:
        exif = Pillow.Exif()
        exif.load(image.info.get("exif", b""))  # image.getexif() would decode a whole PNG
    turn = exif.get(ORIENTATION, 1)
    return turn if turn in range(1, 9) else 1
