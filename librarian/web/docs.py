"""How is the contract shown to people who build pages and apps? The OpenAPI document, as a page."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from flask import Response, request
from markupsafe import Markup, escape

from librarian import summary
from librarian.contract.document import statuses
from librarian.web.page import Page


def show(page: Page, document: Mapping[str, Any]) -> Response:
    """Show every address, what it takes and what it answers; nothing is loaded from elsewhere."""
    address = request.host_url.rstrip("/")
    return page.show(
        "docs.html",
        200,
        address=address,
        command=summary.send(page.settings, address),
        operations=list(_operations(document)),
        schemas={
            name: json.dumps(each, indent=2, ensure_ascii=False)
            for name, each in document["components"]["schemas"].items()
        },
        statuses=statuses(page.settings),
    )


def _operations(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield each method of each address, with its parameters, bodies and answers."""
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            bodies = told.get("requestBody", {}).get("content", {})
            yield {
                "id": told["operationId"],
                "method": method.upper(),
                "path": path,
                "summary": told["summary"],
                "parameters": [
                    {**each, "schema": _said(each["schema"])} for each in told.get("parameters", ())
                ],
                "bodies": {kind: _said(each["schema"]) for kind, each in bodies.items()},
                "answers": {
                    status: _prose(each["description"])
                    for status, each in told["responses"].items()
                },
            }


def _prose(text: str) -> Markup:
    """Show what stands between backticks as code, as OpenAPI's own descriptions (CommonMark) do."""
    return Markup(re.sub("`([^`]+)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped


def _said(schema: Mapping[str, Any]) -> str:
    """Write a schema on one line, short enough to read."""
    return json.dumps(schema, ensure_ascii=False) if schema else "anything"
