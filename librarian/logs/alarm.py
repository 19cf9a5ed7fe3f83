"""Who is told of a bug of ours? Sentry, or what speaks its protocol, where an owner asks for it.

What is sent is put together from what is known to be harmless: of which kind an error is, the
places in the code that it passed, the version, and the id, uid and stage of the request. Never what
the error said, nor any value, for these may hold what a contributor sent; never a body, a header, a
label or an address. It is sent by a thread of its own, and nobody waits for it.
"""

import logging
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import sentry_sdk
from sentry_sdk.integrations.atexit import AtexitIntegration

from librarian import __version__, subject
from librarian.logs.shapes import UNSAID
from librarian.settings import Settings

if TYPE_CHECKING:
    from sentry_sdk.types import Event, Hint

KEPT = ("event_id", "timestamp", "level", "platform", "release", "tags", "sdk")
"""What is sent of an event beside its exceptions."""
OF_FRAME = (
    "filename", "function", "module", "lineno", "in_app", "pre_context", "context_line",
    "post_context",
)  # fmt: skip
"""What is sent of a place in the code: where it is, and the lines that stand there."""


def start(settings: Settings) -> None:
    """Begin to tell, in this process."""
    sentry_sdk.init(
        dsn=settings.sentry_dsn.get_secret_value(),
        release=f"data-librarian@{__version__}",
        default_integrations=False,
        integrations=[AtexitIntegration(callback=lambda *_: None)],  # sends what is left, silently
        auto_enabling_integrations=False,
        include_local_variables=False,
        send_default_pii=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        auto_session_tracking=False,
        send_client_reports=False,
        server_name="",
        before_send=_harmless,
        shutdown_timeout=2,
    )
    log = logging.getLogger("librarian")
    if not any(isinstance(handler, Alarm) for handler in log.handlers):
        log.addHandler(Alarm(logging.ERROR))


class Alarm(logging.Handler):
    """Tells of every error that is logged with its exception: these are bugs of ours."""

    def emit(self, record: logging.LogRecord) -> None:
        """Tell of one."""
        error = record.exc_info[1] if record.exc_info else None
        if error is None:
            return
        about = subject.current()
        known = {"request_id": about.request_id, "uid": about.uid, "stage": about.stage}
        with sentry_sdk.new_scope() as scope:
            scope.set_tags({name: value for name, value in known.items() if value})
            sentry_sdk.capture_exception(error)


def _harmless(event: "Event", _: "Hint") -> "Event":
    """Make an event anew of what may be sent."""
    told: dict[str, Any] = {name: event[name] for name in KEPT if name in event}  # type: ignore[literal-required]
    values: Any = event.get("exception", {}).get("values", [])
    told["exception"] = {"values": list(_exceptions(values))}
    return told  # type: ignore[return-value]


def _exceptions(values: list[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    for each in values:
        frames = (each.get("stacktrace") or {}).get("frames", [])
        places = [{name: frame.get(name) for name in OF_FRAME} for frame in frames]
        yield {
            "type": each.get("type"),
            "module": each.get("module"),
            "value": UNSAID,
            "stacktrace": {"frames": places},
        }
