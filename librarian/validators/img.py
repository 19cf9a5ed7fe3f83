"""Is this a genuine image, whole, of an accepted format and size? Decided from its bytes."""

from collections.abc import Iterator, Mapping
from dataclasses import KW_ONLY
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from librarian import media, picture
from librarian.component import Validator, component
from librarian.picture import polyglot
from librarian.problem import Problem
from librarian.record import Blob
from librarian.stage import SIZE, TYPE
from librarian.units import Pixels, say_pixels

Format = Literal["JPEG", "PNG", "WEBP", "GIF", "AVIF", "TIFF", "BMP", "HEIC"]
Mode = Literal[
    "1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "LAB", "I;16", "I", "F"
]
SPELLED = {"JPG": "JPEG", "TIF": "TIFF", "HEIF": "HEIC"}
SAID = {"WEBP": "WebP"}
TOO_LARGE = frozenset({"max_height", "max_width", "max_pixels"})


def _spelled(value: object) -> object:
    return SPELLED.get(value.upper(), value.upper()) if isinstance(value, str) else value


@component
class Img(Validator[Blob]):
    """Accept only a genuine image, whole, of an accepted format and size.

    The format is told from the bytes, never from a name. An image that is another kind of file too
    (an archive, a PDF, a page behind its end) is refused. Width and height are what people see,
    turned as the picture's EXIF orientation says.
    """

    name = "img"
    example = {"kwargs": {"h": 0, "w": 0}}

    h: Annotated[int, Field(ge=0, description="height in pixels, exactly; 0 accepts any")] = 0
    w: Annotated[int, Field(ge=0, description="width in pixels, exactly; 0 accepts any")] = 0
    _: KW_ONLY
    min_height: Annotated[int, Field(ge=0, description="least height in pixels")] = 0
    max_height: Annotated[int | None, Field(ge=1, description="most height in pixels")] = None
    min_width: Annotated[int, Field(ge=0, description="least width in pixels")] = 0
    max_width: Annotated[int | None, Field(ge=1, description="most width in pixels")] = None
    min_pixels: Annotated[Pixels, Field(description="least width times height, like 0.5MP")] = 0
    max_pixels: Annotated[
        Pixels | None, Field(description="most width times height, like 50MP")
    ] = None
    min_aspect: Annotated[
        float, Field(ge=0, allow_inf_nan=False, description="least width divided by height")
    ] = 0.0
    max_aspect: Annotated[
        float | None, Field(gt=0, allow_inf_nan=False, description="most width divided by height")
    ] = None
    formats: Annotated[
        tuple[Annotated[Format, BeforeValidator(_spelled)], ...],
        Field(
            description="formats accepted; HEIC needs the extra [heic]",
            json_schema_extra={"minItems": 1},
        ),
    ] = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
    modes: Annotated[
        tuple[Mode, ...] | None,
        Field(description="kinds of pixels accepted, as Pillow calls them; null: any"),
    ] = None
    animated: Annotated[
        bool | None,
        Field(description="true: several frames only; false: one frame only; null: either"),
    ] = None

    verify: Annotated[
        Literal["whole", "ends"],
        Field(
            description="whole: every frame can be decoded; ends: the file has a header and reaches"
            " its end mark, its pixels may be damaged"
        ),
    ] = "whole"

    @model_validator(mode="after")
    def _some_image_fits(self) -> Self:
        faults = [f"{name} is empty" for name in ("formats", "modes") if getattr(self, name) == ()]
        for side, exact in (("height", self.h), ("width", self.w), ("pixels", 0), ("aspect", 0)):
            least, most = getattr(self, f"min_{side}"), getattr(self, f"max_{side}")
            if most is not None and least > most:
                faults.append(f"min_{side} {least} is more than max_{side} {most}")
            elif exact and not least <= exact <= (exact if most is None else most):
                faults.append(f"{side[0]} {exact} lies outside min_{side} and max_{side}")
        if picture.HEIC in self.formats and media.HEIC.type not in picture.FORMATS:
            raise ValueError("HEIC needs an extra: pip install 'data-librarian[heic]'")
        if faults:
            raise ValueError(f"no image fits: {'; '.join(faults)}")
        return self

    def accepts(self) -> frozenset[str]:
        """Say which media types it lets through."""
        return self._accepted

    @cached_property
    def _accepted(self) -> frozenset[str]:
        return frozenset(kind for kind, name in picture.FORMATS.items() if name in self.formats)

    @cached_property
    def _measures(self) -> bool:
        """Whether there is anything that a picture's facts could fail."""
        limits = bool(self.tells()) or self.min_pixels > 0 or self.max_pixels is not None
        return limits or self.modes is not None or self.animated is not None

    def tells(self) -> Mapping[str, Any]:
        """Give the limits of width, height, pixels and ratio that are set."""
        own = {"width": self.w, "height": self.h}
        own |= {
            f"{end}_{what}": getattr(self, f"{end}_{what}")
            for what in ("width", "height", "pixels", "aspect")
            for end in ("min", "max")
        }
        return {name: limit for name, limit in own.items() if limit}

    def check(self, part: Blob) -> Iterator[Problem]:
        """Yield what is wrong: another kind of file (stage `type`), broken, of another size."""
        if part.media.type not in self._accepted:
            said = media.one_of([SAID.get(name, name) for name in self.formats])
            message = f"This is {part.media.word}; send a {said} image."
            limit = list(self.formats)
            yield Problem("format", message, (), TYPE.slug, limit, part.media.type)
            return
        try:
            seen = part.picture
        except picture.Unreadable as error:
            yield _broken(error)
            return
        if seen is None:
            return
        if self._measures:
            faults = [*self._sizes(seen), *self._kinds(seen)]
            yield from faults
            if any(fault.rule in TOO_LARGE for fault in faults):
                return  # what is too large is not decoded
        try:
            if self.verify == "whole":
                end = picture.verify(part.content, part.media, seen)
            else:
                end = picture.reach_end(part.content, part.media, seen)
        except picture.Unreadable as error:
            yield _broken(error)
            return
        except picture.TooLarge as error:
            yield too_large(error)
            return
        if (other := polyglot.also(part.content, part.media, end)) is not None:
            message = f"This image is also {other.word}; please send the image alone."
            yield Problem("polyglot", message, actual=other.type)

    def _sizes(self, seen: picture.Picture) -> Iterator[Problem]:
        """Yield every dimension outside its limits, from the header alone."""
        for side, way, exact, actual in (
            ("height", "high", self.h, seen.height),
            ("width", "wide", self.w, seen.width),
        ):
            said = f"This image is {actual} pixels {way}"
            least, most = getattr(self, f"min_{side}"), getattr(self, f"max_{side}")
            if exact and actual != exact:
                yield Problem(side, f"{said}; it must be {exact}.", limit=exact, actual=actual)
            elif actual < least:
                message = f"{said}; it must be at least {least}."
                yield Problem(f"min_{side}", message, limit=least, actual=actual)
            elif most is not None and actual > most:
                message = f"{said}; it must be at most {most}."
                yield Problem(f"max_{side}", message, limit=most, actual=actual)
        yield from self._areas(seen)

    def _areas(self, seen: picture.Picture) -> Iterator[Problem]:
        area = seen.width * seen.height
        said = f"This image has {say_pixels(area)}"
        if area < self.min_pixels:
            message = f"{said}; at least {say_pixels(self.min_pixels)} are needed."
            yield Problem("min_pixels", message, limit=self.min_pixels, actual=area)
        elif self.max_pixels is not None and area > self.max_pixels:
            message = f"{said}; at most {say_pixels(self.max_pixels)} are taken."
            yield Problem("max_pixels", message, limit=self.max_pixels, actual=area)
        aspect = seen.width / seen.height
        said = f"This image is {aspect:.4g} times as wide as it is high"
        if aspect < self.min_aspect:
            message = f"{said}; it must be at least {self.min_aspect:.4g} times."
            yield Problem("min_aspect", message, limit=self.min_aspect, actual=aspect)
        elif self.max_aspect is not None and aspect > self.max_aspect:
            message = f"{said}; it must be at most {self.max_aspect:.4g} times."
            yield Problem("max_aspect", message, limit=self.max_aspect, actual=aspect)

    def _kinds(self, seen: picture.Picture) -> Iterator[Problem]:
        if self.modes is not None and seen.mode not in self.modes:
            said = media.one_of(self.modes)
            message = f"The colours of this image are kept as {seen.mode}; {said} is taken."
            yield Problem("mode", message, limit=list(self.modes), actual=seen.mode)
        if self.animated is not None and self.animated != (seen.frames > 1):
            message = (
                "This image does not move; send an animation."
                if self.animated
                else f"This is an animation of {seen.frames} frames; send a still image."
            )
            yield Problem("animated", message, limit=self.animated, actual=seen.frames > 1)


def too_large(error: picture.TooLarge) -> Problem:
    """Say that an image cannot be opened in the memory there is: it is refused as `size`."""
    message = "Opening this image takes too much memory; send it smaller, or as a plain JPEG."
    return Problem("memory", message, (), SIZE.slug, error.limit, error.needed)


def _broken(error: picture.Unreadable) -> Problem:
    said = str(error)
    return Problem(error.rule, f"{said[0].upper()}{said[1:]}; please send it again.")
