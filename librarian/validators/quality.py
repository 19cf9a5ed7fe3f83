"""Is there something to be seen in this picture? Not if it is blank, dark, bright or blurred."""

from collections.abc import Iterator
from dataclasses import KW_ONLY
from typing import TYPE_CHECKING, Annotated, NamedTuple, Self

from pydantic import Field, model_validator

from librarian import picture
from librarian.component import Validator, component
from librarian.picture.grey import grey
from librarian.problem import Problem
from librarian.record import Blob
from librarian.validators.img import too_large

if TYPE_CHECKING:
    from PIL import Image

SIDE = 512
"""Pixels of the longer side at which a picture is measured, so that a threshold means the same for
a phone's 12 megapixels and for a thumbnail; smaller pictures are measured as they are."""
LAPLACE = (0, 1, 0, 1, -4, 1, 0, 1, 0)
"""How much a pixel differs from its four neighbours: large at edges, nothing on slopes."""
MIDDLE = 128

Shade = Annotated[float, Field(ge=0, le=255)]


class Measures(NamedTuple):
    """What is measured of a picture's shades of grey, 0 (black) to 255 (white)."""

    mean: float
    """The mean shade."""
    spread: float
    """The standard deviation of the shades."""
    sharpness: float
    """The variance of the Laplacian: how strong its edges and fine details are."""


@component
class Quality(Validator[Blob]):
    """Refuse pictures in which little can be seen: blank, too dark, too bright, blurred.

    It measures the first frame in shades of grey, on white where it is transparent, at 512 pixels.
    What is no image, or a broken one, is for `img` to refuse: put that before it. A threshold of 0
    (255 for `max_mean`) switches its check off.
    """

    name = "quality"
    example = {"kwargs": {"min_mean": 25, "min_sharpness": 10}}

    _: KW_ONLY
    min_spread: Annotated[
        Shade, Field(description="least standard deviation of the shades; below it is blank")
    ] = 3.0
    min_mean: Annotated[
        Shade, Field(description="least mean shade, 0 black to 255 white; below it is too dark")
    ] = 25.0
    max_mean: Annotated[Shade, Field(description="most mean shade; above it is too bright")] = 245.0
    min_sharpness: Annotated[
        float,
        Field(
            ge=0,
            allow_inf_nan=False,
            description="least variance of the Laplacian, in shades squared; below it is blurred",
        ),
    ] = 5.0

    @model_validator(mode="after")
    def _some_picture_fits(self) -> Self:
        if self.min_mean > self.max_mean:
            bounds = f"min_mean {self.min_mean:g} is more than max_mean {self.max_mean:g}"
            raise ValueError(f"no picture fits: {bounds}")
        return self

    def check(self, part: Blob) -> Iterator[Problem]:
        """Yield the first that holds of `blank`, `dark`, `bright` and `blurred`.

        Only one, because each hides the next: of a black picture nobody can say if it is sharp.
        """
        if part.media.type not in picture.FORMATS:
            return
        try:
            seen = measure(grey(part.content, part.media, SIDE))
        except picture.Unreadable:
            return
        except picture.TooLarge as error:
            yield too_large(error)
            return
        if seen.spread < self.min_spread:
            message = "This picture is blank: there is nothing to be seen in it."
            yield _problem("blank", message, self.min_spread, seen.spread)
        elif seen.mean < self.min_mean:
            yield _problem("dark", "This picture is too dark.", self.min_mean, seen.mean)
        elif seen.mean > self.max_mean:
            yield _problem("bright", "This picture is too bright.", self.max_mean, seen.mean)
        elif seen.sharpness < self.min_sharpness:
            message = "This picture is blurred."
            yield _problem("blurred", message, self.min_sharpness, seen.sharpness)


def _problem(rule: str, message: str, limit: float, actual: float) -> Problem:
    return Problem(rule, message, limit=limit, actual=round(actual, 1))


def measure(shades: "Image.Image") -> Measures:
    """Measure a picture in shades of grey."""
    from PIL import ImageFilter, ImageStat

    whole = ImageStat.Stat(shades)
    # an 8-bit picture holds no negative shade, so the kernel's zero is put in the middle; what is
    # cut off at both ends are edges far above any threshold
    edges = shades.filter(ImageFilter.Kernel((3, 3), LAPLACE, scale=1, offset=MIDDLE))
    width, height = edges.size
    inner = edges.crop((1, 1, width - 1, height - 1)) if min(width, height) > 2 else edges
    return Measures(whole.mean[0], whole.stddev[0], ImageStat.Stat(inner).var[0])
