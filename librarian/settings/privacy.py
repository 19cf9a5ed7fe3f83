"""What is told of privacy? What is taken out of files, if addresses are kept, which consent."""

import re
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

VERSION = re.compile(r"[A-Za-z0-9._-]{1,64}")


class PrivacyConfig(BaseModel):
    """Each member of PRIVACY_CONFIG, which can be set one by one too: PRIVACY_STRIP=all."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    strip: Annotated[
        Literal["location", "all", "none"],
        Field(
            description="what is taken out of images before they are kept: where they were taken,"
            " all but picture, colours and orientation, or nothing"
        ),
    ] = "location"
    keep_ip: Annotated[
        Literal["no", "hashed", "yes"],
        Field(
            description="whether the contributor's address is kept: no, as a hash that is another"
            " one each day, or as it is"
        ),
    ] = "no"
    consent_text: Annotated[
        str,
        Field(max_length=4000, description="what contributors agree to; the page shows it"),
    ] = ""
    consent_version: Annotated[
        str,
        Field(
            description="the name of that text, like 2026-11; clients send it as"
            " Librarian-Consent, and it is kept with the text",
            validate_default=True,
        ),
    ] = ""

    @field_validator("consent_version")
    @classmethod
    def _names_a_text(cls, version: str, info: ValidationInfo) -> str:
        text = info.data.get("consent_text", "")
        if version and not VERSION.fullmatch(version):
            raise ValueError("must have 1 to 64 letters, digits, dots, _ and -, like 2026-11")
        if version and not text:
            raise ValueError("names no text: say in consent_text what contributors agree to")
        if text and not version:
            raise ValueError("is missing: give consent_text a name, like 2026-11")
        return version
