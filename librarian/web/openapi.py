"""What is the contract of THIS configured service? An OpenAPI 3.1 document, read off its parts."""

from collections.abc import Iterator, Sequence
from typing import Any

from librarian import __version__, uid
from librarian.contract import fields, labels_schema, media_types
from librarian.labels import RESERVED
from librarian.reading import Intake
from librarian.record import LABELS, Document
from librarian.settings import Settings
from librarian.signed.token import PATTERN
from librarian.stage import INTERNAL, METHOD, NOT_FOUND, OVERLOAD, RANGE, RATE, STAGES, Stage
from librarian.web import owners
from librarian.web.body import most_bytes
from librarian.web.headers import REQUEST_ID
from librarian.web.wire import CONSENT, CONTRIBUTOR, PROBLEM_TYPE

TEXT = {"type": "string"}
INTEGER = {"type": "integer"}
HASH = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
RECEIPT = {
    "type": "object",
    "required": ["uid", "received_at", "labels", "data", "replayed"],
    "properties": {
        "uid": {"type": "string", "pattern": "^[0-9a-f]{24}$"},
        "received_at": {"type": "string", "format": "date-time"},
        "labels": {"type": "object"},
        "data": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["tag", "sha256", "received_sha256", "bytes", "media_type"],
                "properties": {
                    "tag": TEXT,
                    "sha256": {**HASH, "description": "of what is stored"},
                    "received_sha256": {**HASH, "description": "of what was received"},
                    "bytes": INTEGER,
                    "media_type": TEXT,
                    "removed": {
                        "type": "array",
                        "items": TEXT,
                        "description": "what was taken out before it was stored, like exif-gps",
                    },
                    "filename": TEXT,
                    "width": {**INTEGER, "description": "pixels, as people see the image"},
                    "height": {**INTEGER, "description": "pixels, as people see the image"},
                    "orientation": {**INTEGER, "description": "EXIF orientation, if it is not 1"},
                    "frames": {**INTEGER, "description": "if there is more than one"},
                },
            },
        },
        "flags": {
            "type": "array",
            "description": "faults that did not refuse the record but mark it",
            "items": {"type": "object"},
        },
        "replayed": {
            "type": "boolean",
            "description": "whether it was stored by an earlier request",
        },
        "spooled": {
            "type": "boolean",
            "description": "there and true if it is safe, but its stores have it later",
        },
        "token": {
            "type": "string",
            "pattern": f"^{PATTERN}$",
            "description": "lets see and withdraw it at /receipts/{token}; a replay tells it only"
            " to a key that is a UUID of version 4",
        },
    },
}
PROBLEM = {
    "type": "object",
    "description": "RFC 9457",
    "required": ["type", "title", "status", "detail", "instance", "stage", "retryable", "errors"],
    "properties": {
        "type": {"type": "string", "enum": [stage.slug for stage in STAGES]},
        "title": TEXT,
        "status": INTEGER,
        "detail": {**TEXT, "description": "one sentence to show to the contributor"},
        "instance": {**TEXT, "description": "the request's id"},
        "stage": TEXT,
        "retryable": {
            "type": "boolean",
            "description": "whether the same request may succeed later",
        },
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["stage", "rule", "message"],
                "properties": {
                    "stage": TEXT,
                    "pointer": {**TEXT, "description": "JSON pointer (RFC 6901)"},
                    "parameter": {**TEXT, "description": "the query parameter at fault"},
                    "rule": TEXT,
                    "message": TEXT,
                    "limit": {},
                    "actual": {},
                },
            },
        },
    },
}
ELSEWHERE = (NOT_FOUND, METHOD, RANGE)
"""Failures that sending never ends with."""
HEADERS = {
    "X-Request-Id": {
        "required": True,
        "description": "names this request, also in the service's log",
        "schema": {"type": "string", "pattern": f"^{REQUEST_ID.pattern}$"},
    },
    "Access-Control-Allow-Origin": {
        "description": "the pages that may read this answer",
        "schema": TEXT,
    },
}
RETRY_AFTER = {"description": "seconds to wait", "schema": {**INTEGER, "minimum": 1}}
REPLAYED = {
    "description": "there and true if an earlier request stored it",
    "schema": {"type": "string", "const": "true"},
}
LOCATION = {"description": "where it is seen and withdrawn", "schema": TEXT}
NAME = rf"^(?!_|\$|(?:{'|'.join(sorted(RESERVED))})$)[^.\u0000]+$"
"""What a label may be called."""
KEY_HEADER = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "the same key with the same content is stored once, however often it is sent",
    "schema": {"type": "string", "pattern": f"^{uid.KEY.pattern}$"},
}
CONTRIBUTOR_HEADER = {
    "name": "Librarian-Contributor",
    "in": "header",
    "description": "a random pseudonym that the page keeps",
    "schema": {"type": "string", "pattern": f"^{CONTRIBUTOR.pattern}$"},
}
KEY_SCHEME = {
    "type": "http",
    "scheme": "bearer",
    "description": "an access key that the owner gave (RFC 6750)",
}
RATES = {
    "RateLimit-Policy": {
        "description": "each limit: `q` requests in `w` seconds"
        " (draft-ietf-httpapi-ratelimit-headers)",
        "schema": TEXT,
    },
    "RateLimit": {
        "description": "how you stand to each: `r` are left, one more in `t` seconds",
        "schema": TEXT,
    },
}


