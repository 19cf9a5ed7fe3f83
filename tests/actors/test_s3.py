"""Does the actor `S3` keep its word, against real servers that speak S3?"""

import json
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from email.message import Message
from pathlib import Path
from typing import Any

import pytest

from librarian import deadline, settings, uid
from librarian.actors.s3 import S3
from librarian.problem import ConfigError
from librarian.record import Blob, Document, Part, Stored
from librarian.s3.presigned import Presigned
from librarian.settings.binding import adapter
from librarian.stage import Exists, StoreError
from tests import contract, faulty, servers
from tests.servers import fresh

SECRET = "hush-hush"
KEYS = ("AKIAEXAMPLE", SECRET)


def s3_actor(*args: Any, **kwargs: Any) -> S3:
    """Make one from plain text, as a configuration has it."""
    return S3(*args, **kwargs)


class Place:
    """A bucket and a prefix of a server that nobody else uses."""

    def __init__(self, server: servers.S3Server) -> None:
        self.server = server
        self.bucket = server.new_bucket()
        self.prefix = f"{fresh('images')}/"
        self.beside: list[str] = []

    def actor(self, *, suffix: str = "", **kwargs: Any) -> S3:
        """Make an actor for it."""
        keys = (self.server.access_key, self.server.secret_key)
        given = {"endpoint": self.server.endpoint, **kwargs}
        return s3_actor(*keys, self.bucket, self.prefix, suffix, **given)

    def names(self) -> list[str]:
        """Tell what lies there."""
        with closing(self.server.client()) as client:
            found = client.list_objects_v2(Bucket=self.bucket, Prefix=self.prefix)
        return [each["Key"] for each in found.get("Contents", [])]

    def plant(self, suffix: str) -> None:
        """Put objects there as an owner might, within the prefix and beside it."""
        ours = f"{uid.mint()}{suffix or '.jpg'}"
        within = [*contract.FOREIGN, f"more/{ours}"] + ([f"{uid.mint()}.jpg"] if suffix else [])
        names = [f"{self.prefix}{name}" for name in within]
        self.beside = [ours, f"beside-{self.prefix}{ours}"]
        with closing(self.server.client()) as client:
            for name in (*names, *self.beside):
                client.put_object(Bucket=self.bucket, Key=name, Body=b"the owner's own")

    def empty(self) -> None:
        """Take away what lies there, and the bucket if it was made for this."""
        with closing(self.server.client()) as client:
            for name in (*self.names(), *self.beside):
                client.delete_object(Bucket=self.bucket, Key=name)
            if not self.server.bucket:
                client.delete_bucket(Bucket=self.bucket)


@pytest.fixture
def at_s3(s3: servers.S3Server) -> Iterator[Place]:
    place = Place(s3)
    yield place
    place.empty()


@pytest.fixture
def at_rclone(rclone: servers.S3Server) -> Iterator[Place]:
    place = Place(rclone)
    yield place
    place.empty()


@pytest.fixture
def at_moto(moto: servers.S3Server) -> Iterator[Place]:
    place = Place(moto)
    yield place
    place.empty()


class TestTheContractAtMoto(contract.ActorContract):
    secrets = ("AKIAMOTO", "motosecret")

    @pytest.fixture(autouse=True)
    def _place(self, at_moto: Place) -> None:
        self.place = at_moto

    def plant(self, actor: S3) -> None:
        self.place.plant("")

    @pytest.fixture
    def actor(self, at_moto: Place) -> Iterator[S3]:
        with closing(at_moto.actor()) as made:
            yield made

    @pytest.fixture
    def reopened(self, at_moto: Place) -> Iterator[S3]:
        with closing(at_moto.actor()) as made:
            yield made


