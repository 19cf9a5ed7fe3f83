"""What does the OpenAPI document tell of receipts, records, and the desk's sessions?"""

from collections.abc import Callable, Iterator
from typing import Any

from librarian.collection import STATES
from librarian.contract import fields, labels_schema
from librarian.contributed import WAITING
from librarian.picture.thumbnail import WIDTHS
from librarian.settings import Settings
from librarian.signed.token import PATTERN
from librarian.stage import (
    AUTH,
    DATA_VALIDATION,
    FORBIDDEN,
    INTERNAL,
    LABEL_STORE,
    NOT_FOUND,
    OVERLOAD,
    RANGE,
    RECEIVE,
    SIZE,
    TYPE,
    WITHDRAWN,
    Stage,
)
from librarian.web.asked import LONGEST_REASON, MOST, MOST_AT_ONCE, PATCH, USUAL, WHERE
from librarian.web.session import CSRF

TEXT = {"type": "string"}
UID = {"type": "string", "pattern": "^[0-9a-f]{24}$"}
MOMENT = {"type": "string", "format": "date-time"}
STATE = {"type": "string", "enum": list(STATES)}
REASON = {"type": ["string", "null"], "maxLength": LONGEST_REASON}
EVENT = {
    "type": "object",
    "required": ["at", "by", "what", "from", "reason"],
    "properties": {
        "at": MOMENT,
        "by": {**TEXT, "description": "the name of a review key, contributor, or a rule"},
        "what": {**TEXT, "description": "the state that it got, or withdrawn"},
        "from": {**TEXT, "description": "the state that it had"},
        "reason": TEXT,
    },
}
RECORD = {
    "type": "object",
    "required": ["uid", "received_at", "state", "reason", "labels", "data", "flags"],
    "properties": {
        "uid": UID,
        "received_at": MOMENT,
        "state": STATE,
        "reason": TEXT,
        "labels": {"type": "object"},
        "data": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["tag", "sha256", "bytes", "media_type", "url"],
                "properties": {"url": {**TEXT, "description": "where its bytes are read"}},
            },
        },
        "flags": {"type": "array", "items": {"type": "object"}},
        "contributor": TEXT,
        "events": {
            "type": "array",
            "items": EVENT,
            "description": "who changed what, oldest first; of a single record",
        },
    },
}
PAGE = {
    "type": "object",
    "required": ["records", "next"],
    "properties": {
        "records": {"type": "array", "items": {"$ref": "#/components/schemas/Record"}},
        "next": {"type": ["string", "null"], "description": "the address of the next page"},
    },
}
CONTRIBUTION = {
    "type": "object",
    "required": ["uid", "received_at", "state", "labels", "data", "flags", "sender"],
    "properties": {
        "uid": UID,
        "received_at": MOMENT,
        "state": {"type": "string", "enum": [*STATES, WAITING]},
        "labels": {"type": "object"},
        "data": {"type": "array", "items": {"type": "object"}},
        "flags": {"type": "array", "items": {"type": "object"}},
        "sender": {"type": "object", "description": "what is kept of who sent it"},
    },
}
WITHDRAWAL = {
    "type": "object",
    "required": ["finished"],
    "properties": {
        "finished": {
            "type": "boolean",
            "description": "false: it is gone for everybody, and a store that does not answer now"
            " removes its bytes later",
        },
        "withdrawn": {"type": "integer", "description": "how many contributions"},
        "uid": UID,
        "elsewhere": {
            "type": "array",
            "items": TEXT,
            "description": "kinds of stores that hold data of it and are not configured any more",
        },
    },
}
CHANGED = {
    "type": "object",
    "required": ["changed", "missing"],
    "properties": {name: {"type": "array", "items": UID} for name in ("changed", "missing")},
}
SESSION = {
    "type": "object",
    "required": ["csrf"],
    "properties": {"csrf": {**TEXT, "description": f"to be sent as {CSRF} with every change"}},
}
CHANGE = {
    "type": "object",
    "properties": {"state": STATE, "reason": REASON},
    "additionalProperties": False,
    "minProperties": 1,
}
CHANGES = {
    "type": "object",
    "required": ["uids"],
    "properties": {
        "uids": {"type": "array", "items": UID, "minItems": 1, "maxItems": MOST_AT_ONCE},
        "state": STATE,
        "reason": REASON,
    },
    "additionalProperties": False,
    "minProperties": 2,
}
COOKIE = {
    "type": "apiKey",
    "in": "header",
    "name": CSRF,
    "description": "the cookie of a session at the desk, and for changes this header beside it",
}
SCHEMAS = {"Record": RECORD, "Contribution": CONTRIBUTION}
LOOKING = (AUTH, FORBIDDEN, NOT_FOUND, OVERLOAD, INTERNAL)
CHANGING = (*LOOKING, RECEIVE, SIZE, TYPE)
Failures = Callable[..., dict[str, Any]]


