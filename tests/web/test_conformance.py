"""Does the service answer as its own OpenAPI document says, whatever is sent?"""

import base64
import json
import os
from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi import checks

from librarian.access import keys
from tests.pictures import make
from tests.web.conftest import Service

Make = Callable[..., Service]
EXAMPLES = int(os.environ.get("LIBRARIAN_TEST_EXAMPLES", "8"))
"""Requests for each operation of each configuration; `make fuzz` sends more."""
PHOTO = make("JPEG", 16, 12)
CODE = base64.b64encode(PHOTO).decode()
REVIEW = keys.make()
TYPES = {
    "x": "int?",
    "f": "float?",
    "ok": "bool?",
    "mood": "str?",
    "tags": "list?",
    "box.x": "int?",
}
SEVERAL = [
    {"type": ["base64", "file"], "tag": "image"},
    {"type": "text", "tag": "note", "required": False},
    {"type": "json", "tag": "answers", "required": False},
]
CONFIGURATIONS: dict[str, dict[str, str]] = {
    "plain": {},
    "several inputs, labels typed": {
        "INPUT_CONFIG": json.dumps(SEVERAL),
        "LABEL_VALID_CONFIG": json.dumps([{"validator": "type", "args": [TYPES]}]),
        "DATA_VALID_CONFIG": json.dumps([{"validator": "img", "input": "image"}]),
    },
    "base64 alone, equal content merged, other statuses": {
        "INPUT_CONFIG": json.dumps({"type": "base64", "tag": "image"}),
        "LIBRARIAN_WITHOUT_KEY": "fingerprint",
        "STATUS_CONFIG": json.dumps({"receive": 422, "type": 400}),
    },
    "receipts and records": {
        "LABEL_VALID_CONFIG": json.dumps([{"validator": "type", "args": [TYPES]}]),
        "LIBRARIAN_SECRET": "s" * 40,
        "ACCESS_REVIEW": keys.entry_of(REVIEW),
    },
    "access by key or without, at a rate": {
        "ACCESS_SUBMIT": keys.entry_of(keys.make()),
        "ACCESS_PUBLIC": "true",
        "RATE_LIMIT": "5/minute",
    },
}
OWNERS = (
    "GET /receipts/{token}", "DELETE /receipts/{token}",
    "GET /records", "PATCH /records",
    "GET /records/{uid}", "PATCH /records/{uid}", "DELETE /records/{uid}",
    "GET /records/{uid}/data/{tag}",
    "POST /desk/session", "GET /desk/session", "DELETE /desk/session",
)  # fmt: skip
OPERATIONS = ("PUT /upload", "POST /upload", "PUT /upload/{key}", "POST /put")
BOUNDED = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.reuse, Phase.generate],  # to make a failing request smaller takes minutes
)
CONFORMING = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
CHECKED = [*CONFORMING, checks.negative_data_rejection, checks.unsupported_method]


def operation(running: Service, label: str) -> Any:
    """Find an operation of the service's own document."""
    schema = schemathesis.openapi.from_wsgi("/openapi.json", running.app)
    found: dict[str, Any] = {}
    for result in schema.get_all_operations():
        assert isinstance(result, Ok), result
        found[result.ok().label] = result.ok()
    return found[label]


@pytest.mark.parametrize("label", OPERATIONS)
@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_every_answer_is_one_that_the_document_tells(service: Make, name: str, label: str) -> None:
    found = operation(service(**CONFIGURATIONS[name]), label)
    modes = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    sent = st.one_of(*[found.as_strategy(generation_mode=mode) for mode in modes])

    @BOUNDED
    @given(sent)
    def answered(case: Any) -> None:
        case.validate_response(case.call(), checks=CHECKED)

    answered()


@pytest.mark.parametrize("label", OPERATIONS)
@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_a_receipt_is_one_that_the_document_tells(service: Make, name: str, label: str) -> None:
    running = service(**CONFIGURATIONS[name])

    @BOUNDED
    @given(operation(running, label).as_strategy(generation_mode=GenerationMode.POSITIVE))
    def answered(case: Any) -> None:
        case.query = {}  # a label in two places must have one value
        case.headers.pop("Idempotency-Key", None)
        case.media_type = "application/json"
        case.body = {"image": CODE}
        case.validate_response(case.call(), checks=CONFORMING)

    answered()
    assert running.kept_labels()


@pytest.mark.parametrize("label", OWNERS)
def test_owners_and_contributors_are_answered_as_the_document_tells(
    service: Make, label: str
) -> None:
    running = service(**CONFIGURATIONS["receipts and records"])
    found = operation(running, label)
    modes = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    sent = st.one_of(*[found.as_strategy(generation_mode=mode) for mode in modes])

    @BOUNDED
    @given(sent, st.booleans())
    def answered(case: Any, is_there: bool) -> None:
        if is_there:
            stored = running.client.put("/upload?x=1", data=PHOTO).get_json()
            own = {"uid": stored["uid"], "token": stored["token"], "tag": "image"}
            case.path_parameters = {name: own[name] for name in case.path_parameters or {}}
        case.headers["Authorization"] = f"Bearer {REVIEW}"
        case.validate_response(case.call(), checks=CONFORMING)

    answered()