def _consent(settings: Settings) -> list[dict[str, Any]]:
    """Describe the header that says what the contributor agreed to, where something is asked."""
    told = settings.privacy
    if not told.consent_version:
        return []
    header = {
        "name": CONSENT,
        "in": "header",
        "description": f"the version of what the contributor agreed to: {told.consent_text}",
        "schema": {"type": "string", "enum": [told.consent_version]},
    }
    return [header]


def document(settings: Settings) -> dict[str, Any]:
    """Describe the configured service."""
    body = {"required": True, "content": dict(_content(settings))}
    labels = labels_schema(settings)
    shown = {**labels, "propertyNames": {"pattern": NAME}, "maxProperties": settings.max_labels}
    query = [{"name": name, "in": "query", "schema": schema} for name, schema, _ in fields(labels)]
    upload: dict[str, Any] = {
        "summary": "Send one contribution",
        "parameters": [KEY_HEADER, CONTRIBUTOR_HEADER, *_consent(settings), *query],
        "requestBody": body,
    }
    stored = {"201": _receipt("stored"), "200": _receipt("stored earlier; the first receipt again")}
    if settings.spool is not None:
        stored |= {"202": _receipt("safe on the service's own disk, and stored later")}
    if _rated(settings):
        stored = {
            status: {**answer, "headers": {**answer["headers"], **RATES}}
            for status, answer in stored.items()
        }
    failures = dict(_failures(settings, [each for each in STAGES if each not in ELSEWHERE]))
    if _rated(settings):
        refused = failures[str(settings.statuses.get(RATE.slug, RATE.status))]
        refused["headers"] = {**refused["headers"], **RATES}
    if settings.access is not None and settings.access.submit:
        upload["security"] = [{"key": []}, *([{}] if settings.access.public else [])]
    keyed = {"name": "key", "in": "path", "required": True, "schema": KEY_HEADER["schema"]}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "DataLibrarian",
            "version": __version__,
            "summary": "Takes in crowdsourced training data.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "paths": {
            "/upload": {
                method: {
                    **upload,
                    "operationId": f"{method}_upload",
                    "responses": {**stored, **failures},
                }
                for method in ("put", "post")
            },
            "/upload/{key}": {
                "put": {
                    **upload,
                    "summary": "Send one contribution under a key",
                    "operationId": "put_upload_key",
                    "parameters": [keyed, *upload["parameters"]],
                    "responses": {**stored, **failures},
                }
            },
            "/put": {
                "post": {
                    **upload,
                    "summary": "Send one contribution, as pages made since 2020 do",
                    "operationId": "post_put",
                    "responses": {"200": stored["200"], **failures},
                }
            },
            "/livez": {"get": _plain("Is the process alive?", "get_livez", settings)},
            "/readyz": {"get": _plain("Do the stores answer?", "get_readyz", settings, OVERLOAD)},
            "/version": {"get": _plain("Which version is this?", "get_version", settings)},
            "/contract": {
                "get": _plain("What a form of one's own needs", "get_contract", settings)
            },
            "/openapi.json": {"get": _plain("This document", "get_openapi", settings)},
            **owners.paths(settings, lambda *stages: dict(_failures(settings, stages)), HEADERS),
        },
        "components": {
            "schemas": {"Receipt": RECEIPT, "Problem": PROBLEM, "Labels": shown, **owners.SCHEMAS},
            "securitySchemes": {"key": KEY_SCHEME, "desk": owners.COOKIE},
        },
    }