class TestTheContractAtRcloneOrTheOwners(contract.ActorContract):
    secrets = ("AKIAEXAMPLE", "secretkey1234")
    create_only = False

    @pytest.fixture(autouse=True)
    def _place(self, at_s3: Place) -> None:
        self.place = at_s3

    def plant(self, actor: S3) -> None:
        self.place.plant(".dat")

    @pytest.fixture
    def actor(self, at_s3: Place) -> Iterator[S3]:
        with closing(at_s3.actor(suffix=".dat")) as made:
            yield made

    @pytest.fixture
    def reopened(self, at_s3: Place) -> Iterator[S3]:
        with closing(at_s3.actor(suffix=".dat")) as made:
            yield made


def test_an_object_says_what_it_is_and_where_it_came_from(at_s3: Place) -> None:
    key, part = uid.mint(), contract.blob()
    with closing(at_s3.actor(metadata={"Project": "crops, 2026"})) as made:
        stored = made.act(f"{key}-0a1b2c3d", part)
    assert stored == Stored("S3", f"{at_s3.prefix}{key}-0a1b2c3d.jpg")
    with closing(at_s3.server.client()) as client:
        found = client.head_object(Bucket=at_s3.bucket, Key=stored.name)
    assert found["ContentType"] == "image/jpeg"
    assert found["ContentLength"] == len(part.content)
    metadata = {name.lower(): value for name, value in found["Metadata"].items()}
    assert metadata.pop("project") == "crops, 2026"
    assert {"sha256": part.sha256, "uid": key}.items() <= metadata.items()


@pytest.mark.parametrize(
    ("part", "suffix", "ending", "media_type"),
    [
        (Blob("image", b"\x89PNG\r\n\x1a\n", "x.jpg"), "", ".png", "image/png"),
        (Blob("sentence", "Schön.".encode()), "", ".txt", "text/plain"),
        (Blob("thing", b"\x00\x01"), "", ".bin", "application/octet-stream"),
        (Blob("empty", b""), ".jpg", ".jpg", "application/octet-stream"),
        (Document("answers", {"a": 1}), "", ".json", "application/json"),
        (contract.blob(), "-raw.jpeg", "-raw.jpeg", "image/jpeg"),
    ],
    ids=["png", "text", "bytes", "empty", "json", "suffix"],
)
def test_extension_and_content_type_come_from_the_bytes(
    at_moto: Place, part: Blob | Document, suffix: str, ending: str, media_type: str
) -> None:
    key = uid.mint()
    with closing(at_moto.actor(suffix=suffix)) as made:
        stored = made.act(key, part)
    assert at_moto.names() == [stored.name] == [f"{at_moto.prefix}{key}{ending}"]
    with closing(at_moto.server.client()) as client:
        found = client.get_object(Bucket=at_moto.bucket, Key=stored.name)
        assert found["Body"].read() == part.content
    assert found["ContentType"] == media_type


def test_storage_class_and_encryption_are_asked_for(at_moto: Place) -> None:
    wanted = {"storage_class": "STANDARD_IA", "encryption": "aws:kms", "kms_key": "alias/mine"}
    with closing(at_moto.actor(**wanted)) as made:
        stored = made.act(uid.mint(), contract.blob())
    with closing(at_moto.server.client()) as client:
        found = client.head_object(Bucket=at_moto.bucket, Key=stored.name)
    assert found["StorageClass"] == "STANDARD_IA"
    assert found["ServerSideEncryption"] == "aws:kms"
    assert found["SSEKMSKeyId"].endswith("alias/mine")


def test_without_keys_the_credential_chain_and_the_endpoint_of_the_environment_serve(
    at_rclone: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = at_rclone.server
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", server.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", server.secret_key)
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.endpoint)
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    part = contract.blob()
    with closing(s3_actor(bucket=at_rclone.bucket, prefix=at_rclone.prefix)) as made:
        made.ping()
        stored = made.act(uid.mint(), part)
        assert made.fetch(stored.name) == part.content
        assert made._clients._patient.get().meta.region_name == "eu-central-1"
    with closing(s3_actor(*KEYS, "bucket", region="us-west-2")) as made:
        assert made._clients._patient.get().meta.region_name == "us-west-2"


