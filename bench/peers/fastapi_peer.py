"""How would it be written with FastAPI? A route for each encoding; uvicorn serves it.

What blocks runs in threads: plain functions by FastAPI's own doing, the raw body's by hand.
"""

import base64
import binascii
from typing import Annotated, Any

from fastapi import FastAPI, Form, HTTPException, Query, Request, UploadFile
from fastapi.concurrency import run_in_threadpool
from pydantic import Base64Bytes, BaseModel, Json

from bench.peers import keeping
from bench.peers.keeping import Labels, NoPicture

app = FastAPI()
keeping.prepare()


class Sent(BaseModel):
    """A contribution as JSON."""

    labels: Labels
    image: Base64Bytes


@app.post("/form", status_code=201)
async def form(labels: Annotated[Labels, Query()], request: Request) -> dict[str, Any]:
    """Take a field of base64; labels in the query. A declared field would be 1 MiB at most."""
    async with request.form(max_part_size=keeping.MOST) as sent:
        answer: dict[str, Any] = await run_in_threadpool(
            decoded_and_kept, labels, str(sent["image"])
        )
    return answer


@app.post("/json", status_code=201)
def json(sent: Sent) -> dict[str, Any]:
    """Take a JSON object of labels and base64."""
    return kept(sent.labels, sent.image)


@app.post("/multipart", status_code=201)
def multipart(labels: Annotated[Json[Labels], Form()], image: UploadFile) -> dict[str, Any]:
    """Take a file; labels as JSON in a field."""
    return kept(labels, image.file.read())


@app.post("/raw", status_code=201)
async def raw(labels: Annotated[Labels, Query()], request: Request) -> dict[str, Any]:
    """Take the body as it is; labels in the query."""
    answer: dict[str, Any] = await run_in_threadpool(kept, labels, await request.body())
    return answer


def decoded_and_kept(labels: Labels, text: str) -> dict[str, Any]:
    """Decode base64, strictly, and keep the contribution."""
    try:
        content = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise HTTPException(422, str(error)) from error
    return kept(labels, content)


def kept(labels: Labels, content: bytes) -> dict[str, Any]:
    """Keep a contribution and answer."""
    try:
        return keeping.keep(labels, content)
    except NoPicture as error:
        raise HTTPException(422, str(error)) from error
