"""What goes over the wire? One contribution in each encoding, as pages and scripts send it."""

import base64
import json
from typing import Literal
from urllib.parse import quote, urlencode

from bench.load import DIGITS, Request

Encoding = Literal["form", "json", "multipart", "raw"]
ENCODINGS: tuple[Encoding, ...] = ("form", "json", "multipart", "raw")
NUMBER = "#" * DIGITS
"""What stands for a request's number until it is sent."""
LABELS = {
    "filename": f"{NUMBER}.jpg",
    "top": 0.125,
    "left": 0.25,
    "bottom": 0.75,
    "right": 0.875,
    "rotate": 0.5,
    "aspect_ratio": 1.5,
}
"""The labels that the legacy page sends. The file's name tells one request from all others."""
KINDS = {name: "str" if name == "filename" else "float" for name in LABELS}
"""The labels' types, as the validator `type` takes them."""
BOUNDARY = "----WebKitFormBoundaryp2TcWqLHVWBbxvvA"


def request(encoding: Encoding, path: str, picture: bytes) -> Request:
    """Make the request that contributes a picture in an encoding."""
    if encoding == "form":  # as the legacy page: every character but letters and digits escaped
        body = b"image=" + quote(base64.b64encode(picture), safe="").encode()
        kind = "application/x-www-form-urlencoded;charset=UTF-8"
        return post(f"{path}?{query()}", body, kind)
    if encoding == "json":
        sent = {"labels": LABELS, "image": base64.b64encode(picture).decode()}
        return post(path, json.dumps(sent).encode(), "application/json")
    if encoding == "multipart":
        return post(path, _multipart(picture), f"multipart/form-data; boundary={BOUNDARY}")
    return post(f"{path}?{query()}", picture, "image/jpeg")


def tus(path: str, picture: bytes) -> Request:
    """Make tus 1.0.0's creation with upload, which is one request (tus.io, extensions)."""
    digits, rest = LABELS["filename"], {k: v for k, v in LABELS.items() if k != "filename"}
    name = str(digits).removeprefix(NUMBER)
    # 12 digits are 16 characters of base64, so that what follows them can be encoded apart
    told = [f"filename {NUMBER}{base64.b64encode(name.encode()).decode()}"]
    told += [f"{k} {base64.b64encode(str(v).encode()).decode()}" for k, v in rest.items()]
    more = (
        "Tus-Resumable: 1.0.0",
        f"Upload-Length: {len(picture)}",
        f"Upload-Metadata: {','.join(told)}",
    )
    made = post(path, picture, "application/offset+octet-stream", *more)
    return Request(made.before, made.after, encoded=True)


def put(path: str, picture: bytes) -> Request:
    """Make the request that puts a file where its name says, as WebDAV has it."""
    return post(f"{path}/{NUMBER}.jpg", picture, "image/jpeg", method="PUT")


def post(path: str, body: bytes, kind: str, *more: str, method: str = "POST") -> Request:
    """Make a request of a body; the number stands in its head, or at its beginning."""
    head = "\r\n".join(
        (
            f"{method} {path} HTTP/1.1",
            "Host: 127.0.0.1",
            f"Content-Type: {kind}",
            f"Content-Length: {len(body)}",
            *more,
            "\r\n",
        )
    )
    before, _, after = (head.encode() + body).partition(NUMBER.encode())
    return Request(before, after)


def query() -> str:
    """Write the labels as a query string."""
    return urlencode(LABELS).replace(quote(NUMBER), NUMBER)


def _multipart(picture: bytes) -> bytes:
    """Write a form of two parts (RFC 7578), as browsers do."""
    opening = f"--{BOUNDARY}\r\nContent-Disposition: form-data; name="
    labels = f'{opening}"labels"\r\n\r\n{json.dumps(LABELS)}\r\n'
    image = f'{opening}"image"; filename="photo.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
    return f"{labels}{image}".encode() + picture + f"\r\n--{BOUNDARY}--\r\n".encode()
