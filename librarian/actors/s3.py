"""How are files and documents kept in S3, or in a store that speaks as S3 does? An object each.

Which faults are sure: a store that could not be connected to, or that answered with a refusal, has
kept nothing. A connection lost or an answer missing after the request was sent, and a fault of the
store itself (5xx), may have been a write, and are told as unsure.
"""

import math
import os
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import KW_ONLY
from functools import cached_property
from http.client import HTTPException
from threading import Event
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AliasChoices, Field, SecretStr, model_validator

from librarian import deadline, uid
from librarian.component import Actor, component
from librarian.perprocess import PerProcess
from librarian.presigned import Presigned, Unreached, goes_through_a_proxy
from librarian.record import Part, Stored, label_record
from librarian.stage import Exists, StoreError

KEY = re.compile(r"[!-~]*")
BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]")
CONFLICT, TAKEN = 409, 412
THROTTLED = ("SlowDown", "RequestLimitExceeded")
"""Codes by which S3 says that it did not even begin (Amazon S3 API, Error responses)."""
UNCONDITIONAL = "NotImplemented"
"""What a store says that knows no conditional puts."""
CODE = re.compile(rb"<Code>(\w+)</Code>")
HEADERS = {
    "StorageClass": "x-amz-storage-class",
    "ServerSideEncryption": "x-amz-server-side-encryption",
    "SSEKMSKeyId": "x-amz-server-side-encryption-aws-kms-key-id",
}
"""How what botocore calls so is called in HTTP (Amazon S3 API, PutObject)."""
PAGE = 1000
"""Names asked for at one time, the most that S3 gives."""
NO_SUCH_KEY = b"<Code>NoSuchKey</Code>"
TRIES = 3
CONNECTIONS = 50
HURRY = 1.0
"""Seconds that a call may take where less time is left than it usually may."""


def _bucket(name: str) -> str:
    if not name:
        raise ValueError("is missing; S3 needs the name of a bucket")
    if not BUCKET.fullmatch(name):
        raise ValueError("must be the name of a bucket: 3 to 63 letters, digits, dots and hyphens")
    return name


def _key(secret: SecretStr) -> SecretStr:
    """Let a key through that can stand in a header; of another, HTTP would quote the header."""
    if not KEY.fullmatch(secret.get_secret_value()):
        raise ValueError("must be printable ASCII without spaces; is there a line break in it?")
    return secret


Header = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]+$")]
Printable = Annotated[str, Field(pattern=r"^[ -~]*$")]


