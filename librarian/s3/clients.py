"""How is a bucket reached? By clients that each process makes for itself, bounded in time."""

import os
from dataclasses import dataclass
from functools import cached_property
from threading import Event
from typing import Any

from pydantic import SecretStr

from librarian import deadline
from librarian.perprocess import PerProcess
from librarian.s3 import faults
from librarian.s3.presigned import Presigned, goes_through_a_proxy

CONNECTIONS = 50
HURRY = 1.0
"""Seconds that a call may take where less time is left than it usually may."""


@dataclass(frozen=True)
class Account:
    """Who asks for a bucket, and where; what is left empty says the environment (AWS)."""

    access_key: SecretStr
    secret_key: SecretStr
    session_token: SecretStr
    endpoint: str
    region: str


class Clients:
    """The clients of one bucket; a call may take `timeout` seconds, and less near a deadline."""

    def __init__(self, account: Account, bucket: str, timeout: float) -> None:
        self._account, self._bucket, self._timeout = account, bucket, timeout

    @property
    def botocore(self) -> Any:
        """The client whose calls fit into the time that is left for storing."""
        patient = deadline.left() >= self._timeout
        return (self._patient if patient else self._hurried).get()

    @property
    def presigned(self) -> Presigned | None:
        """The way with less work; none where only botocore gets at objects."""
        return None if self._plainly.get().is_set() else self._presigned.get()

    def go_plainly(self) -> None:
        """Ask botocore alone from now on, in this process: it follows redirects, say."""
        self._plainly.get().set()

    def close(self) -> None:
        """Let go of this process's connections; the next call makes new ones."""
        for each in (self._patient, self._hurried, self._presigned):
            client = each.take()
            if client is not None:
                client.close()

    @cached_property
    def _patient(self) -> PerProcess[Any]:
        return PerProcess(lambda: self._connect(self._timeout))

    @cached_property
    def _hurried(self) -> PerProcess[Any]:
        """A second client, for a client's time limits are given when it is made."""
        return PerProcess(lambda: self._connect(min(self._timeout, HURRY)))

    @cached_property
    def _presigned(self) -> PerProcess[Presigned]:
        def make() -> Presigned:
            connecting, reading = _limits(self._timeout)
            with faults.told():  # there may be no keys at all
                client, keys = self._patient.get(), self._session().get_credentials()
                return Presigned(client, keys, self._bucket, connecting=connecting, reading=reading)

        return PerProcess(make)

    @cached_property
    def _plainly(self) -> PerProcess[Event]:
        """Set where only botocore gets at objects, or once a presigned address led elsewhere."""

        def make() -> Event:
            event = Event()
            if goes_through_a_proxy(self._patient.get().meta.endpoint_url):
                event.set()
            return event

        return PerProcess(make)

    def _connect(self, seconds: float) -> Any:
        from botocore.config import Config

        connecting, reading = _limits(seconds)
        config = Config(
            connect_timeout=connecting,
            read_timeout=reading,
            retries={"total_max_attempts": 1},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            max_pool_connections=CONNECTIONS,
            signature_version="s3v4",
            s3={"addressing_style": "path"} if self._account.endpoint else {},
            # put together from what botocore could say of itself, it takes a fifth of each request
            user_agent="data-librarian",
        )
        endpoint = self._account.endpoint or None
        with faults.told():
            return self._session().client("s3", config=config, endpoint_url=endpoint)

    def _session(self) -> Any:
        from boto3.session import Session

        account = self._account
        return Session(
            aws_access_key_id=account.access_key.get_secret_value() or None,
            aws_secret_access_key=account.secret_key.get_secret_value() or None,
            aws_session_token=account.session_token.get_secret_value() or None,
            # boto3 itself reads only AWS_DEFAULT_REGION and the profile
            region_name=account.region or os.environ.get("AWS_REGION") or None,
        )


def _limits(seconds: float) -> tuple[float, float]:
    """Say how long a call may take to connect, and then to be answered."""
    return seconds / 4, seconds * 3 / 4
