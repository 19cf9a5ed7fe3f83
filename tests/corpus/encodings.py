"""Which ways of writing data into a request are taken, and which refused as not coherent?"""

import base64
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, quote_plus

from tests.corpus import ACCEPTED, MAX_BYTES, PHOTO, Case, Headers
from tests.pictures import make

FORM = (("Content-Type", "application/x-www-form-urlencoded;charset=UTF-8"),)
JSON = (("Content-Type", "application/json"),)
MULTIPART = (("Content-Type", "multipart/form-data; boundary=b"),)
TEXT = (("Content-Type", "text/plain"),)
CODE = base64.b64encode(PHOTO).decode()
SAFE = base64.urlsafe_b64encode(PHOTO).decode()
PADDED = next(
    photo
    for photo in (make("JPEG", 40, 30, seed=seed) for seed in range(20))
    if len(photo) % 3 == 1 and b"+" in base64.b64encode(photo)
)
"""A photo whose base64 ends in two signs of padding and holds a plus sign."""
PADDED_CODE = base64.b64encode(PADDED).decode()
NOT_BASE64 = "receive/base64"
BROKEN = "receive/multipart"
NOT_JSON = "receive/json"


def cases() -> Iterator[Case]:
    yield from base64_cases()
    yield from form_cases()
    yield from json_cases()
    yield from multipart_cases()
    yield from tag_cases()


def form(name: str, answer: str, text: str | bytes, data: bytes = PHOTO, **more: Any) -> Case:
    body = text if isinstance(text, bytes) else text.encode()
    return Case(name, answer, body, more.pop("headers", FORM), data=data, **more)


def member(name: str, answer: str, text: str | bytes, data: bytes = PHOTO, **more: Any) -> Case:
    body = text if isinstance(text, bytes) else text.encode()
    return Case(name, answer, body, JSON, data=data, **more)


