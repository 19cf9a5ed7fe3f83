"""What is the whole contract, as GET /contract tells it? Everything that a client's form needs."""

from collections.abc import Mapping
from typing import Any

from librarian import __version__, languages, uid
from librarian.contract import DIALECT, fields, labels_schema, media_types
from librarian.contract.box import box
from librarian.contract.sentences import sentences
from librarian.reading import Intake
from librarian.settings import Settings
from librarian.stage import STAGES


def document(settings: Settings) -> dict[str, Any]:
    """Describe the configured service to clients."""
    schema = labels_schema(settings)
    return {
        "service": "data-librarian",
        "version": __version__,
        "title": settings.page.title,
        "inputs": [_input(settings, intake) for intake in settings.intakes],
        "limits": {
            "max_bytes": settings.max_bytes,
            "max_pixels": settings.max_pixels,
            "max_frames": settings.max_frames,
            "max_labels": settings.max_labels,
        },
        "labels": {"$schema": DIALECT, **schema},
        "fields": labels(settings),
        "box": box(settings, {name: each for name, each, _ in fields(schema)}),
        "filename": filename(settings),
        "consent": consent(settings),
        "closed": settings.closed,
        "receipts": "/receipts/{token}" if settings.read_back and settings.signs else None,
        "key": {"header": "Idempotency-Key", "pattern": f"^{uid.KEY.pattern}$"},
        "language": settings.page.language,
        "languages": list(languages.SHIPPED),
        "statuses": statuses(settings),
    }


def labels(settings: Settings) -> list[dict[str, Any]]:
    """Describe every label that is asked for: its name with dots, schema, and sentences."""
    return [
        {"name": name, "required": required, "schema": each, "sentences": sentences(name, each)}
        for name, each, required in fields(labels_schema(settings))
    ]


def filename(settings: Settings) -> str | None:
    """Name the label that says what the file is called, None where there is none."""
    told = (step.component.tells() for step in settings.cross_valid)
    declared = next((each["filename"]["label"] for each in told if "filename" in each), None)
    texts = {
        name
        for name, schema, _ in fields(labels_schema(settings))
        if schema.get("type", "string") == "string"
    }
    return declared or ("filename" if "filename" in texts else None)


def consent(settings: Settings) -> dict[str, str] | None:
    """Give what contributors agree to, text and version; None where nothing is asked of them."""
    told = settings.privacy
    if not told.consent_version:
        return None
    return {"text": told.consent_text, "version": told.consent_version}


def statuses(settings: Settings) -> list[dict[str, Any]]:
    """Give the table of failures: status, slug, meaning, and when to send again."""
    return [
        {
            "status": settings.statuses.get(stage.slug, stage.status),
            "type": stage.slug,
            "title": stage.title,
            "meaning": stage.meaning,
            "retryable": stage.retryable,
            **({"retry_after": stage.retry_after} if stage.retry_after else {}),
        }
        for stage in STAGES
    ]


def _input(settings: Settings, intake: Intake) -> dict[str, Any]:
    limits: dict[str, Any] = {}
    for step in settings.data_valid:
        if step.on_fail == "refuse" and step.input in ("", intake.tag):
            _sharpen(limits, step.component.tells())
    return {
        "tag": intake.tag,
        "types": [way.name for way in intake.ways],
        "required": intake.required,
        "media_types": media_types(settings, intake.tag),
        "limits": limits,
    }


def _sharpen(limits: dict[str, Any], more: Mapping[str, Any]) -> None:
    """Add a validator's limits; of two that are of one kind, the sharper holds."""
    for name, limit in more.items():
        have = limits.get(name, limit)
        limits[name] = min(have, limit) if name.startswith("max_") else max(have, limit)
