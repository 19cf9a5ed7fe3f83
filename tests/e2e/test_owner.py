"""Does a served service let its owner look and its contributors withdraw, over real stores?"""

import base64
import re
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from librarian.access import keys
from tests import servers
from tests.conftest import needed
from tests.e2e.stack import Stack, behind_nginx, filled, service
from tests.pictures import make

PHOTO = make("JPEG", 640, 480)
CODE = base64.b64encode(PHOTO).decode()
REVIEW = keys.make()
OWNER = {"Authorization": f"Bearer {REVIEW}"}


@pytest.fixture(scope="module")
def embedded() -> Iterator[Stack]:
    """Give the embedded default, served by several processes that begin at one moment."""
    with service({}, "--workers=3") as stack:
        yield stack


@pytest.fixture(scope="module")
def configured(guarded_mongodb: servers.MongoServer, s3: servers.S3Server) -> Iterator[Stack]:
    """Give services of two machines behind nginx, with labels in MongoDB and data in S3."""
    places = {
        "user": guarded_mongodb.user, "pswd": guarded_mongodb.password,
        "url": guarded_mongodb.address, "db": servers.fresh("owner"), "col": "labels",
        "access_key": s3.access_key, "secret_key": s3.secret_key, "bucket_name": s3.new_bucket(),
    }  # fmt: skip
    more = {"LIBRARIAN_SECRET": "s" * 40, "ACCESS_REVIEW": keys.entry_of(REVIEW, "anna")}
    with needed(behind_nginx({**filled(places), "AWS_ENDPOINT_URL": s3.endpoint, **more})) as stack:
        yield stack


def sent(stack: Stack, **headers: str) -> Any:
    told = {"image": CODE, "labels": {"filename": "a.jpg", "x": 1, "y": 2}}
    answer = stack.request("POST", "/upload", json=told, headers=headers)
    assert answer.status == 201, answer.data
    return answer


def test_the_link_that_is_printed_opens_the_desk_and_its_key_is_kept_for_the_owner_alone(
    embedded: Stack,
) -> None:
    (key,) = re.findall(r"/desk#key=(librarian_\S+)", embedded.logs())
    (kept,) = embedded.folder.glob("*/librarian-data/review-key")
    assert kept.read_text().strip() == key
    assert kept.stat().st_mode & 0o777 == 0o600
    shown = {"Authorization": f"Bearer {key}"}
    begun = embedded.request("POST", "/desk/session", headers=shown)
    assert begun.status == 201
    cookie = begun.headers["Set-Cookie"].partition(";")[0]
    for _ in range(12):  # whichever process answers
        assert embedded.request("GET", "/records", headers={"Cookie": cookie}).status == 200


def test_all_processes_make_and_read_tokens_by_one_secret(embedded: Stack) -> None:
    places = [sent(embedded).headers["Location"] for _ in range(12)]
    (kept,) = embedded.folder.glob("*/librarian-data/secret")
    assert kept.stat().st_mode & 0o777 == 0o600
    for place in places:
        assert embedded.request("GET", place).status == 200
        assert embedded.request("DELETE", place).status == 200
        assert embedded.request("DELETE", place).status == 410
    assert kept.read_text().strip() not in embedded.logs()
    assert places[0].rpartition("/")[2] not in embedded.logs()


def test_labels_in_mongodb_and_data_in_s3_are_looked_at_reviewed_and_withdrawn(
    configured: Stack,
) -> None:
    answers = [sent(configured) for _ in range(6)]
    uids = [answer.json()["uid"] for answer in answers]
    ask = partial(configured.request, headers=OWNER)
    page = ask("GET", "/records?limit=4").json()
    rest = ask("GET", page["next"]).json()
    assert [each["uid"] for each in (*page["records"], *rest["records"])] == uids[::-1]
    place = f"/records/{uids[0]}/data/image"
    assert ask("GET", place).data == PHOTO
    assert ask("GET", f"{place}?width=160").headers["Content-Type"] == "image/jpeg"
    part = configured.request("GET", place, headers={**OWNER, "Range": "bytes=2-5"})
    assert (part.status, part.data) == (206, PHOTO[2:6])
    changed = ask("PATCH", "/records", json={"uids": uids[:3], "state": "approved"}).json()
    assert changed == {"changed": uids[:3], "missing": []}
    assert len(ask("GET", "/records?state=approved&where.x=1").json()["records"]) == 3
    for answer in answers[1:4]:  # whichever of two machines answers
        mine = answer.headers["Location"]
        assert configured.request("GET", mine).json()["uid"] == answer.json()["uid"]
        assert configured.request("DELETE", mine).status == 200
        assert configured.request("GET", mine).status == 410
    assert ask("DELETE", f"/records/{uids[0]}").json()["finished"]
    left = ask("GET", "/records").json()["records"]
    assert [each["uid"] for each in left] == uids[5:3:-1]
