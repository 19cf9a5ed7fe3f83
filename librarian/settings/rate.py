"""What is told of rates? How many requests in how long, counted by what and where."""

from importlib.util import find_spec
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from librarian.mongodb.uri import check

MONGODB, REDIS = ("mongodb", "mongodb+srv"), ("redis", "rediss")
MOST = 100_000
"""Requests of one limit: each leaves a mark until its window is over."""


def _limits(text: str) -> str:
    """Check limits as the library of that name reads them. Raises ValueError."""
    if not text.strip():
        return ""
    from limits import parse_many

    try:
        items = parse_many(text)
    except ValueError:
        raise ValueError("must be like 60/minute, or 60/minute, 1000/day") from None
    if not all(1 <= item.amount <= MOST and item.get_expiry() for item in items):
        raise ValueError(f"allows between 1 and {MOST} requests in a time")
    return text.strip()


def _storage(address: SecretStr) -> SecretStr:
    """Check what can be told without asking the storage. Raises ValueError, quoting nothing."""
    text = address.get_secret_value()
    if not text:
        return address
    scheme = text.partition("://")[0]
    if scheme not in (*MONGODB, *REDIS):
        raise ValueError("must begin with mongodb://, mongodb+srv://, redis:// or rediss://")
    if scheme in REDIS and find_spec("redis") is None:
        raise ValueError("needs the extra redis: pip install 'data-librarian[redis]'")
    if scheme in MONGODB:
        check(text, credentials=True)
    else:
        _check_redis(text)
    return address


def _check_redis(text: str) -> None:
    from redis.connection import parse_url

    try:
        parse_url(text)  # type: ignore[no-untyped-call]
        urlsplit(text).port  # noqa: B018 - asked for its ValueError
    except ValueError:
        raise ValueError(
            "must be like redis://:password@host:6379/0; write @ : / % in a password as"
            " %40 %3A %2F %25"
        ) from None


Limits = Annotated[str, AfterValidator(_limits)]


class RateConfig(BaseModel):
    """Each member of RATE_CONFIG, which can be set one by one too: RATE_LIMIT=60/minute."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    limit: Annotated[
        Limits,
        Field(
            description="requests that each caller may send in any such time, several with commas"
            " between, like 60/minute, 1000/day; empty limits nobody"
        ),
    ] = ""
    keyed: Annotated[
        Limits, Field(description="the same for callers with an access key, if it is another")
    ] = ""
    by: Annotated[
        Literal["key", "contributor", "address"],
        Field(
            description="what is one caller: an access key, a contributor's pseudonym, or a"
            " client's address; who sends none of the first two is told by address"
        ),
    ] = "key"
    storage: Annotated[
        SecretStr,
        AfterValidator(_storage),
        Field(
            description="where rates and quotas are counted: a URI of MongoDB or Redis, shared by"
            " all machines; by default a file in the data folder, for this machine alone"
        ),
    ] = SecretStr("")