def paths(settings: Settings, failures: Failures, headers: dict[str, Any]) -> dict[str, Any]:
    """Describe the addresses; `failures` gives the answers of stages."""
    looks = settings.embedded or (settings.access is not None and settings.access.review)

    def told(
        name: str, summary: str, schema: Any, *stages: Stage, status: str = "200", **more: Any
    ) -> dict[str, Any]:
        ok = {"description": "JSON", "headers": headers}
        if schema is not None:
            ok["content"] = {"application/json": {"schema": schema}}
        answers = more.pop("answers", {})
        return {
            "summary": summary,
            "operationId": name,
            **more,
            "responses": {status: ok, **answers, **failures(*stages)},
        }

    def owner(name: str, summary: str, schema: Any, *stages: Stage, **more: Any) -> dict[str, Any]:
        keys: dict[str, Any] = {"security": [{"key": []}, {"desk": []}]} if looks else {}
        return told(name, summary, schema, *stages, **keys, **more)

    record = {"$ref": "#/components/schemas/Record"}
    contribution = {"$ref": "#/components/schemas/Contribution"}
    uid = _path("uid", UID)
    return {
        "/receipts/{token}": {
            "get": told(
                "get_receipt", "See one's contribution", contribution,
                NOT_FOUND, WITHDRAWN, OVERLOAD, INTERNAL, parameters=[_token()],
            ),
            "delete": told(
                "delete_receipt", "Withdraw one's contribution", WITHDRAWAL,
                RECEIVE, FORBIDDEN, NOT_FOUND, WITHDRAWN, LABEL_STORE, OVERLOAD, INTERNAL,
                parameters=[_token(), _query("all", {"type": "string", "enum": ["contributor"]},
                            "also everything else that was sent under the same pseudonym")],
            ),
        },
        "/records": {
            "get": owner(
                "get_records", "See what came in, newest first", PAGE, *LOOKING, RECEIVE,
                parameters=list(_filters(settings)),
            ),
            "patch": owner(
                "patch_records", "Give several records a state", CHANGED, *CHANGING,
                requestBody=_body(CHANGES),
            ),
        },
        "/records/{uid}": {
            "get": owner("get_record", "See one record, and what became of it", record, *LOOKING,
                         parameters=[uid]),
            "patch": owner(
                "patch_record", "Give a record a state", record, *CHANGING,
                parameters=[uid], requestBody=_body(CHANGE),
            ),
            "delete": owner("delete_record", "Withdraw a record", WITHDRAWAL, *LOOKING, LABEL_STORE,
                            parameters=[uid]),
        },
        "/records/{uid}/data/{tag}": {
            "get": _data(owner("get_record_data", "Read one piece of a record's data", None,
                               *LOOKING, RECEIVE, TYPE, DATA_VALIDATION, RANGE,
                               parameters=[uid, _path("tag", TEXT), _width()]), headers),
        },
        "/desk/session": {
            "post": told(
                "post_desk_session", "Begin a session with a review key", SESSION,
                AUTH, FORBIDDEN, OVERLOAD, INTERNAL, status="201",
                **({"security": [{"key": []}]} if looks else {}),
            ),
            "get": owner("get_desk_session", "Does the session go on?", SESSION,
                         AUTH, FORBIDDEN, OVERLOAD, INTERNAL),
            "delete": told("delete_desk_session", "End the session in this browser", None,
                           FORBIDDEN, INTERNAL, status="204"),
        },
    }  # fmt: skip


def _data(operation: dict[str, Any], headers: dict[str, Any]) -> dict[str, Any]:
    """Say that an answer is bytes, or a part of them, or that they have not changed."""
    file = {"description": "the bytes", "headers": headers, "content": {"*/*": {"schema": {}}}}
    part = {**file, "description": "the part that was asked for (RFC 9110, section 14)"}
    same = {"description": "they are still those of If-None-Match", "headers": headers}
    answers = {**operation["responses"], "200": file, "206": part, "304": same}
    return {**operation, "responses": answers}


def _filters(settings: Settings) -> Iterator[dict[str, Any]]:
    """Yield the filters of records; any label may be one, also one that is not declared."""
    yield _query("state", TEXT, f"{', '.join(STATES)} or not-rejected; several with commas")
    yield _query("since", TEXT, "received at this moment or later: 2026-11-23, or RFC 3339")
    yield _query("until", TEXT, "received before this moment")
    yield _query("contributor", TEXT, "sent under this pseudonym")
    limit = {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL}
    yield _query("limit", limit, "how many on a page")
    yield _query("cursor", TEXT, "where to go on, as next tells it")
    for name, _, _ in fields(labels_schema(settings)):
        yield _query(f"{WHERE}{name}", TEXT, "the label has this value; named twice, either")


def _query(name: str, schema: Any, said: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": schema, "description": said}


def _path(name: str, schema: Any) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _token() -> dict[str, Any]:
    return _path("token", {"type": "string", "pattern": f"^{PATTERN}$"})


def _width() -> dict[str, Any]:
    said = "a picture drawn so many pixels wide, as a JPEG, upright"
    return _query("width", {"type": "integer", "enum": list(WIDTHS)}, said)


def _body(schema: Any) -> dict[str, Any]:
    return {
        "required": True,
        "content": {kind: {"schema": schema} for kind in (PATCH, "application/json")},
    }
