"""How would it be written with Flask? A view for each encoding; gunicorn serves it."""

import base64
import binascii
from typing import Any

from flask import Flask, Response, jsonify, request
from pydantic import ValidationError

from bench.peers import keeping
from bench.peers.keeping import Labels, NoPicture

app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = keeping.MOST
app.config["MAX_FORM_MEMORY_SIZE"] = keeping.MOST
keeping.prepare()


@app.post("/form")
def form() -> tuple[Response, int]:
    """Take a field of base64; labels in the query."""
    return kept(Labels.model_validate(request.args.to_dict()), decoded(request.form["image"]))


@app.post("/json")
def json() -> tuple[Response, int]:
    """Take a JSON object of labels and base64."""
    sent: Any = request.get_json()
    return kept(Labels.model_validate(sent["labels"]), decoded(sent["image"]))


@app.post("/multipart")
def multipart() -> tuple[Response, int]:
    """Take a file; labels as JSON in a field."""
    labels = Labels.model_validate_json(request.form["labels"])
    return kept(labels, request.files["image"].read())


@app.post("/raw")
def raw() -> tuple[Response, int]:
    """Take the body as it is; labels in the query."""
    return kept(Labels.model_validate(request.args.to_dict()), request.get_data())


def decoded(text: str) -> bytes:
    """Decode base64, strictly."""
    return base64.b64decode(text, validate=True)


def kept(labels: Labels, content: bytes) -> tuple[Response, int]:
    """Keep a contribution and answer."""
    return jsonify(keeping.keep(labels, content)), 201


@app.errorhandler(ValidationError)
@app.errorhandler(binascii.Error)
@app.errorhandler(NoPicture)
def refused(error: Exception) -> tuple[Response, int]:
    """Say what is wrong with what was sent."""
    return jsonify(error=str(error)), 422
