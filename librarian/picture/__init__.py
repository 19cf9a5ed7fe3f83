"""What does this image hold, and does it decode whole? The one place that hands bytes to Pillow.

Only the format that the bytes themselves claim is ever tried, so that no decoder sees what is not
its own. Headers are read without decoding a pixel or making a canvas (a plain JPEG's by jpeg.py),
and not at all where they carry more than cameras put there (ballast.py). What decoding takes is
told before (cost.py) and waited for (memory.py), because four pictures of 40 megapixels at once
cost half a gigabyte. A picture is whole when its file reaches its end (ending.py) and every frame
of it decodes; of a plain JPEG its tables tell that (sample.py).
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Literal, NamedTuple

from librarian import media, memory
from librarian.picture import ballast, cost, ending, jpeg, png, sample, webp

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
HEIC = "HEIC"
if find_spec("pillow_heif"):  # the extra [heic]
    FORMATS[media.HEIC.type] = HEIC
ORIENTATION = jpeg.ORIENTATION
TURNED = frozenset({5, 6, 7, 8})
"""The orientations in which rows and columns change places."""
MOST_KNOWN = 4096
"""Bytes of a JPEG without pixels up to which it is remembered that it decodes."""

SAID = {
    "truncated": "the end of this image is missing",
    "corrupt": "this image is damaged",
    "ballast": "this image carries megabytes of notes beside its pixels",
}


class Unreadable(ValueError):
    """The bytes claim a format but do not hold to it.

    `rule` is `truncated`, `corrupt`, or `ballast` for what is no picture so much as its notes.
    """

    def __init__(self, rule: ending.Rule | Literal["ballast"]) -> None:
        self.rule = rule
        super().__init__(SAID[rule])


class TooLarge(ValueError):
    """Decoding this image needs more memory than pictures may take here, both in bytes."""

    def __init__(self, needed: int) -> None:
        self.needed, self.limit = needed, memory.PICTURES.total
        super().__init__("opening this image takes more memory than there is for one")


@dataclass(frozen=True, slots=True)
class Picture:
    """The facts of an image, in pixels as people see it: turned by its EXIF orientation."""

    format: str
    width: int
    height: int
    mode: str
    frames: int
    orientation: int
    pixels: int
    """All pixels of all frames, as large as decoding makes them."""
    largest: int
    """The pixels of the largest frame."""
    jpeg: jpeg.Jpeg | None = field(default=None, compare=False, repr=False)
    """What is known of the file of a plain JPEG."""


def load() -> None:
    """Load the decoder of most pictures; each process that needs it would do that for itself."""
    from librarian.picture import known  # noqa: F401


def look(content: bytes, kind: media.Media) -> Picture:
    """Read an image's facts from its header, decoding nothing. Raises Unreadable."""
    if kind == media.JPEG and (plain := jpeg.read(content)) is not None:
        return _of_jpeg(plain)
    with complaints(content, kind):
        if ballast.is_heavy(content, kind):
            raise Unreadable("ballast")
        if kind == media.WEBP:
            return _look_at_webp(content)
        if kind == media.TIFF and (rule := ending.fault(content, kind)):
            raise Unreadable(rule)  # before Pillow reads through its pages
        if kind == media.JPEG and not ending.jpeg_begins(content):
            raise Unreadable(ending.fault(content, kind) or "corrupt")
        with opened(content, kind) as image:
            # Pillow has turned the size of a TIFF already
            turn = 1 if kind == media.TIFF else _turn(image.info.get("exif", b""))
            name, size, mode = FORMATS[kind.type], image.size, image.mode
            return _picture(name, size, mode, turn, _frames(image, content))


def verify(content: bytes, kind: media.Media, facts: Picture | None = None) -> int:
    """See whether every frame decodes whole, in as little memory as that can be done.

    `facts` are those that `look` gave, where they are known. Gives where the picture ends in the
    file. Raises Unreadable, TooLarge, memory.Busy.
    """
    facts = facts or look(content, kind)
    end = reach_end(content, kind, facts)
    if facts.jpeg is not None and (small := sample.of(content, facts.jpeg)) is not None:
        (_decode_known if len(small) <= MOST_KNOWN else _decode_sample)(small)
    else:
        _decode(content, kind, facts)
    return end


def _decode_sample(small: bytes) -> None:
    """See whether a JPEG without pixels decodes."""
    try:
        _decode(small, media.JPEG, look(small, media.JPEG))
    except Unreadable:  # whatever else a decoder makes of it, its end is there
        raise Unreadable("corrupt") from None


_decode_known = lru_cache(256)(_decode_sample)
"""Does the same, once for all pictures of one structure."""


def _decode(content: bytes, kind: media.Media, facts: Picture) -> None:
    """Decode every frame, and throw it away."""
    needed = cost.checking(content, kind, facts.largest, facts.frames, facts.jpeg)
    with room(needed), complaints(content, kind):
        if kind == media.PNG:
            png.check(content)
            return
        with opened(content, kind, facts.jpeg) as image:
            # a JPEG read to its last bit, but of each block of pixels only the mean is made
            image.draft(None, (1, 1))
            for frame in range(facts.frames):
                image.seek(frame)
                image.load()