@component
class S3(Actor[Part]):
    """Keep each piece of data as one object of an S3 bucket, at Amazon or at any look-alike.

    An object is called prefix, key, suffix; without a suffix it ends in the extension that its
    bytes call for. Where both keys are left empty, the usual AWS credential chain is asked
    (environment, profile, role of the machine).
    """

    name = "S3"
    example = {
        "args": ["${AWS_ACCESS_KEY_ID}", "${AWS_SECRET_ACCESS_KEY}", "bucket", "images/", ""]
    }

    access_key: Annotated[
        SecretStr,
        Field(
            validation_alias=AliasChoices("access_key", "acess_key"),
            description="access key; empty, with the secret key, for the AWS credential chain",
        ),
        AfterValidator(_key),
    ] = SecretStr("")
    secret_key: Annotated[SecretStr, Field(description="secret key"), AfterValidator(_key)] = (
        SecretStr("")
    )
    bucket: Annotated[
        str,
        AfterValidator(_bucket),
        Field(validate_default=True, description="name of the bucket, which must be there"),
    ] = ""
    prefix: Annotated[
        str, Field(pattern=r"^[ -~]{0,512}$", description="what object names begin with: images/")
    ] = ""
    suffix: Annotated[
        str,
        Field(
            pattern=r"^[ -~]{0,64}$",
            description="what object names end in: .jpg; empty: the extension told from the bytes",
        ),
    ] = ""
    _: KW_ONLY
    endpoint: Annotated[
        str,
        Field(
            pattern=r"^(https?://[^/@\s]+(/\S*)?)?$",
            description="address of a look-alike: https://s3.example.org; AWS_ENDPOINT_URL too",
        ),
    ] = ""
    region: Annotated[
        str, Field(pattern=r"^[a-z0-9-]*$", description="region: eu-central-1; AWS_REGION too")
    ] = ""
    storage_class: Annotated[
        str, Field(pattern=r"^[A-Z0-9_]*$", description="storage class: STANDARD_IA")
    ] = ""
    encryption: Annotated[
        Literal["", "AES256", "aws:kms"], Field(description="encryption by the store")
    ] = ""
    kms_key: Annotated[
        str, Field(pattern=r"^[!-~]*$", description="id of the key, for encryption aws:kms")
    ] = ""
    metadata: Mapping[Header, Printable] = Field(
        default_factory=dict,
        description="written on each object, beside its sha256 and uid; ASCII only",
    )
    session_token: Annotated[
        SecretStr, Field(description="session token of temporary keys"), AfterValidator(_key)
    ] = SecretStr("")
    timeout: Annotated[float, Field(gt=0, le=60, description="seconds that one call may take")] = 4

    @model_validator(mode="after")
    def _coherent(self) -> "S3":
        access, secret = self.access_key.get_secret_value(), self.secret_key.get_secret_value()
        if bool(access) != bool(secret):
            raise ValueError("access_key and secret_key go together: give both, or leave both out")
        if self.session_token.get_secret_value() and not access:
            raise ValueError("session_token needs access_key and secret_key")
        if self.kms_key and self.encryption != "aws:kms":
            raise ValueError('kms_key needs "encryption": "aws:kms"')
        if {name.lower() for name in self.metadata} & {"sha256", "uid"}:
            raise ValueError("metadata cannot be called sha256 or uid, which are written anyway")
        return self

    def name_of(self, key: str, extension: str) -> str:
        """Tell the name of the object."""
        return f"{self.prefix}{key}{self.suffix or extension}"

    def act(self, key: str, part: Part) -> Stored:
        """Create the object. Raises Exists where its name is taken, StoreError."""
        name = self.name_of(key, part.extension)
        wanted: dict[str, Any] = {
            "Bucket": self.bucket,
            "Key": name,
            "Body": part.content,
            "ContentType": part.media.type,
            "Metadata": {**self.metadata, "sha256": part.sha256, "uid": key[: uid.LENGTH]},
            **self._asked,
        }
        knows_no_condition = self._unconditional.get()
        if not knows_no_condition.is_set() and self._put(name, part, wanted["Metadata"]):
            return Stored(self.name, name)
        if not knows_no_condition.is_set() and self._create(wanted):
            return Stored(self.name, name)
        # A store without conditional puts: looking first leaves a gap, but names are ours alone.
        self._absent(name)
        with self._told():
            self._s3().put_object(**wanted)
        return Stored(self.name, name)

    def undo(self, stored: Stored) -> None:
        """Delete the object; one that is not there is no fault."""
        with self._told():
            self._s3().delete_object(Bucket=self.bucket, Key=stored.name)

    def fetch(self, name: str) -> bytes | None:
        """Give the object's bytes, None where there is no such object.

        Where nobody waits for the one, many are read: that is done with less work.
        """
        from botocore.exceptions import ClientError

        with self._told():
            if deadline.left() == math.inf and not self._plainly.get().is_set():
                status, content = self._presigned.get().get(name)
                if status == 200:
                    return content
                if status == 404 and NO_SUCH_KEY in content:
                    return None
                self._plainly.get().set()  # a redirect, say, which botocore understands
            try:
                answer = self._s3().get_object(Bucket=self.bucket, Key=name)
            except ClientError as error:
                if _code(error) == "NoSuchKey":
                    return None
                raise
            with answer["Body"] as body:
                read: bytes = body.read()
        return read

    def names(self) -> Iterator[tuple[str, float]]:
        """Yield the objects of this service, each with its time of change. Raises StoreError."""
        ours = re.compile(self._pattern(uid.NAMED))
        asked: dict[str, Any] = {"Bucket": self.bucket, "Prefix": self.prefix, "MaxKeys": PAGE}
        while True:
            with self._told():
                page = self._s3().list_objects_v2(**asked)
            for each in page.get("Contents", ()):
                if ours.fullmatch(each["Key"]):
                    yield each["Key"], each["LastModified"].timestamp()
            if not page.get("NextContinuationToken"):
                return
            asked["ContinuationToken"] = page["NextContinuationToken"]

    def scan(self) -> Iterator[bytes]:
        """Yield the label records, as the bucket has them. Raises StoreError."""
        alone = re.compile(self._pattern(uid.ALONE.pattern))
        for name, _ in self.names():
            content = self.fetch(name) if alone.fullmatch(name) else None
            if content is not None and label_record(content):
                yield content

    def _pattern(self, key: str) -> str:
        """Give the regular expression of the names of certain keys."""
        return re.escape(self.prefix) + key + (re.escape(self.suffix) or r"\.[a-z0-9]+")

    def ping(self) -> None:
        """Ask whether the bucket is there and these keys may use it."""
        with self._told():
            self._s3().head_bucket(Bucket=self.bucket)

    def close(self) -> None:
        """Let go of this process's connections; the next call makes new ones."""
        for each in (self._client, self._hurried, self._presigned):
            client = each.take()
            if client is not None:
                client.close()

    def _put(self, name: str, part: Part, metadata: Mapping[str, str]) -> bool:
        """Do as `_create`, with less work; False where the store says what botocore understands."""
        if self._plainly.get().is_set():
            return False
        asked = {HEADERS[each]: value for each, value in self._asked.items()}
        told = {f"x-amz-meta-{each}": value for each, value in metadata.items()}
        headers = {"Content-Type": part.media.type, "If-None-Match": "*", **asked, **told}
        with self._told():
            left = deadline.left(self.timeout)
            status, said = self._presigned.get().put(name, part.content, headers, left)
        if status == TAKEN:
            raise Exists("S3: there is an object of this name already")
        found = CODE.search(said)
        code = found[1].decode() if found else ""
        if code == UNCONDITIONAL:
            self._unconditional.get().set()
        elif status >= 500 and code not in THROTTLED:
            raise StoreError(f"S3: the store refuses with status {status}", unsure=True)
        if 300 <= status < 400:
            self._plainly.get().set()  # a redirect, which botocore follows
        return status < 300

    def _create(self, wanted: Mapping[str, Any]) -> bool:
        """Put the object on condition that there is none; False where the store cannot do that."""
        from botocore.exceptions import ClientError

        until = time.monotonic() + deadline.left(self.timeout)
        for left in reversed(range(TRIES)):
            with self._told():
                try:
                    self._s3().put_object(**wanted, IfNoneMatch="*")
                    return True
                except ClientError as error:
                    if _status(error) == TAKEN:
                        raise Exists("S3: there is an object of this name already") from error
                    if _code(error) == UNCONDITIONAL:
                        self._unconditional.get().set()
                        return False
                    if _status(error) != CONFLICT or not left or time.monotonic() > until:
                        raise
        raise AssertionError("the last try returns or raises")

    def _absent(self, name: str) -> None:
        """Look whether the name is free. Raises Exists."""
        from botocore.exceptions import ClientError

        with self._told():
            try:
                self._s3().head_object(Bucket=self.bucket, Key=name)
            except ClientError as error:
                if _status(error) == 404:
                    return
                raise
        raise Exists("S3: there is an object of this name already")

    @property
    def _asked(self) -> dict[str, str]:
        """What the owner asked for beside the object itself."""
        asked = {
            "StorageClass": self.storage_class,
            "ServerSideEncryption": self.encryption,
            "SSEKMSKeyId": self.kms_key,
        }
        return {name: value for name, value in asked.items() if value}

    @cached_property
    def _unconditional(self) -> PerProcess[Event]:
        """Set once the store has said that it knows no conditional puts."""
        return PerProcess(Event)

    @cached_property
    def _plainly(self) -> PerProcess[Event]:
        """Set where only botocore gets at objects, or once a presigned address led elsewhere."""

        def make() -> Event:
            event = Event()
            if goes_through_a_proxy(self._client.get().meta.endpoint_url):
                event.set()
            return event

        return PerProcess(make)

    @cached_property
    def _presigned(self) -> PerProcess[Presigned]:
        def make() -> Presigned:
            connecting, reading = _limits(self.timeout)
            client, keys = self._client.get(), self._session().get_credentials()
            return Presigned(client, keys, self.bucket, connecting=connecting, reading=reading)

        return PerProcess(make)

    def _s3(self) -> Any:
        """Give the client whose calls fit into the time that is left for storing."""
        patient = deadline.left() >= self.timeout
        return (self._client if patient else self._hurried).get()

    @cached_property
    def _client(self) -> PerProcess[Any]:
        return PerProcess(lambda: self._connect(self.timeout))

    @cached_property
    def _hurried(self) -> PerProcess[Any]:
        """A second client, for a client's time limits are given when it is made."""
        return PerProcess(lambda: self._connect(min(self.timeout, HURRY)))

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
            s3={"addressing_style": "path"} if self.endpoint else {},
            # put together from what botocore could say of itself, it takes a fifth of each request
            user_agent="data-librarian",
        )
        with self._told():
            return self._session().client("s3", config=config, endpoint_url=self.endpoint or None)

    def _session(self) -> Any:
        from boto3.session import Session

        return Session(
            aws_access_key_id=self.access_key.get_secret_value() or None,
            aws_secret_access_key=self.secret_key.get_secret_value() or None,
            aws_session_token=self.session_token.get_secret_value() or None,
            # boto3 itself reads only AWS_DEFAULT_REGION and the profile
            region_name=self.region or os.environ.get("AWS_REGION") or None,
        )

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Tell the faults of what is done inside in our own words."""
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
            status = _status(error)
            said = {403: "turns these keys away", 404: "has no such bucket"}.get(
                status, f"refuses with status {status}"
            )
            unsure = status >= 500 and _code(error) not in THROTTLED
            raise _error(f"the store {said}", error, unsure=unsure) from error
        except unsent as error:
            raise _error("the store cannot be reached", error) from error
        except (*answerless, OSError, HTTPException) as error:
            raise _error("the store's answer did not come", error, unsure=True) from error
        except exceptions.BotoCoreError as error:
            raise _error("the request could not be made", error) from error


def _limits(seconds: float) -> tuple[float, float]:
    """Say how long a call may take to connect, and then to be answered."""
    return seconds / 4, seconds * 3 / 4


def _error(message: str, error: Exception, *, unsure: bool = False) -> StoreError:
    return StoreError(f"S3: {message} ({type(error).__name__})", unsure=unsure)


def _status(error: Any) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def _code(error: Any) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
