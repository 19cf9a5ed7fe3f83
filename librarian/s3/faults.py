"""What does a fault of S3's mean? Whether it may have been a write, in our own words.

Which faults are sure: a store that could not be connected to, or that answered with a refusal, has
kept nothing. A connection lost or an answer missing after the request was sent, and a fault of the
store itself (5xx), may have been a write, and are told as unsure.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from typing import Any

from librarian.s3.presigned import Unreached
from librarian.stage import StoreError

THROTTLED = ("SlowDown", "RequestLimitExceeded")
"""Codes by which S3 says that it did not even begin (Amazon S3 API, Error responses)."""
TOO_MANY = 429
"""The status by which some look-alikes say the same (RFC 6585, section 4)."""
PASSING = (500, 502, 504)
"""Faults that are the store's for a moment; 503 may mean that it is asked too much already."""
CODE = re.compile(rb"<Code>(\w+)</Code>")


class Failed(StoreError):
    """The store itself failed: it may have done it all the same, and may do it next time."""

    def __init__(self, message: str) -> None:
        super().__init__(message, unsure=True)


def refused(status: int, code: str, cause: str = "") -> StoreError:
    """Give the fault that a status and a code of S3's stand for."""
    what = {403: "turns these keys away", 404: "has no such bucket"}
    message = f"S3: the store {what.get(status, f'refuses with status {status}')}{cause}"
    if code in THROTTLED:
        return StoreError(message)
    return Failed(message) if status in PASSING else StoreError(message, unsure=status >= 500)


def final(status: int) -> bool:
    """Say whether it is no use to ask again at once in another way."""
    return status >= 500 or status == TOO_MANY


def code_in(answer: bytes) -> str:
    """Find the code in an answer that S3 gave."""
    found = CODE.search(answer)
    return found[1].decode() if found else ""


def status_of(error: Any) -> int:
    """Tell the status of botocore's ClientError."""
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def code_of(error: Any) -> str:
    """Tell the code of botocore's ClientError."""
    return str(error.response.get("Error", {}).get("Code", ""))


@contextmanager
def told() -> Iterator[None]:
    """Tell the faults of what is done inside in our own words: as StoreError."""
    from botocore import exceptions

    unsent = (
        exceptions.EndpointConnectionError,
        exceptions.ConnectTimeoutError,
        exceptions.ProxyConnectionError,
        Unreached,
    )
    answerless = (
        exceptions.HTTPClientError,
        exceptions.SSLError,
        exceptions.IncompleteReadError,
    )
    try:
        yield
    except exceptions.ClientError as error:
        raise refused(status_of(error), code_of(error), _kind(error)) from error
    except unsent as error:
        raise StoreError(f"S3: the store cannot be reached{_kind(error)}") from error
    except (*answerless, OSError, HTTPException) as error:
        message = f"S3: the store's answer did not come{_kind(error)}"
        raise StoreError(message, unsure=True) from error
    except exceptions.BotoCoreError as error:
        raise StoreError(f"S3: the request could not be made{_kind(error)}") from error


def _kind(error: Exception) -> str:
    return f" ({type(error).__name__})"
