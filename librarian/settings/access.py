"""What is told of access? Which keys let send, which let look, and whether others may send."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator

from librarian.access.keys import ENTRY, Key, parse

MOST_SLOW = 8
"""Keys of scrypt in one list: an unknown key is compared with all of them."""


def _listed(value: object) -> object:
    if isinstance(value, str):
        return [each.strip() for each in value.split(",") if each.strip()]
    return value


def _few_slow(keys: tuple[Key, ...]) -> tuple[Key, ...]:
    if sum(key.cost is not None for key in keys) > MOST_SLOW:
        raise ValueError(f"holds more than {MOST_SLOW} keys of scrypt; make random ones instead")
    return keys


Written = Annotated[str, Field(pattern=f"^{ENTRY}$")]
Keys = Annotated[
    tuple[Annotated[Key, PlainValidator(parse, json_schema_input_type=Written)], ...],
    BeforeValidator(_listed, json_schema_input_type=str | tuple[Written, ...]),
    AfterValidator(_few_slow),
]


class AccessConfig(BaseModel):
    """Each member of ACCESS_CONFIG, which can be set one by one too: ACCESS_SUBMIT=sha256:…."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    submit: Annotated[
        Keys,
        Field(
            description="hashes of keys that let send, as librarian key new prints them;"
            " without any, everybody may"
        ),
    ] = ()
    review: Annotated[
        Keys, Field(description="hashes of keys that let look at what came in, made the same way")
    ] = ()
    public: Annotated[
        bool, Field(description="whether those without a key may send, too, beside submit keys")
    ] = False

    @property
    def closed(self) -> bool:
        """Whether nobody may send without a key."""
        return bool(self.submit) and not self.public
