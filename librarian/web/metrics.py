"""Who may read the numbers? Whoever is on this machine itself, or has a review key.

A proxy on the same machine speaks from a loopback address, too: what went through one has a header
that says so, and is not local, whatever LIBRARIAN_PROXY_HOPS says.
"""

import ipaddress

from flask import Request, Response, request

from librarian import standing
from librarian.metrics import text
from librarian.pipeline import Pipeline
from librarian.web.gate import Gate

PASSED_ON = frozenset({"forwarded", "via", "x-real-ip", "true-client-ip", "cf-connecting-ip"})
"""Headers of proxies, beside those that begin with X-Forwarded- (RFC 7239, RFC 9110)."""


def told(pipeline: Pipeline, gate: Gate) -> Response:
    """Tell everything that is measured. Raises Failure (`auth`, `forbidden`)."""
    if not is_local(request):
        gate.reviewer()
    content, media_type = text.written(pipeline.metrics, standing.of(pipeline))
    return Response(content, content_type=media_type)


def is_local(sent: Request) -> bool:
    """Say whether a request comes from this machine, and for nobody else."""
    original = sent.environ.get("werkzeug.proxy_fix.orig", {})
    peer = original.get("REMOTE_ADDR", sent.remote_addr)
    names = [name.lower() for name, _ in sent.headers]
    if any(name.startswith("x-forwarded-") or name in PASSED_ON for name in names):
        return False
    return _is_loopback(peer or "") and _is_loopback(_host(sent.headers.get("Host", "")))


def _host(header: str) -> str:
    """Give the host that was asked for: a page elsewhere may have led a browser here by a name."""
    if header.startswith("["):
        return header.partition("]")[0].removeprefix("[")
    return header.partition(":")[0]


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"
