"""Does a contribution come through nginx and gunicorn into MongoDB and S3 as it was sent?"""

import base64
import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from tests import servers
from tests.conftest import needed
from tests.e2e.stack import Stack, behind_nginx, filled
from tests.pictures import make
from tests.process import HOST

PHOTO = make("JPEG", 640, 480)
CODE = base64.b64encode(PHOTO).decode()


class Whole:
    """The whole stack, and a look into its two stores past the service."""

    def __init__(
        self, stack: Stack, mongodb: servers.MongoServer, s3: servers.S3Server, bucket: str, db: str
    ) -> None:
        self.stack, self.mongodb, self.s3, self.bucket, self.db = stack, mongodb, s3, bucket, db

    def labels(self) -> list[dict[str, Any]]:
        with closing(self.mongodb.client()) as client:
            return list(client[self.db]["labels"].find())

    def objects(self) -> dict[str, bytes]:
        with closing(self.s3.client()) as client:
            listed = client.list_objects_v2(Bucket=self.bucket).get("Contents", [])
            return {
                each["Key"]: client.get_object(Bucket=self.bucket, Key=each["Key"])["Body"].read()
                for each in listed
            }


@contextmanager
def whole_stack(mongodb: servers.MongoServer, s3: servers.S3Server, **more: str) -> Iterator[Whole]:
    bucket, db = s3.new_bucket(), servers.fresh("db")
    places = {
        "user": mongodb.user,
        "pswd": mongodb.password,
        "url": mongodb.address,
        "db": db,
        "col": "labels",
        "access_key": s3.access_key,
        "secret_key": s3.secret_key,
        "bucket_name": bucket,
    }
    variables = {**filled(places), "AWS_ENDPOINT_URL": s3.endpoint, **more}
    with needed(behind_nginx(variables)) as stack:
        yield Whole(stack, mongodb, s3, bucket, db)


@pytest.fixture(scope="module")
def whole(guarded_mongodb: servers.MongoServer, s3: servers.S3Server) -> Iterator[Whole]:
    """Give the stack with the six example variables, an awkward password in them."""
    with whole_stack(guarded_mongodb, s3) as running:
        yield running


LABELS = {"filename": "my photo.jpg", "x": 3, "y": 4}
QUERY = "?filename=my%20photo.jpg&x=3&y=4"
SENT: dict[str, dict[str, Any]] = {
    "form": {
        "body": f"image={quote_plus(CODE)}",
        "headers": {"Content-Type": "application/x-www-form-urlencoded;charset=UTF-8"},
    },
    "json": {
        "body": json.dumps({"image": CODE}),
        "headers": {"Content-Type": "application/json"},
    },
    "multipart": {"fields": {"image": CODE}},
    "text body": {"body": CODE, "headers": {"Content-Type": "text/plain"}},
}


@pytest.mark.parametrize("encoding", SENT)
def test_the_six_example_variables_store_each_encoding_byte_for_byte(
    whole: Whole, encoding: str
) -> None:
    answer = whole.stack.request("POST", f"/upload{QUERY}", **SENT[encoding])
    assert answer.status == 201, (answer.data, whole.stack.logs())
    receipt = answer.json()
    (record,) = (each for each in whole.labels() if each["_id"] == receipt["uid"])
    assert record["uid"] == receipt["uid"]
    assert {name: record[name] for name in LABELS} == LABELS == receipt["labels"]
    (place,) = record["_librarian"]["data"][0]["stored"]
    assert place["name"] == f"images/{receipt['uid']}.jpg"
    assert whole.objects()[place["name"]] == PHOTO