def test_without_any_keys_at_all_it_is_a_store_error(
    rclone: servers.S3Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    with closing(s3_actor(bucket="bucket", endpoint=rclone.endpoint)) as made:
        with pytest.raises(StoreError) as caught:
            made.act(uid.mint(), contract.blob())
        assert not caught.value.unsure


def test_wrong_keys_are_a_store_error_that_says_nothing_of_them(at_rclone: Place) -> None:
    server = at_rclone.server
    made = s3_actor(server.access_key, SECRET, at_rclone.bucket, endpoint=server.endpoint)
    with closing(made):
        for call in (made.ping, lambda: made.act(uid.mint(), contract.blob())):
            with pytest.raises(StoreError, match="turns these keys away") as caught:
                call()
            assert not caught.value.unsure
            for secret in (SECRET, server.access_key, server.endpoint):
                assert secret not in str(caught.value)
    assert at_rclone.names() == []


def test_a_bucket_that_is_not_there_is_a_store_error_and_never_an_absent_object(
    at_moto: Place,
) -> None:
    server = at_moto.server
    made = s3_actor(
        server.access_key, server.secret_key, fresh("bucket"), endpoint=server.endpoint
    )  # fmt: skip
    with closing(made):
        for call in (
            made.ping,
            lambda: made.act(uid.mint(), contract.blob()),
            lambda: made.fetch("x"),
        ):
            with pytest.raises(StoreError, match="no such bucket") as caught:
                call()
            assert not caught.value.unsure


def test_a_server_that_is_switched_off_is_told_in_time_and_works_again_when_it_is_on(
    at_rclone: Place,
) -> None:
    key, later, part = uid.mint(), uid.mint(), contract.blob()
    with closing(at_rclone.actor()) as made:
        stored = made.act(key, part)
        at_rclone.server.stop()
        try:
            began = time.monotonic()
            with pytest.raises(StoreError) as caught:
                made.act(later, part)
            took = time.monotonic() - began
        finally:
            at_rclone.server.start()
        assert not caught.value.unsure
        assert took < 8  # what all of a request's storing may take
        assert made.fetch(made.name_of(later, ".jpg")) is None
        assert made.fetch(stored.name) == part.content


@pytest.mark.parametrize(("kind", "unsure"), [("dead", False), ("hanging", True)])
def test_a_server_that_does_not_answer_is_a_store_error(
    dead_port: int, hanging_port: int, kind: str, unsure: bool
) -> None:
    port = dead_port if kind == "dead" else hanging_port
    address = f"http://127.0.0.1:{port}"
    with closing(s3_actor(*KEYS, "bucket", endpoint=address, timeout=0.8)) as made:
        for call in (
            made.ping,
            lambda: made.act(uid.mint(), contract.blob()),
            lambda: made.fetch("x"),
            lambda: made.undo(Stored("S3", "x")),
        ):
            with pytest.raises(StoreError) as caught:
                call()
            assert caught.value.unsure is unsure
            assert str(port) not in str(caught.value)


def test_where_little_time_is_left_a_call_does_not_take_its_own(hanging_port: int) -> None:
    address = f"http://127.0.0.1:{hanging_port}"
    with closing(s3_actor(*KEYS, "bucket", endpoint=address, timeout=60)) as made:
        began = time.monotonic()
        with deadline.within(2), pytest.raises(StoreError):
            made.act(uid.mint(), contract.blob())
        assert time.monotonic() - began < 30  # 45 without the deadline


def test_a_lost_answer_is_told_as_unsure_and_the_object_may_be_there(at_rclone: Place) -> None:
    key, part = uid.mint(), contract.blob()
    with (
        faulty.relay(_port(at_rclone)) as relay,
        closing(at_rclone.actor(endpoint=f"http://127.0.0.1:{relay.port}")) as made,
    ):
        made.ping()
        relay.lose_answers()
        with pytest.raises(StoreError) as caught:
            made.act(key, part)
    assert caught.value.unsure
    with closing(at_rclone.actor()) as direct:
        assert direct.fetch(direct.name_of(key, ".jpg")) == part.content


@pytest.mark.parametrize(
    ("status", "code", "unsure"),
    [
        (500, "InternalError", True),
        (503, "ServiceUnavailable", True),
        (503, "SlowDown", False),
        (403, "AccessDenied", False),
    ],
)
def test_a_fault_of_the_store_itself_may_have_been_a_write(
    at_rclone: Place, status: int, code: str, unsure: bool
) -> None:
    def refusal(method: str, headers: Message) -> tuple[int, str]:
        return status, code

    with (
        faulty.s3_front(_port(at_rclone), refusal) as port,
        closing(at_rclone.actor(endpoint=f"http://127.0.0.1:{port}")) as made,
    ):
        with pytest.raises(StoreError) as caught:
            made.act(uid.mint(), contract.blob())
        assert caught.value.unsure is unsure


def test_a_store_that_fails_at_once_is_asked_a_second_time(at_moto: Place) -> None:
    seen: list[str] = []

    def refusal(method: str, headers: Message) -> tuple[int, str] | None:
        seen.append(method)
        return (500, "InternalError") if len(seen) == 1 else None

    with (
        faulty.s3_front(_port(at_moto), refusal) as port,
        closing(at_moto.actor(endpoint=f"http://127.0.0.1:{port}")) as made,
    ):
        stored = made.act(uid.mint(), contract.blob())
        assert seen == ["PUT", "PUT"]
        assert made.fetch(stored.name) == contract.blob().content


@pytest.mark.parametrize(
    ("status", "code"),
    [(503, "SlowDown"), (503, "ServiceUnavailable"), (429, "TooManyRequests"), (500, "SlowDown")],
)
def test_a_store_that_is_asked_too_much_is_not_asked_again(
    at_moto: Place, status: int, code: str
) -> None:
    seen: list[str] = []

    def refusal(method: str, headers: Message) -> tuple[int, str]:
        seen.append(method)
        return status, code

    with (
        faulty.s3_front(_port(at_moto), refusal) as port,
        closing(at_moto.actor(endpoint=f"http://127.0.0.1:{port}")) as made,
        pytest.raises(StoreError),
    ):
        made.act(uid.mint(), contract.blob())
    assert seen == ["PUT"]


@contextmanager
def written_and_failed(place: Place, key: str, part: Part) -> Iterator[tuple[S3, S3]]:
    """Give an actor whose store has a part and says that it failed, and one that looks there."""
    with closing(place.actor()) as direct:

        def failing(method: str, headers: Message) -> tuple[int, str] | None:
            if method == "PUT" and direct.fetch(direct.name_of(key, part.extension)) is None:
                direct.act(key, part)  # it was written, and then something broke
                return 500, "InternalError"
            return None

        with (
            faulty.s3_front(_port(place), failing) as port,
            closing(place.actor(endpoint=f"http://127.0.0.1:{port}")) as made,
        ):
            yield made, direct


def test_data_that_are_there_at_the_second_time_are_of_the_first(at_moto: Place) -> None:
    key, part = uid.mint(), contract.blob()
    with written_and_failed(at_moto, key, part) as (made, direct):
        stored = made.act(key, part)
        assert direct.fetch(stored.name) == part.content


def test_a_label_record_that_is_there_at_the_second_time_is_to_be_looked_at(
    at_moto: Place,
) -> None:
    key = uid.mint()
    part = contract.labels(key)
    with written_and_failed(at_moto, key, part) as (made, direct):
        with pytest.raises(StoreError) as caught:
            made.act(key, part)
        assert caught.value.unsure
        assert not isinstance(caught.value, Exists)
        assert direct.fetch(direct.name_of(key, part.extension)) == part.content


def test_other_data_that_are_there_at_the_second_time_are_not_ours(at_moto: Place) -> None:
    key = uid.mint()
    with (
        written_and_failed(at_moto, key, contract.blob(1)) as (made, _),
        pytest.raises(StoreError) as caught,
    ):
        made.act(key, contract.blob())
    assert caught.value.unsure


@pytest.mark.parametrize("status", [501, 400])
def test_a_store_without_conditional_puts_is_asked_once_and_then_looked_at_first(
    at_rclone: Place, status: int
) -> None:
    seen = []

    def refusal(method: str, headers: Message) -> tuple[int, str] | None:
        conditional = "If-None-Match" in headers
        seen.append(f"{method} {'if none' if conditional else 'plain'}")
        return (status, "NotImplemented") if conditional else None

    key, part = uid.mint(), contract.blob()
    with (
        faulty.s3_front(_port(at_rclone), refusal) as port,
        closing(at_rclone.actor(endpoint=f"http://127.0.0.1:{port}")) as made,
    ):
        stored = made.act(key, part)
        assert made.fetch(stored.name) == part.content
        with pytest.raises(Exists):
            made.act(key, contract.blob(2))
        assert made.fetch(stored.name) == part.content
    looked = "HEAD plain"
    put, get = "PUT plain", "GET plain"
    assert seen == ["PUT if none", looked, put, get, looked, get]


def test_a_conflict_with_another_write_is_tried_again_but_not_for_ever(at_moto: Place) -> None:
    left = [2]

    def refusal(method: str, headers: Message) -> tuple[int, str] | None:
        left[0] -= 1
        return (409, "ConditionalRequestConflict") if left[0] >= 0 else None

    with (
        faulty.s3_front(_port(at_moto), refusal) as port,
        closing(at_moto.actor(endpoint=f"http://127.0.0.1:{port}")) as made,
    ):
        stored = made.act(uid.mint(), contract.blob())
        assert made.fetch(stored.name) == contract.blob().content
        left[0] = 10**6
        with pytest.raises(StoreError) as caught:
            made.act(uid.mint(), contract.blob())
        assert not isinstance(caught.value, Exists)


WRONG: dict[str, tuple[dict[str, Any], str, str]] = {
    "no bucket": ({"args": ["AKIA", SECRET]}, ".kwargs.bucket", "needs the name of a bucket"),
    "a bucket like a path": ({"args": ["AKIA", SECRET, "a/b"]}, ".args[2]", "name of a bucket"),
    "a line break": ({"args": ["AKIA", f"{SECRET}\n", "bucket"]}, ".args[1]", "line break"),
    "a letter": ({"args": [f"{SECRET}ł", SECRET, "bucket"]}, ".args[0]", "printable ASCII"),
    "half the keys": ({"args": ["", SECRET, "bucket"]}, "", "go together"),
    "the other half": ({"args": [SECRET, "", "bucket"]}, "", "go together"),
    "a token alone": (
        {"kwargs": {"bucket": "bucket", "session_token": SECRET}}, "", "session_token needs"
    ),
    "a KMS key alone": (
        {"args": ["AKIA", SECRET, "bucket"], "kwargs": {"kms_key": "k"}}, "", "kms_key needs"
    ),
    "encryption": (
        {"args": ["AKIA", SECRET, "bucket"], "kwargs": {"encryption": "rot13"}},
        ".kwargs.encryption", "aws:kms",
    ),
    "an endpoint": (
        {"args": ["AKIA", SECRET, "bucket"], "kwargs": {"endpoint": f"https://u:{SECRET}@h"}},
        ".kwargs.endpoint", "address of a look-alike",
    ),
    "metadata in letters": (
        {"args": ["AKIA", SECRET, "bucket"], "kwargs": {"metadata": {"who": "Zoë"}}},
        ".kwargs.metadata.who", "pattern",
    ),
    "metadata of ours": (
        {"args": ["AKIA", SECRET, "bucket"], "kwargs": {"metadata": {"SHA256": "0"}}},
        "", "written anyway",
    ),
    "both spellings": (
        {"args": ["AKIA", SECRET, "bucket"], "kwargs": {"acess_key": SECRET}},
        ".kwargs.acess_key", "given twice",
    ),
    "a number": ({"args": ["AKIA", 12345, "bucket"]}, ".args[1]", "valid string"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_combination_is_a_startup_problem_that_quotes_no_secret(case: str) -> None:
    entry, place, said = WRONG[case]
    chain = json.dumps([{"actor": "S3", **entry}])
    with pytest.raises(ConfigError) as caught:
        settings.load({"DATA_ACTOR_CONFIG": chain, "LABEL_ACTOR_CONFIG": "[]"})
    (problem,) = caught.value.problems
    assert problem.path == f"DATA_ACTOR_CONFIG[0]{place}"
    assert said in problem.message
    assert SECRET not in str(caught.value)
    assert "12345" not in str(caught.value)


@pytest.mark.parametrize("spelling", ["access_key", "acess_key"])
def test_both_spellings_of_the_access_key_are_read(spelling: str) -> None:
    kwargs = {spelling: "AKIAEXAMPLE", "secret_key": SECRET, "bucket": "bucket"}
    chain = json.dumps([{"actor": "s3", "kwargs": kwargs}])
    found = settings.load({"DATA_ACTOR_CONFIG": chain, "LABEL_ACTOR_CONFIG": "[]"})
    made = found.data_act[0].component
    assert made.access_key.get_secret_value() == "AKIAEXAMPLE"
    assert made.secret_key.get_secret_value() == SECRET


def test_the_six_variables_of_the_first_page_bind_and_show_no_secret() -> None:
    found = settings.load(
        {
            "INPUT_CONFIG": '{"type": "base64","tag": "image"}',
            "LABEL_VALID_CONFIG": (
                '[{"validator": "type","args": [{"filename": "str","x": "int","y": "int"}]}]'
            ),
            "DATA_VALID_CONFIG": '[{"validator": "img","kwargs": {"h": 0,"w": 0}}]',
            "LABEL_ACTOR_CONFIG": (
                '[{"actor": "mongo",'
                '"args": ["li:b@r","hush/%-hush","db.example.org:27017","db","col"]}]'
            ),
            "DATA_ACTOR_CONFIG": (
                '[{"actor": "S3",'
                '"args": ["AKIAEXAMPLE","hush/%-hush","contributions","images/",""]}]'
            ),
            "CROSS_VALID_CONFIG": "[]",
        }
    )
    mongo, made = found.label_act[0].component, found.data_act[0].component
    assert (mongo.url, mongo.database, mongo.collection) == ("db.example.org:27017", "db", "col")
    assert (made.bucket, made.prefix, made.suffix) == ("contributions", "images/", "")
    assert mongo.password.get_secret_value() == made.secret_key.get_secret_value() == "hush/%-hush"
    dumped = adapter(S3).dump_json(made) + adapter(type(mongo)).dump_json(mongo)
    for shown in (repr(found), str(made), repr(vars(made)), str(mongo), dumped.decode()):
        for secret in ("hush/%-hush", "AKIAEXAMPLE", "li:b@r"):
            assert secret not in shown


def test_making_the_component_connects_to_nothing() -> None:
    assert s3_actor(*KEYS, "bucket")._clients._patient.take() is None


def _port(place: Place) -> int:
    return int(place.server.endpoint.rpartition(":")[2])


def test_what_only_botocore_understands_is_asked_of_it_from_then_on(
    at_rclone: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    actor = at_rclone.actor()
    stored = actor.act(uid.mint(), Blob("image", b"GIF89a"))
    asked: list[str] = []

    def redirected(self: Presigned, name: str) -> tuple[int, bytes]:
        asked.append(name)
        return 307, b"<Error><Code>TemporaryRedirect</Code></Error>"

    monkeypatch.setattr(Presigned, "get", redirected)
    assert [actor.fetch(stored.name) for _ in range(3)] == [b"GIF89a"] * 3
    assert asked == [stored.name]
    actor.close()
