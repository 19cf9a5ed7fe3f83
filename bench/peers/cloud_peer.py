"""How would it be written for MongoDB and S3? Flask, pymongo and boto3's resource, tuned.

The client waits for a majority's journal; boto3 makes no checksums that nobody asked for, keeps its
connections, and has a resource for each thread, because resources are not to be shared.
"""

import base64
import os
import threading
import uuid
from typing import Any

import boto3
from botocore.config import Config
from flask import Flask, Response, jsonify, request
from pymongo import MongoClient

from bench.peers import keeping
from bench.peers.keeping import Labels

app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = keeping.MOST
app.config["MAX_FORM_MEMORY_SIZE"] = keeping.MOST
labels_of: Any = MongoClient(os.environ["PEER_MONGODB"], w="majority", journal=True, connect=False)
collection = labels_of[os.environ["PEER_DATABASE"]]["labels"]
mine = threading.local()


@app.post("/form")
def form() -> tuple[Response, int]:
    """Take a field of base64; labels in the query."""
    labels = Labels.model_validate(request.args.to_dict())
    content = base64.b64decode(request.form["image"], validate=True)
    keeping.check(content)
    key = uuid.uuid4().hex
    name = f"images/{key}.jpg"
    bucket().put_object(Key=name, Body=content, ContentType="image/jpeg")
    collection.insert_one({"_id": key, **labels.model_dump(), "picture": name})
    return jsonify(id=key, bytes=len(content)), 201


def bucket() -> Any:
    """Give this thread's bucket."""
    if not hasattr(mine, "bucket"):
        config = Config(
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            s3={"addressing_style": "path"},
            tcp_keepalive=True,
        )
        resource = boto3.session.Session().resource(
            "s3", endpoint_url=os.environ["PEER_S3"], config=config
        )
        mine.bucket = resource.Bucket(os.environ["PEER_BUCKET"])
    return mine.bucket
