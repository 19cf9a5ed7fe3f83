"""How are images kept? One file each in a folder, as given unless the owner has them converted.

Converting is the one thing in this service that encodes an image anew.
"""

import hashlib
import io
from collections.abc import Iterator
from dataclasses import KW_ONLY
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from librarian import media, picture
from librarian.component import Actor, component
from librarian.disk import folder
from librarian.record import Blob, Stored
from librarian.stage import StoreError

if TYPE_CHECKING:
    from PIL import Image as Pillow

EXTENSIONS = {"PNG": media.PNG.extension, "JPEG": media.JPEG.extension, "WEBP": ".webp"}
CONVERTIBLE = frozenset(media.KNOWN[kind].extension for kind in picture.FORMATS)
MODES = {
    "PNG": ("1", "L", "LA", "P", "I;16", "RGB", "RGBA"),
    "JPEG": ("L", "RGB"),
    "WEBP": ("RGB",),
}
"""The kinds of pixels that each format holds as they are."""
SAVING: dict[str, dict[str, Any]] = {"PNG": {}, "JPEG": {"quality": 95}, "WEBP": {"quality": 95}}


@component
class Image(Actor[Blob]):
    """Keep each image as a file in a folder, byte for byte as the record tells it.

    Files are named by the uid, with the extension that fits the bytes. With `convert`, images are
    encoded anew in that format: turned upright, without metadata, the first frame alone, and with
    white behind what is transparent where the format is JPEG; what is no image stays as it is. The
    label record then tells the hash and the size of the file, too.
    """

    name = "image"
    example = {"args": ["contributions/images"]}
    local = True

    directory: Annotated[str, Field(min_length=1, description="folder to keep the images in")]
    _: KW_ONLY
    convert: Annotated[
        Literal["PNG", "JPEG", "WEBP"] | None,
        Field(description="format to convert every image to; without it they are kept as sent"),
    ] = None

    @cached_property
    def _folder(self) -> Path:
        return Path(self.directory).expanduser()

    @property
    def kept_in(self) -> tuple[str, ...]:
        """The folder."""
        return ("folder", folder.led_to(self.directory))

    @property
    def verbatim(self) -> bool:
        """Whether images are kept as they came."""
        return not self.convert

    def name_of(self, key: str, extension: str) -> str:
        """Name the file: a converted image has the extension of what it becomes."""
        if self.convert and extension in CONVERTIBLE:
            extension = EXTENSIONS[self.convert]
        return key + extension

    def act(self, key: str, part: Blob) -> Stored:
        """Create the file. Raises Exists, StoreError (also for a broken image to be converted)."""
        name = self.name_of(folder.checked(key), part.extension)
        if not self.convert or part.extension not in CONVERTIBLE:
            folder.create(self._folder, name, part.content)
            return Stored(self.name, name)
        content = converted(part, self.convert)
        folder.create(self._folder, name, content)
        return Stored(self.name, name, hashlib.sha256(content).hexdigest(), len(content))

    def undo(self, stored: Stored) -> None:
        """Remove the file. Raises StoreError."""
        folder.remove(self._folder, stored.name)

    def fetch(self, name: str) -> bytes | None:
        """Give the file's bytes, None where there is none. Raises StoreError."""
        return folder.read(self._folder, name)

    def names(self) -> Iterator[tuple[str, float]]:
        """Yield the files of this service, each with its time of change. Raises StoreError."""
        return folder.names(self._folder)

    def ping(self) -> None:
        """Try whether files can be created there. Raises StoreError."""
        folder.probe(self._folder)


def converted(part: Blob, wanted: str) -> bytes:
    """Encode an image anew, upright, with its colours' profile. Raises StoreError."""
    from PIL import ImageOps

    encoded = io.BytesIO()
    try:
        with picture.decoded(part.content, part.media) as image:
            upright = ImageOps.exif_transpose(image)
            fitting = _fitting(upright, wanted)
            # a profile speaks of the kind of pixels it was made for, and of no other
            same = fitting.mode.rstrip("A") == upright.mode.rstrip("A")
            profile = image.info.get("icc_profile") if same else None
            fitting.info = {}
            fitting.save(encoded, wanted, icc_profile=profile, **SAVING[wanted])
    except (picture.Unreadable, OSError, ValueError) as error:
        message = f"the image could not be converted to {wanted}: {type(error).__name__}"
        raise StoreError(message) from error
    return encoded.getvalue()


def _fitting(image: "Pillow.Image", wanted: str) -> "Pillow.Image":
    """Give the image in a kind of pixels that the wanted format holds."""
    from PIL import Image as Pillow

    if image.has_transparency_data and wanted == "JPEG":
        layer = image.convert("RGBA")
        white = Pillow.new("RGBA", image.size, "white")
        return Pillow.alpha_composite(white, layer).convert("RGB")
    if image.has_transparency_data:
        return image.convert("RGBA")
    if image.mode in MODES[wanted]:
        return image.copy()
    if image.mode.startswith("I"):  # 16 bits a pixel, which Pillow would cut off, not scale
        image = image.convert("I").point(lambda value: value * (1 / 257)).convert("L")
    return image if image.mode in MODES[wanted] else image.convert("RGB")
