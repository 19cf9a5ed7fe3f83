"""What is told of the spool? Where it is, when it is used, how much and how long it keeps."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from librarian.units import Bytes, Seconds


class SpoolConfig(BaseModel):
    """Each member of SPOOL_CONFIG, which can be set one by one too: SPOOL_WHEN=always."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    directory: Annotated[
        str,
        Field(
            min_length=1,
            description="folder on this machine's own disk, for its own processes alone",
        ),
    ]
    when: Annotated[
        Literal["failure", "always"],
        Field(description="what waits here: what a store did not take, or everything"),
    ] = "failure"
    max_bytes: Annotated[
        Bytes, Field(gt=0, description="most that is kept here, dead records included, like 1GiB")
    ] = 2**30
    max_age: Annotated[
        Seconds, Field(gt=0, description="how long a record is tried before it is dead, like 7d")
    ] = 7 * 86400
