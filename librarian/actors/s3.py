"""How are files and documents kept in S3, or in a store that speaks as S3 does? An object each."""

import math
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import KW_ONLY
from functools import cached_property
from threading import Event
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AliasChoices, Field, SecretStr, model_validator

from librarian import deadline, uid
from librarian.component import Actor, component
from librarian.perprocess import PerProcess
from librarian.record import LABELS, Part, Stored, label_record
from librarian.s3 import faults
from librarian.s3.clients import Account, Clients
from librarian.stage import Exists, StoreError

KEY = re.compile(r"[!-~]*")
BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]")
CONFLICT, TAKEN = 409, 412
PASSING = (404, CONFLICT)
"""Refusals that botocore gets, too, and that say nothing of the next request."""
UNCONDITIONAL = "NotImplemented"
"""What a store says that knows no conditional puts."""
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

    @property
    def kept_in(self) -> tuple[str, ...]:
        """The bucket; what objects are called in it stands in their names."""
        return ("bucket", self.endpoint.rstrip("/").lower(), self.bucket)

    def name_of(self, key: str, extension: str) -> str:
        """Tell the name of the object."""
        return f"{self.prefix}{key}{self.suffix or extension}"

    def act(self, key: str, part: Part) -> Stored:
        """Create the object. Raises Exists where its name is taken, StoreError.

        Where the store itself fails at once, it is asked a second time (Amazon S3, Error best
        practices). What is there then may be of the first: a piece of data that is the same is
        ours, for nobody else has its name; whose a label record is, it is to be looked at.
        """
        began, seconds = time.monotonic(), deadline.left(self.timeout)
        try:
            return self._act(key, part)
        except faults.Failed as error:
            first = error
        if time.monotonic() - began > seconds / 2:
            raise first
        try:
            return self._act(key, part)
        except StoreError as error:
            name = self.name_of(key, part.extension)
            taken = isinstance(error, Exists) and part.tag != LABELS
            if taken and self._holds(name, part.content):
                return Stored(self.name, name)
            raise first from error

    def _holds(self, name: str, content: bytes) -> bool:
        """Say whether an object is known to have these bytes."""
        try:
            return self.fetch(name) == content
        except StoreError:
            return False

    def _act(self, key: str, part: Part) -> Stored:
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
        with faults.told():
            self._clients.botocore.put_object(**wanted)
        return Stored(self.name, name)

    def undo(self, stored: Stored) -> None:
        """Delete the object; one that is not there is no fault."""
        with faults.told():
            self._clients.botocore.delete_object(Bucket=self.bucket, Key=stored.name)

    def fetch(self, name: str) -> bytes | None:
        """Give the object's bytes, None where there is no such object.

        Where nobody waits for the one, many are read: that is done with less work.
        """
        from botocore.exceptions import ClientError

        with faults.told():
            quick = self._clients.presigned if deadline.left() == math.inf else None
            if quick is not None:
                status, content = quick.get(name)
                if status == 200:
                    return content
                if status == 404 and NO_SUCH_KEY in content:
                    return None
                self._clients.go_plainly()  # a redirect, say, which botocore understands
            try:
                answer = self._clients.botocore.get_object(Bucket=self.bucket, Key=name)
            except ClientError as error:
                if faults.code_of(error) == "NoSuchKey":
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
            with faults.told():
                page = self._clients.botocore.list_objects_v2(**asked)
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
        with faults.told():
            self._clients.botocore.head_bucket(Bucket=self.bucket)

    def close(self) -> None:
        """Let go of this process's connections; the next call makes new ones."""
        self._clients.close()

    def _put(self, name: str, part: Part, metadata: Mapping[str, str]) -> bool:
        """Do as `_create`, with less work; False where the store says what botocore understands."""
        quick = self._clients.presigned
        if quick is None:
            return False
        asked = {HEADERS[each]: value for each, value in self._asked.items()}
        told = {f"x-amz-meta-{each}": value for each, value in metadata.items()}
        headers = {"Content-Type": part.media.type, "If-None-Match": "*", **asked, **told}
        with faults.told():
            left = deadline.left(self.timeout)
            status, said = quick.put(name, part.content, headers, left)
        if status == TAKEN:
            raise Exists("S3: there is an object of this name already")
        code = faults.code_in(said)
        if code == UNCONDITIONAL:
            self._unconditional.get().set()
        elif faults.final(status):
            raise faults.refused(status, code)
        elif 300 <= status < 500 and status not in PASSING:
            self._clients.go_plainly()  # a redirect, say, or another region, which botocore follows
        return status < 300

    def _create(self, wanted: Mapping[str, Any]) -> bool:
        """Put the object on condition that there is none; False where the store cannot do that."""
        from botocore.exceptions import ClientError

        until = time.monotonic() + deadline.left(self.timeout)
        for left in reversed(range(TRIES)):
            with faults.told():
                try:
                    self._clients.botocore.put_object(**wanted, IfNoneMatch="*")
                    return True
                except ClientError as error:
                    if faults.status_of(error) == TAKEN:
                        raise Exists("S3: there is an object of this name already") from error
                    if faults.code_of(error) == UNCONDITIONAL:
                        self._unconditional.get().set()
                        return False
                    if faults.status_of(error) != CONFLICT or not left or time.monotonic() > until:
                        raise
        raise AssertionError("the last try returns or raises")

    def _absent(self, name: str) -> None:
        """Look whether the name is free. Raises Exists."""
        from botocore.exceptions import ClientError

        with faults.told():
            try:
                self._clients.botocore.head_object(Bucket=self.bucket, Key=name)
            except ClientError as error:
                if faults.status_of(error) == 404:
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
    def _clients(self) -> Clients:
        account = Account(
            self.access_key, self.secret_key, self.session_token, self.endpoint, self.region
        )
        return Clients(account, self.bucket, self.timeout)