def reach_end(content: bytes, kind: media.Media, facts: Picture | None = None) -> int:
    """See where a picture ends in its file, decoding nothing. Raises Unreadable if nowhere.

    `facts` are those that `look` gave, where they are known.
    """
    if facts is not None and facts.jpeg is not None and (end := facts.jpeg.end):
        return end
    found = ending.of(content, kind)
    if not isinstance(found, int):
        raise Unreadable(found)
    return found


@contextmanager
def decoded(content: bytes, kind: media.Media) -> Iterator[Image.Image]:
    """Decode every frame of an image and lend the first one.

    One that needs more memory than there is for pictures is decoded alone. Raises Unreadable and
    memory.Busy, on entering.
    """
    facts = look(content, kind)
    reach_end(content, kind, facts)
    with room(cost.of(content, kind, facts.largest, facts.frames), alone=True):
        with complaints(content, kind):
            image = opened(content, kind)
            for frame in range(facts.frames):
                image.seek(frame)
                image.load()
            if facts.frames > 1:
                image.seek(0)
                image.load()
        with image:
            yield image


@contextmanager
def room(size: int, *, alone: bool = False) -> Iterator[None]:
    """Hold memory for decoding. Raises TooLarge, memory.Busy."""
    try:
        with memory.PICTURES.hold(size, alone=alone):
            yield
    except memory.TooMuch:
        raise TooLarge(size) from None


def _of_jpeg(plain: jpeg.Jpeg) -> Picture:
    pixels = plain.width * plain.height
    frames = _Frames(1, pixels, pixels)
    return _picture("JPEG", (plain.width, plain.height), plain.mode, plain.turn, frames, plain)


def _look_at_webp(content: bytes) -> Picture:
    header = webp.read(content)
    size, mode = (header.width, header.height), "RGBA" if header.alpha else "RGB"
    pixels = header.width * header.height
    frames = _Frames(header.frames, header.frames * pixels, pixels)
    return _picture("WEBP", size, mode, _turn(header.exif), frames)


def _picture(
    name: str,
    size: tuple[int, int],
    mode: str,
    turn: int,
    frames: _Frames,
    plain: jpeg.Jpeg | None = None,
) -> Picture:
    """Put the facts together, as people see the picture. Raises ValueError if there is none."""
    if not all((*size, *frames)):
        raise ValueError("a picture without pixels")
    width, height = size[::-1] if turn in TURNED else size
    return Picture(
        name, width, height, mode, frames.number, turn, frames.pixels, frames.largest, plain
    )


class _Frames(NamedTuple):
    """How many frames, their pixels together, and those of the largest."""

    number: int
    pixels: int
    largest: int


def _frames(image: Image.Image, content: bytes) -> _Frames:
    """Count the frames and the pixels that decoding them makes, decoding none."""
    if image.format == "TIFF":  # every page has a size of its own
        pages = []
        for page in range(getattr(image, "n_frames", 1)):
            image.seek(page)
            pages.append(image.width * image.height)
        return _Frames(len(pages), sum(pages), max(pages))
    width, height = image.size
    count: int = getattr(image, "n_frames", 1) if image.format != "GIF" else 0
    if image.format == "GIF":  # Pillow takes long to count them, and grows the canvas to fit all
        for right, lower in ending.gif_frames(content):
            count, width, height = count + 1, max(width, right), max(height, lower)
    return _Frames(count, count * width * height, width * height)


@contextmanager
def complaints(content: bytes, kind: media.Media) -> Iterator[None]:
    """Make every complaint of a decoder Unreadable; only want of memory is our own fault."""
    # what Pillow warns of (a broken EXIF block, an odd size) is in the file, and no news to a log
    warnings.filterwarnings("ignore", module="PIL")
    try:
        yield
    except (Unreadable, memory.Busy, MemoryError):
        raise
    except Exception as error:  # hostile bytes bring out every exception a decoder can raise
        cut = "truncated" in str(error).lower()
        raise Unreadable(
            "truncated" if cut else ending.fault(content, kind) or "corrupt"
        ) from error


def opened(content: bytes, kind: media.Media, plain: jpeg.Jpeg | None = None) -> Image.Image:
    """Open an image as the one format its bytes claim.

    A JPEG of which is given what is known can be decoded and nothing else: its notes are not read.
    """
    from PIL import Image as Pillow
    from PIL import JpegImagePlugin

    Pillow.MAX_IMAGE_PIXELS = None  # our own limit is checked before anything is decoded
    name = FORMATS[kind.type]
    if plain is not None:
        from librarian.picture.known import Plain

        return Plain(content, plain)
    if name == "JPEG":
        # Image.open() would take what phones append (a depth map, a gain map) for further frames
        return JpegImagePlugin.JpegImageFile(io.BytesIO(content))
    if name == HEIC:
        from pillow_heif import HeifImageFile

        return HeifImageFile(io.BytesIO(content))  # type: ignore[no-untyped-call]
    return Pillow.open(io.BytesIO(content), formats=[name])


def _turn(exif: bytes) -> int:
    """Tell the EXIF orientation, 1 where nothing valid says it."""
    from PIL import Image as Pillow

    tags = Pillow.Exif()
    try:
        tags.load(exif)  # image.getexif() would decode a whole PNG
        turn = tags.get(ORIENTATION, 1)
    except Exception:  # a broken note about a picture is no broken picture
        return 1
    return turn if turn in range(1, 9) else 1
