"""What is told of the page? Its title and words, its colours, and whether there is one."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo

from librarian import languages
from librarian.colours import contrast

LEAST = 4.5
"""Contrast of text, as WCAG 2.2 asks for at level AA (success criterion 1.4.3)."""
GROUNDS = {"colour": "#fbfaf7", "colour_dark": "#1e232d"}
"""What stands behind links; what is written on buttons is further away from their colour still."""


def _legible(colour: str, info: ValidationInfo) -> str:
    ground = GROUNDS[str(info.field_name)]
    found = contrast(colour, ground)
    if found < LEAST:
        raise ValueError(
            f"cannot be read well on {ground}: the contrast is {found:.1f}, and {LEAST} is needed"
        )
    return colour.lower()


def _spoken(language: str) -> str:
    if language != languages.AUTO:
        languages.load(language)
    return language


Colour = Annotated[str, Field(pattern=r"^#[0-9A-Fa-f]{6}$"), AfterValidator(_legible)]


class PageConfig(BaseModel):
    """Each member of PAGE_CONFIG, which can be set one by one too: PAGE_TITLE=Cats."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    title: Annotated[
        str, Field(max_length=120, description="the heading of the page; empty: the language's own")
    ] = ""
    introduction: Annotated[
        str,
        Field(
            max_length=4000,
            description="what is said before the form; an empty line begins a new paragraph",
        ),
    ] = ""
    language: Annotated[
        str,
        Field(
            description=f"{', '.join(languages.SHIPPED)}; {languages.AUTO} for the one of these"
            " that a browser asks for, else English; or the path of a file like theirs"
        ),
        AfterValidator(_spoken),
    ] = "en"
    colour: Annotated[
        Colour, Field(description="of buttons and links, legible on white, like #1f5f8b")
    ] = "#1f5f8b"
    colour_dark: Annotated[
        Colour, Field(description="the same where people read light on dark, like #8fc3ea")
    ] = "#8fc3ea"
    downscale: Annotated[
        bool,
        Field(
            description="whether the page makes pictures smaller that are larger than is taken;"
            " they are then not what the camera made"
        ),
    ] = False
    enabled: Annotated[bool, Field(description="whether there is a page at / at all")] = True