def base64_cases() -> Iterator[Case]:
    good = {
        "with padding": PADDED_CODE,
        "without padding": PADDED_CODE.rstrip("="),
        "with a data: URI before it": f"data:image/jpeg;base64,{PADDED_CODE}",
        "with a data: URI of parameters": f"data:image/jpeg;name=a.jpg;base64,{PADDED_CODE}",
        "with a data: URI that lies": f"data:text/html;base64,{PADDED_CODE}",
        "with a data: URI without a type": f"data:;base64,{PADDED_CODE}",
        "with a data: URI in capitals": f"DATA:IMAGE/JPEG;BASE64,{PADDED_CODE}",
        "in the URL-safe alphabet": base64.urlsafe_b64encode(PADDED).decode(),
        "in the URL-safe alphabet without padding": base64.urlsafe_b64encode(PADDED)
        .decode()
        .rstrip("="),
        "in lines of 76": "\r\n".join(
            PADDED_CODE[i : i + 76] for i in range(0, len(PADDED_CODE), 76)
        ),
        "with a line break at its end": PADDED_CODE + "\n",
        "with spaces for its plus signs": PADDED_CODE.replace("+", " "),
    }
    for name, text in good.items():
        yield form(f"base64 in a form {name}", ACCEPTED, f"image={quote_plus(text)}", PADDED)
        yield member(f"base64 in JSON {name}", ACCEPTED, json.dumps({"image": text}), PADDED)
        yield Case(f"base64 in a text body {name}", ACCEPTED, text.encode(), TEXT, data=PADDED)
    bad = {
        "with one sign of padding too few": PADDED_CODE[:-1],
        "with one sign of padding too many": PADDED_CODE + "=",
        "with padding in its middle": f"{PADDED_CODE[:40]}={PADDED_CODE[41:]}",
        "with padding and more behind it": PADDED_CODE + "QUJD",
        "of one character": "Q",
        "with a group of one": PADDED_CODE.rstrip("=")[:-1] + "",
        "with a bad character": PADDED_CODE[:50] + "!" + PADDED_CODE[51:],
        "with a full stop": PADDED_CODE[:50] + "." + PADDED_CODE[51:],
        "with a letter beyond ASCII": PADDED_CODE[:50] + "é" + PADDED_CODE[51:],
        "with a full-width letter": PADDED_CODE[:50] + "Ａ" + PADDED_CODE[51:],
        "with a tab": PADDED_CODE[:50] + "\t" + PADDED_CODE[50:],
        "with a NUL": PADDED_CODE[:50] + "\0" + PADDED_CODE[50:],
        "that is percent-encoded twice": quote_plus(PADDED_CODE) if "+" in PADDED_CODE else "%",
        "that is a data: URI of plain text": "data:text/plain,hello",
        "with a data: URI twice": f"data:;base64,data:;base64,{PADDED_CODE}",
        "that is an address": "https://example.org/photo.jpg",
        "that is hexadecimal with a prefix": "0x" + PADDED.hex() + "!",
    }
    for name, text in bad.items():
        yield form(f"base64 in a form {name}", NOT_BASE64, f"image={quote_plus(text)}")
        yield member(f"base64 in JSON {name}", NOT_BASE64, json.dumps({"image": text}))
    yield form("base64 with its plus signs unescaped", ACCEPTED, f"image={PADDED_CODE}", PADDED)
    yield form(
        "base64 in base64", "type/format", f"image={base64.b64encode(CODE.encode()).decode()}"
    )
    yield form("base64 of a NUL", "type/format", "image=AA")
    yield form(
        "base64 of nothing behind a data: URI", "receive/empty", "image=data:image/png;base64,"
    )
    yield form("base64 of nothing", "receive/empty", "image=")
    yield form("padding alone", NOT_BASE64, "image=%3D%3D")
    yield form(
        "base64 of half a photo", "data-validation/truncated", f"image={quote_plus(CODE[:400])}"
    )
    yield form(
        "base64 of bytes above the limit", "size/bytes", "image=" + "A" * (MAX_BYTES * 3 // 2)
    )
    yield Case("a body of every limit", "size/body", b"A" * (MAX_BYTES * 3 + 2**20), FORM)


def form_cases() -> Iterator[Case]:
    image = f"image={quote_plus(CODE)}"
    yield form("a form of nothing", "receive/required", "")
    yield form("a form of separators", "receive/required", "&&&===&")
    yield form("a form without the tag", "receive/required", "picture=QUJD")
    yield form("a form with the tag in capitals", "receive/required", f"IMAGE={quote_plus(CODE)}")
    yield form("a form with a space in the tag", "receive/required", f"image%20={quote_plus(CODE)}")
    yield form("a form with the tag escaped", ACCEPTED, f"%69mage={quote_plus(CODE)}")
    yield form(
        "a form with every sign escaped",
        ACCEPTED,
        "image=" + "".join(f"%{ord(c):02x}" for c in CODE),
    )
    yield form("a form with a tag without a sign of equality", "receive/empty", "image")
    yield form("a form with semicolons for separators", NOT_BASE64, f"{image};mood=calm")
    yield form("a form with half a percent sign", NOT_BASE64, image + "%")
    yield form("a form with percent signs of no digits", NOT_BASE64, image + "%ZZ")
    yield form(
        "a form with a label cut in a percent sign",
        ACCEPTED,
        image + "&mood=a%2",
        labels={"mood": "a%2"},
    )
    yield form("a form that is not UTF-8", "receive/utf-8", image + "&mood=%FF%FE")
    yield form(
        "a form with raw bytes that are not UTF-8", "receive/utf-8", image.encode() + b"&mood=\xff"
    )
    yield form("a form with an overlong slash", "receive/utf-8", image + "&mood=%C0%AF")
    yield form("a form with half a surrogate pair", "receive/utf-8", image + "&mood=%ED%A0%80")
    yield form("a form with raw UTF-8", ACCEPTED, image + "&mood=größer", labels={"mood": "größer"})
    yield form("a form of 2,000 fields", "receive/count", image + "&a=1" * 2_000)
    yield form(
        "a form that calls itself Latin-1 and is not UTF-8",
        "receive/utf-8",
        image.encode() + b"&mood=\xe9",
        headers=(("Content-Type", "application/x-www-form-urlencoded;charset=latin-1"),),
    )
    yield form(
        "a form that is a JSON object", "receive/required", json.dumps({"image": CODE[:100]})
    )
    yield form("a form that is a photo", "receive/utf-8", PHOTO)


def json_cases() -> Iterator[Case]:
    deep = "[" * 5_000 + "]" * 5_000
    labels = {
        "a name twice": ('{"mood": "a", "mood": "b"}', NOT_JSON),
        "a name twice, once escaped": ('{"mood": "a", "m\\u006fod": "b"}', NOT_JSON),
        "NaN": ('{"x": NaN}', NOT_JSON),
        "Infinity": ('{"f": Infinity}', NOT_JSON),
        "minus Infinity": ('{"f": -Infinity}', NOT_JSON),
        "a number that overflows": ('{"f": 1e999}', NOT_JSON),
        "a number of 5,000 digits": ('{"x": ' + "9" * 5_000 + "}", NOT_JSON),
        "a list 5,000 deep": ('{"tags": ' + deep + "}", NOT_JSON),
        "an object 200 deep": ('{"box": ' + '{"a": ' * 200 + "1" + "}" * 201, NOT_JSON),
        "half a surrogate pair": ('{"mood": "\\ud800"}', NOT_JSON),
        "a comma too many": ('{"x": 1,}', NOT_JSON),
        "a comment": ('{"x": 1 /* one */}', NOT_JSON),
        "single quotes": ("{'x': 1}", NOT_JSON),
        "names without quotes": ("{x: 1}", NOT_JSON),
        "a leading zero": ('{"x": 01}', NOT_JSON),
        "a plus sign": ('{"x": +1}', NOT_JSON),
        "a hexadecimal number": ('{"x": 0x1f}', NOT_JSON),
        "a number with an underscore": ('{"x": 1_000}', NOT_JSON),
        "a number that begins with a point": ('{"f": .5}', NOT_JSON),
        "a raw line break in text": ('{"mood": "a\nb"}', NOT_JSON),
        "a list for labels": ("[]", NOT_JSON),
        "text for labels": ('"x=1"', NOT_JSON),
        "null for labels": ("null", NOT_JSON),
        "a number for labels": ("3", NOT_JSON),
    }
    for name, (text, answer) in labels.items():
        yield member(f"JSON with {name}", answer, f'{{"image": "{CODE}", "labels": {text}}}')
    for name, text in {
        "nothing": "",
        "white space": "  \n",
        "half an object": '{"image": ',
        "a list": "[1]",
        "null": "null",
        "text": f'"{CODE}"',
        "two objects": f'{{"image": "{CODE}"}}{{}}',
        "the tag twice": f'{{"image": "{CODE}", "image": "{CODE}"}}',
        "a tail": f'{{"image": "{CODE}"}} x',
        "a NUL behind it": f'{{"image": "{CODE}"}}\0',
        "5,000 brackets": deep,
        "100,000 open brackets": "[" * 100_000,
        "callbacks around it": f'cb({{"image": "{CODE}"}})',
    }.items():
        yield member(f"JSON that is {name}", NOT_JSON, text)
    whole = json.dumps({"image": CODE, "labels": {"mood": "calm"}})
    yield member(
        "JSON with a byte order mark", ACCEPTED, whole.encode("utf-8-sig"), labels={"mood": "calm"}
    )
    yield member("JSON in UTF-16", NOT_JSON, whole.encode("utf-16"))
    yield member("JSON in UTF-16 without a mark", NOT_JSON, whole.encode("utf-16-le"))
    yield member("JSON in UTF-32", NOT_JSON, whole.encode("utf-32"))
    yield member("JSON in Latin-1", NOT_JSON, whole.replace("calm", "é").encode("latin-1"))
    yield member(
        "JSON with a whole surrogate pair",
        ACCEPTED,
        f'{{"image": "{CODE}", "labels": {{"mood": "\\ud83d\\ude00"}}}}',
        labels={"mood": "😀"},
    )
    for value in (3, True, None, ["QUJD"], {"a": "QUJD"}):
        yield member(f"JSON with {value!r} for an image", NOT_BASE64, json.dumps({"image": value}))
    yield member("JSON without the tag", "receive/required", '{"labels": {}}')
    yield member("JSON that is an empty object", "receive/required", "{}")
    yield member(
        "JSON with a member too many", "receive/unexpected", json.dumps({"image": CODE, "x": 1})
    )
    yield member(
        "JSON with a prototype to pollute",
        "receive/unexpected",
        json.dumps({"image": CODE, "__proto__": {"x": 1}}),
    )
    yield Case("JSON that calls itself text", NOT_BASE64, whole.encode(), TEXT)
    yield Case(
        "JSON that calls itself problem+json",
        "type/format",
        whole.encode(),
        (("Content-Type", "application/vnd.api+json"),),
    )


FILE = b'Content-Disposition: form-data; name="image"; filename="a.jpg"\r\n\r\n'


def part(*lines: bytes, content: bytes = PHOTO) -> bytes:
    return b"--b\r\n" + b"\r\n".join(lines) + b"\r\n\r\n" + content + b"\r\n"


def named(name: str, content: bytes, **more: str) -> bytes:
    said = "".join(f'; {key}="{value}"' for key, value in {"name": name, **more}.items())
    return part(b"Content-Disposition: form-data" + said.encode(), content=content)


def multipart(
    name: str, answer: str, body: bytes, headers: Headers = MULTIPART, **more: Any
) -> Case:
    return Case(name, answer, body, headers, data=more.pop("data", PHOTO), **more)


def multipart_cases() -> Iterator[Case]:
    image, end = named("image", PHOTO, filename="a.jpg"), b"--b--\r\n"
    yield multipart("a multipart form", ACCEPTED, image + end, labels={})
    yield multipart("a multipart form without its last line break", ACCEPTED, image + b"--b--")
    yield multipart(
        "a multipart form with text before and behind it",
        ACCEPTED,
        b"preamble\r\n" + image + end + b"epilogue",
    )
    yield multipart(
        "a multipart form with base64 in a field", ACCEPTED, named("image", CODE.encode()) + end
    )
    yield multipart(
        "a multipart form with labels in JSON",
        ACCEPTED,
        image + named("labels", b'{"x": 3}') + end,
        labels={"x": 3},
    )
    yield multipart(
        "a multipart form with labels in a file",
        ACCEPTED,
        image + named("labels", b'{"x": 3}', filename="l.json") + end,
        labels={"x": 3},
    )
    yield multipart(
        "a multipart form with a file of a path for a name",
        ACCEPTED,
        named("image", PHOTO, filename="../../etc/passwd") + end,
    )
    yield multipart(
        "a multipart form with a file of a long name",
        "label-validation/length",
        named("image", PHOTO, filename="a" * 5_000 + ".jpg") + end,
    )
    yield multipart(
        "a multipart form whose file calls itself a page",
        ACCEPTED,
        part(
            b'Content-Disposition: form-data; name="image"; filename="a.html"',
            b"Content-Type: text/html",
        )
        + end,
    )
    yield multipart(
        "a multipart form with a quoted boundary",
        ACCEPTED,
        image + end,
        (("Content-Type", 'multipart/form-data; boundary="b"'),),
    )
    for name, body in {
        "of nothing": b"",
        "of white space": b"\r\n\r\n",
        "without an end": image,
        "cut in its file": (image + end)[: len(image) // 2],
        "cut in its headers": b"--b\r\nContent-Dispo",
        "cut behind its headers": b"--b\r\n" + FILE,
        "with another boundary": image.replace(b"--b\r\n", b"--c\r\n", 1) + b"--c--\r\n",
        "whose part has no name": part(b'Content-Disposition: form-data; filename="a.jpg"') + end,
        "whose part has no disposition": part(b"Content-Type: image/jpeg") + end,
        "whose part has no headers": b"--b\r\n\r\n" + CODE.encode() + b"\r\n" + end,
        "whose header has no colon": part(b"Content-Disposition form-data", b"x") + end,
        "of 2,000 parts": image + named("a", b"1") * 2_000 + end,
        "that is a form of another kind": f"image={quote_plus(CODE)}".encode(),
    }.items():
        yield multipart(f"a multipart form {name}", BROKEN, body)
    yield multipart("a multipart form of an end only", "receive/required", end)
    yield multipart(
        "a multipart form whose part is no form data",
        "receive/required",
        part(b'Content-Disposition: attachment; name="picture"', content=b"x") + end,
    )
    yield multipart("a multipart form with the file twice", "receive/repeated", image + image + end)
    yield multipart(
        "a multipart form with a file and a field of one name",
        "receive/repeated",
        image + named("image", CODE.encode()) + end,
    )
    yield multipart(
        "a multipart form with an empty file",
        "receive/empty",
        named("image", b"", filename="a.jpg") + end,
    )
    yield multipart(
        "a multipart form whose file field was left empty",
        "receive/required",
        named("image", b"", filename="") + end,
    )
    yield multipart(
        "a multipart form with a file too many",
        "receive/unexpected",
        image + named("more", PHOTO, filename="b.jpg") + end,
    )
    yield multipart(
        "a multipart form with text that is not UTF-8",
        "receive/utf-8",
        image + named("mood", b"\xff") + end,
    )
    yield multipart(
        "a multipart form with labels that are no JSON",
        NOT_JSON,
        image + named("labels", b"x=3") + end,
    )
    yield multipart(
        "a multipart form with labels of NaN",
        NOT_JSON,
        image + named("labels", b'{"f": NaN}') + end,
    )
    yield multipart(
        "a multipart form in which the file is base64",
        "type/format",
        named("image", CODE.encode(), filename="a.jpg") + end,
    )
    yield multipart(
        "a multipart form with a part in quoted-printable",
        ACCEPTED,
        part(
            b'Content-Disposition: form-data; name="image"; filename="a.jpg"',
            b"Content-Transfer-Encoding: quoted-printable",
        )
        + end,
    )
    for kind in (
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=" + "b" * 5_000,
        "multipart/form-data; boundary=é",
    ):
        name = f"a multipart form with the type {kind[:40]} ({len(kind)})"
        yield multipart(name, BROKEN, image + end, (("Content-Type", kind),))
    for kind in ("multipart/mixed; boundary=b", "multipart/related; boundary=b", "multipart/"):
        yield multipart(
            f"a body of {kind}", "type/content-type", image + end, (("Content-Type", kind),)
        )


def tag_cases() -> Iterator[Case]:
    image = f"image={quote_plus(CODE)}"
    yield form("the tag twice in a form", "receive/repeated", f"{image}&{image}")
    yield form(
        "the tag in the address and in the body",
        "receive/place",
        image,
        target=f"/upload?image={quote('QUJD')}",
    )
    yield Case("the tag in the address only", "receive/empty", b"", target="/upload?image=QUJD")
    yield Case(
        "the tag in the address of a raw body", "receive/place", PHOTO, target="/upload?image=QUJD"
    )
    yield member(
        "the tag within the labels", "receive/required", json.dumps({"labels": {"image": CODE}})
    )
    yield Case("no body, no type", "receive/empty", b"")
    yield Case("no body, a type of image", "receive/empty", b"", (("Content-Type", "image/jpeg"),))
    yield Case("no body, a type of JSON", NOT_JSON, b"", JSON)
    yield Case("a raw body", ACCEPTED, PHOTO, data=PHOTO, labels={})
    yield Case("a raw body by PUT", ACCEPTED, PHOTO, method="PUT", data=PHOTO)
    yield Case(
        "a raw body of octets",
        ACCEPTED,
        PHOTO,
        (("Content-Type", "application/octet-stream"),),
        data=PHOTO,
    )
    yield Case("a raw body that calls itself text", NOT_BASE64, PHOTO, TEXT)
