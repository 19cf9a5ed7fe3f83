"""How does a request pass through Flask? The short way, without what no request here needs.

Flask looks, for each request, for a session, for listeners to its signals, for functions that are
to be awaited, and for a subdomain; there are none of them. Addresses without a variable part are
looked up in a table that the general way has filled; whatever is not in it takes that way.
"""

import re
from collections.abc import Callable
from functools import cached_property
from typing import Any

from flask import Flask, Request, Response
from flask.ctx import RequestContext
from flask.globals import request_ctx
from flask.sessions import NullSession, SessionInterface
from werkzeug.routing import MapAdapter, Rule

from librarian.once import once

PLAIN_HOST = re.compile(r"[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*(?::[0-9]{1,5})?")
"""A Host that no framework refuses."""
PLAIN_TYPE = re.compile(r"[a-z0-9.+-]+/[a-z0-9.+-]+")
DIGITS = re.compile(r"[0-9]{1,18}")
Floors = tuple[str | None, ...]
"""Whose hooks a request has: the application's (None), then those of its view's blueprint."""


def here() -> Request:
    """Give the request of this thread itself; each look through `flask.request` takes six calls."""
    context: RequestContext = request_ctx._get_current_object()  # type: ignore[attr-defined]
    return context.request


class Sent(Request):
    """A request whose length and media type are read at once where they are written plainly."""

    @once
    def content_length(self) -> int | None:
        """How many bytes its body has, None where that is not known beforehand."""
        told = self.environ.get("CONTENT_LENGTH", "")
        if DIGITS.fullmatch(told) and "HTTP_TRANSFER_ENCODING" not in self.environ:
            return int(told)
        return super().content_length

    @property
    def mimetype(self) -> str:
        """Its media type in lower case, without parameters; empty where none is told."""
        told: str = self.environ.get("CONTENT_TYPE", "")
        return told if PLAIN_TYPE.fullmatch(told) else super().mimetype

    def close(self) -> None:
        """Close the files of a form, where werkzeug's parser was asked for any."""
        if "files" in self.__dict__:
            super().close()


class NoSession(SessionInterface):
    """Opens none: the desk has a cookie of its own."""

    def __init__(self) -> None:
        self._none = NullSession()

    def open_session(self, app: Flask, request: Request) -> NullSession:  # noqa: ARG002
        """Give what stands for no session, and cannot be written into."""
        return self._none


class Service(Flask):
    """Flask, for views and hooks that are plain functions."""

    request_class = Sent
    session_interface = NoSession()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Give a function as it is, for none here is to be awaited."""
        return func

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Give what finds the view of a request; None where that is already known."""
        if request is None:
            return None
        environ = request.environ
        rule = self._known.get((request.method, environ.get("PATH_INFO", "")))
        if (
            rule is None
            or "HTTP_UPGRADE" in environ
            or not PLAIN_HOST.fullmatch(environ.get("HTTP_HOST", ""))
        ):
            return super().create_url_adapter(request)
        request.url_rule, request.view_args = rule, {}
        return None

    @cached_property
    def _known(self) -> dict[tuple[str, str], Rule]:
        """What the general way finds for methods and addresses without a variable part."""
        adapter = self.url_map.bind("localhost")
        return {
            (method, rule.rule): adapter.match(rule.rule, method, return_rule=True)[0]
            for rule in self.url_map.iter_rules()
            for method in (rule.methods or set()) - {"OPTIONS"}  # which Flask answers itself
            if not rule.arguments
        }

    def full_dispatch_request(self) -> Response:
        """Answer a request, whatever becomes of it."""
        self._got_first_request = True
        try:
            answer = self.preprocess_request()
            if answer is None:
                answer = self.dispatch_request()
        except Exception as error:
            answer = self.handle_user_exception(error)
        return self.process_response(self.make_response(answer))

    def preprocess_request(self) -> Any:
        """Ask what is to be asked before the view; an answer stands for the view's."""
        for name in self._floors(here()):
            for ask in self.before_request_funcs.get(name, ()):
                if (answer := ask()) is not None:
                    return answer
        return None

    def dispatch_request(self) -> Any:
        """Have the view answer."""
        sent = here()
        if sent.url_rule is None or sent.method == "OPTIONS":
            return super().dispatch_request()
        return self.view_functions[sent.url_rule.endpoint](**(sent.view_args or {}))

    def process_response(self, response: Response) -> Response:
        """Put on an answer what a request asked for, and then what stands on every one."""
        context: RequestContext = request_ctx._get_current_object()  # type: ignore[attr-defined]
        told: Any = response
        for add in context._after_request_functions:
            told = add(told)
        for name in reversed(self._floors(context.request)):
            for finish in reversed(self.after_request_funcs.get(name, ())):
                told = finish(told)
        return told  # type: ignore[no-any-return]

    def do_teardown_request(self, exc: BaseException | None = None) -> None:
        """Do at a request's end what was asked for."""
        if self.teardown_request_funcs:
            super().do_teardown_request(exc)

    def do_teardown_appcontext(self, exc: BaseException | None = None) -> None:
        """Do the same of the application's."""
        if self.teardown_appcontext_funcs:
            super().do_teardown_appcontext(exc)

    def _floors(self, sent: Request) -> Floors:
        endpoint = sent.url_rule.endpoint if sent.url_rule is not None else ""
        found = self._found.get(endpoint)
        if found is None:
            found = self._found[endpoint] = (None, *reversed(sent.blueprints))
        return found

    @cached_property
    def _found(self) -> dict[str, Floors]:
        """What was found out of endpoints so far."""
        return {}