def test_the_page_of_2020_works_unchanged_from_another_origin(
    guarded_mongodb: servers.MongoServer, s3: servers.S3Server
) -> None:
    big = make("JPEG", 1800, 1400, quality=97)
    assert len(big) > 1_000_000
    page = {"Origin": "https://crops.example"}
    asking = {**page, "Access-Control-Request-Method": "POST"}
    with whole_stack(guarded_mongodb, s3, LABEL_VALID_CONFIG="[]") as whole:
        preflight = whole.stack.request("OPTIONS", "/put", headers=asking)
        assert preflight.status in (200, 204)
        assert preflight.headers["Access-Control-Allow-Origin"] == "*"
        assert "POST" in preflight.headers["Access-Control-Allow-Methods"]
        answers = [
            whole.stack.request(
                "POST",
                "/put?top=0.1&left=0.2&bottom=0.7&right=0.6&rotate=0.000000&aspect_ratio=1.5"
                f"&filename={quote('my photo.jpg')}",
                body=f"image={quote_plus(base64.b64encode(big).decode())}",
                headers={**page, "Content-Type": "application/x-www-form-urlencoded;charset=UTF-8"},
            )
            for _ in range(2)
        ]
        assert [answer.status for answer in answers] == [200, 200], whole.stack.logs()
        assert answers[0].headers["Access-Control-Allow-Origin"] == "*"
        (record,) = whole.labels()
        assert record["rotate"] == 0.0
        assert record["aspect_ratio"] == 1.5
        assert record["filename"] == "my photo.jpg"
        assert list(whole.objects().values()) == [big]


def test_refusals_pass_through_nginx_with_their_own_body_and_keep_nothing(whole: Whole) -> None:
    before = len(whole.labels()), len(whole.objects())
    answer = whole.stack.request("POST", "/upload?x=three", fields={"image": CODE[:400]})
    assert answer.status == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    rules = {error["rule"] for error in answer.json()["errors"]}
    assert {"required", "type", "truncated"} <= rules
    assert (len(whole.labels()), len(whole.objects())) == before


def test_the_request_id_of_nginx_is_the_one_in_the_answer(whole: Whole) -> None:
    answer = whole.stack.request("POST", "/upload", fields={"picture": "x"})
    assert answer.json()["instance"] == answer.headers["X-Request-Id"]


def test_a_body_above_every_limit_is_refused_by_nginx_in_the_services_words(whole: Whole) -> None:
    answer = whole.stack.request(
        "POST", "/upload", body=b"x" * (40 * 2**20), headers={"Origin": "https://a.example"}
    )
    assert (answer.status, answer.json()["type"]) == (413, "size")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_nginx_answers_a_person_at_the_plain_form_in_words(whole: Whole) -> None:
    answer = whole.stack.request("POST", "/", body=b"x" * (40 * 2**20))
    assert (answer.status, answer.headers["Content-Type"]) == (413, "text/html")
    assert "This is more than is taken at once. Nothing was kept." in answer.data.decode()
    assert whole.stack.request("GET", "/").status == 200


def test_each_store_switched_off_has_its_own_status_and_nothing_is_kept() -> None:
    with (
        needed(servers.mongodb()) as mongodb,
        needed(servers.rclone()) as s3,
        whole_stack(mongodb, s3) as whole,
    ):
        request = SENT["multipart"]
        assert whole.stack.request("GET", "/readyz").status == 200
        mongodb.stop()
        answer = whole.stack.request("POST", f"/upload{QUERY}", **request)
        assert (answer.status, answer.json()["type"]) == (502, "label-store"), answer.data
        assert answer.json()["retryable"] is True
        assert int(answer.headers["Retry-After"]) > 0
        mongodb.start()
        assert whole.objects() == {}
        assert whole.labels() == []
        s3.stop()
        answer = whole.stack.request("POST", f"/upload{QUERY}", **request)
        assert (answer.status, answer.json()["type"]) == (507, "data-store"), answer.data
        assert HOST not in answer.data.decode()
        s3.start()
        assert whole.labels() == []
        answer = whole.stack.request("POST", f"/upload{QUERY}", **request)
        assert answer.status == 201, whole.stack.logs()
        assert len(whole.labels()) == len(whole.objects()) == 1


def test_services_that_are_gone_are_an_overload_that_pages_elsewhere_can_read() -> None:
    stores = {"DATA_ACTOR_CONFIG": "[]", "LABEL_ACTOR_CONFIG": "[]"}
    with needed(behind_nginx(stores)) as stack:
        stack.services[0].stop()
        for _ in range(4):
            assert stack.request("POST", "/upload", fields={"image": CODE}).status == 201
        stack.services[1].stop()
        answer = stack.request("PUT", "/upload", body=PHOTO)
        assert (answer.status, answer.json()["type"]) == (503, "overload")
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert int(answer.headers["Retry-After"]) > 0
        page = stack.request("GET", "/")
        assert (page.status, page.headers["Content-Type"]) == (503, "text/html")
        assert "please try again in a moment" in page.data.decode()
