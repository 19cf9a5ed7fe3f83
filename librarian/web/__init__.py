"""How does the service speak HTTP? The only floor that knows Flask; `create_app` is its door."""

import os

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from librarian import settings as configuration
from librarian.pipeline import build
from librarian.settings import Settings
from librarian.signed.secret import Secret
from librarian.web import headers, problems, routes
from librarian.web.gate import Gate
from librarian.web.page import Page
from librarian.web.receipts import Tokens
from librarian.web.service import Service
from librarian.web.session import Desk


def create_app(settings: Settings | None = None) -> Flask:
    """Make the WSGI application of a configuration, by default of the environment's.

    Raises ConfigError with every fault of the configuration.
    """
    settings = settings or configuration.load(os.environ)
    app = Service("librarian.web", static_folder=None)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.url_map.merge_slashes = False  # who sends data is answered, never sent elsewhere
    pipeline = build(settings)
    headers.register(app, settings, pipeline.metrics)
    page = Page(settings)
    problems.register(app, settings, page)
    app.extensions["librarian"] = pipeline
    secret = Secret.of(settings)
    gate = Gate(settings, pipeline.counting, Desk(secret))
    app.register_blueprint(routes.blueprint(pipeline, gate, page, Tokens(secret, pipeline)))
    if settings.proxy_hops:
        hops = settings.proxy_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    return app
