"""Where do the page's contributions go? The whole stack, and a look into its stores past it."""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any
from urllib.parse import urlsplit

from tests import servers
from tests.chaos.proxy import Proxy, proxy
from tests.e2e.stack import Stack, behind_nginx, filled
from tests.process import HOST

LABELS = [
    {
        "validator": "type",
        "args": [
            {"filename": "str", "x": "int", "y": "int", "width": "int", "height": "int",
             "mood": "str", "plate": "str?", "rotate": "float?"}
        ],
    },
    {"validator": "choice", "args": [{"mood": ["glad", "sad"]}]},
    {"validator": "range", "args": [{"x": [0, None], "width": [20, None]}]},
    # a comment in a pattern is Python's alone, so that only the service sees this fault
    {"validator": "regex", "args": [{"plate": "(?#letters)[A-Z]{3}"}],
     "kwargs": {"forms": {"plate": "three letters"}}},
    {"validator": "schema", "args": [{"properties": {"mood": {"title": "How does it look?"}}}]},
]  # fmt: skip
CROSS = [{"validator": "inside"}, {"validator": "fname"}]


class Place:
    """The whole stack, a proxy before it, and a look into its two stores past the service."""

    def __init__(
        self, stack: Stack, between: Proxy, mongodb: servers.MongoServer, s3: servers.S3Server,
        bucket: str, db: str,
    ) -> None:  # fmt: skip
        self.stack, self.proxy, self.mongodb, self.s3 = stack, between, mongodb, s3
        self.bucket, self.db = bucket, db
        self.url = f"http://{HOST}:{between.port}"

    def records(self, filename: str) -> list[dict[str, Any]]:
        """List the label records of a file's name."""
        with closing(self.mongodb.client()) as client:
            return list(client[self.db]["labels"].find({"filename": filename}))

    def records_like(self, pattern: str) -> list[dict[str, Any]]:
        """List the label records whose file's name has a form."""
        with closing(self.mongodb.client()) as client:
            return list(client[self.db]["labels"].find({"filename": {"$regex": pattern}}))

    def content(self, record: dict[str, Any]) -> bytes:
        """Give the bytes that the data store holds for a record."""
        (name,) = [each["name"] for each in record["_librarian"]["data"][0]["stored"]]
        with closing(self.s3.client()) as client:
            read: bytes = client.get_object(Bucket=self.bucket, Key=name)["Body"].read()
        return read


@contextmanager
def a_place(mongodb: servers.MongoServer, s3: servers.S3Server) -> Iterator[Place]:
    """Run the six variables with a box for labels, behind nginx, behind a proxy that can fail."""
    bucket, db = s3.new_bucket(), servers.fresh("db")
    places = {
        "user": mongodb.user, "pswd": mongodb.password, "url": mongodb.address,
        "db": db, "col": "labels", "access_key": s3.access_key, "secret_key": s3.secret_key,
        "bucket_name": bucket,
    }  # fmt: skip
    variables = {
        **filled(places), "AWS_ENDPOINT_URL": s3.endpoint,
        "LABEL_VALID_CONFIG": json.dumps(LABELS), "CROSS_VALID_CONFIG": json.dumps(CROSS),
    }  # fmt: skip
    with behind_nginx(variables) as stack, proxy(urlsplit(stack.url).port or 0) as between:
        yield Place(stack, between, mongodb, s3, bucket, db)