def _rated(settings: Settings) -> bool:
    return settings.rate is not None and bool(settings.rate.limit or settings.rate.keyed)


def _content(settings: Settings) -> Iterator[tuple[str, Any]]:
    """Yield what a body may be, by media type."""
    for encoding, media_type, binary in (
        ("form", "application/x-www-form-urlencoded", False),
        ("json", "application/json", False),
        ("multipart", "multipart/form-data", True),
    ):
        reached = [intake for intake in settings.intakes if intake.reaches(encoding)]
        if reached:
            schema = {
                "type": "object",
                "properties": {
                    **{intake.tag: _piece(intake, binary=binary) for intake in reached},
                    LABELS: {"$ref": "#/components/schemas/Labels"},
                },
                "required": [intake.tag for intake in reached if intake.required],
            }
            if encoding == "json":
                yield media_type, {"schema": {**schema, "additionalProperties": False}}
            else:
                more = {**TEXT, "description": "a label"}
                written = {LABELS: {"contentType": "application/json"}}
                yield (
                    media_type,
                    {"schema": {**schema, "additionalProperties": more}, "encoding": written},
                )
    for intake in settings.intakes:
        if any(way.name == "raw" for way in intake.ways):
            most = most_bytes("raw", settings.max_bytes, 1)
            accepted = media_types(settings, intake.tag) or ["application/octet-stream"]
            for media_type in accepted:
                yield media_type, {"schema": {"description": intake.tag, "maxLength": most}}
        elif intake.reaches("raw"):
            yield "text/plain", {"schema": {**TEXT, "description": intake.said}}


def _piece(intake: Intake, *, binary: bool) -> dict[str, Any]:
    if any(Document in way.takes for way in intake.ways):
        return {"description": intake.said}
    if any(way.name == "base64" for way in intake.ways) and not binary:
        return {
            **TEXT, "contentEncoding": "base64", "minLength": 1, "description": intake.said,
        }  # fmt: skip
    return {**TEXT, "minLength": 1, "description": intake.said}


def _failures(settings: Settings, stages: Sequence[Stage]) -> Iterator[tuple[str, Any]]:
    """Yield the problem responses; stages that share a status share a response."""
    by_status: dict[int, list[Stage]] = {}
    for stage in stages:
        by_status.setdefault(settings.statuses.get(stage.slug, stage.status), []).append(stage)
    schema = {"$ref": "#/components/schemas/Problem"}
    for status, sharing in sorted(by_status.items()):
        said = "; ".join(f"`{stage.slug}`: {stage.meaning}" for stage in sharing)
        again = {"Retry-After": RETRY_AFTER} if any(stage.retry_after for stage in sharing) else {}
        yield (
            str(status),
            {
                "description": said,
                "headers": {**HEADERS, **again},
                "content": {PROBLEM_TYPE: {"schema": schema}},
            },
        )


def _receipt(said: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Receipt"}
    return {
        "description": said,
        "headers": {**HEADERS, "Idempotent-Replayed": REPLAYED, "Location": LOCATION},
        "content": {"application/json": {"schema": schema}},
    }


def _plain(summary: str, operation: str, settings: Settings, *stages: Stage) -> dict[str, Any]:
    answer = {
        "description": "JSON",
        "headers": HEADERS,
        "content": {"application/json": {"schema": {"type": "object"}}},
    }
    failures = dict(_failures(settings, (*stages, INTERNAL)))
    return {"summary": summary, "operationId": operation, "responses": {"200": answer, **failures}}
