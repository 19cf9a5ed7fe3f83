"""What is told of quotas? At most so many records for each value of a label, contributor, day."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from librarian.paths import checked


def _label(name: str) -> str:
    checked([name] if name else [])
    return name


class QuotaConfig(BaseModel):
    """One quota of QUOTA_CONFIG: how many, of what, in which time."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    most: Annotated[int, Field(ge=1, strict=True, description="records that are taken")]
    label: Annotated[
        str,
        AfterValidator(_label),
        Field(description="label whose every value is counted alone; records without it are not"),
    ] = ""
    per: Annotated[
        Literal["", "contributor"],
        Field(
            description="contributor: each is counted alone, and those without a pseudonym together"
        ),
    ] = ""
    every: Annotated[
        Literal["", "hour", "day", "week"],
        Field(description="hour, day or week of UTC after which it begins anew; never without it"),
    ] = ""

    @property
    def counted(self) -> tuple[str, str, str]:
        """What it counts; two quotas that count the same would count twice."""
        return self.label, self.per, self.every
