"""Which headers are taken, which refused, and which can do no harm?"""

import gzip
from collections.abc import Iterator
from typing import Any

from tests.corpus import ACCEPTED, PHOTO, Case
from tests.corpus.encodings import CODE, FORM, JSON, TEXT

KEY = "receive/key"
LONG = "k" * 128


def cases() -> Iterator[Case]:
    yield from key_cases()
    yield from contributor_cases()
    yield from type_cases()
    yield from address_cases()
    yield from other_cases()


def sent(name: str, answer: str, *headers: tuple[str, str], **more: Any) -> Case:
    body = more.pop("body", PHOTO)
    return Case(name, answer, body, headers, data=more.pop("data", PHOTO), **more)


def key_cases() -> Iterator[Case]:
    key, other = "a-key_of-the_corpus-1", "b-key_of-the_corpus-2"
    yield sent("a key", ACCEPTED, ("Idempotency-Key", key + "h"))
    yield sent("a key in quotes", ACCEPTED, ("Idempotency-Key", f'"{key}q"'))
    yield sent("a key in the address", ACCEPTED, method="PUT", target=f"/upload/{key}a")
    yield sent(
        "a key in both, alike",
        ACCEPTED,
        ("Idempotency-Key", key + "b"),
        method="PUT",
        target=f"/upload/{key}b",
    )
    yield sent("a key of 128 letters", ACCEPTED, ("Idempotency-Key", LONG))
    yield sent("two keys", KEY, ("Idempotency-Key", key), method="PUT", target=f"/upload/{other}")
    yield sent("two keys in two headers", KEY, ("Idempotency-Key", key), ("Idempotency-Key", other))
    yield sent(
        "the same key in two headers", KEY, ("Idempotency-Key", key), ("Idempotency-Key", key)
    )
    for text in (
        "short",
        "k" * 15,
        "k" * 129,
        '"' + "k" * 16,
        '""',
        '"short"',
        "k" * 15 + " ",
        "k" * 16 + "!",
        "k" * 16 + ".",
        "k" * 16 + "/../x",
        "ключключключключ",
        "k" * 16 + "é",
        "a,b,c,d,e,f,g,h,i",
        "$ne",
        '{"$ne": null}',
        "*" * 20,
        "k" * 5_000,
    ):
        latin = text.encode().decode("latin-1")
        yield sent(f"the key {text[:24]!a} ({len(text)})", KEY, ("Idempotency-Key", latin))
    for text in (
        "short",
        "k" * 15,
        "k" * 129,
        "photo.jpg",
        "k" * 16 + "%00",
        "k" * 16 + "%0A",
        "%C3%A9" * 16,
        "%24where" * 3,
        "k" * 16 + "%20",
    ):
        yield sent(
            f"the key {text[:24]!r} ({len(text)}) in the address",
            KEY,
            method="PUT",
            target=f"/upload/{text}",
        )


def contributor_cases() -> Iterator[Case]:
    refused = "receive/contributor"
    yield sent("a contributor", ACCEPTED, ("Librarian-Contributor", "a1b2c3d4"))
    yield sent("a contributor of 64 letters", ACCEPTED, ("Librarian-Contributor", "c" * 64))
    yield sent("no contributor", ACCEPTED, ("Librarian-Contributor", ""))
    for text in (
        "short",
        "c" * 65,
        "jane@example.org",
        "Jane Doe 1",
        "$ne:null",
        "<script>",
        "a1b2c3d4,a1b2c3d4",
        "c" * 8 + "é",
    ):
        latin = text.encode().decode("latin-1")
        yield sent(
            f"the contributor {text[:20]!a} ({len(text)})",
            refused,
            ("Librarian-Contributor", latin),
        )
    yield sent(
        "two contributors",
        refused,
        ("Librarian-Contributor", "a1b2c3d4"),
        ("Librarian-Contributor", "e5f6g7h8"),
    )


def type_cases() -> Iterator[Case]:
    for kind in (
        "image/jpeg",
        "IMAGE/JPEG",
        "image/jpeg; charset=binary",
        "application/octet-stream",
        "x",
        "/",
        "image/",
        ";",
        "é/é",
        "image/jpeg, text/html",
        "text/html",
        "application/xml",
        "*/*",
        "",
    ):
        latin = kind.encode().decode("latin-1")
        yield sent(f"a photo called {kind!a}", ACCEPTED, ("Content-Type", latin))
    yield sent(
        "a photo of a type of 5,000 letters", ACCEPTED, ("Content-Type", "image/" + "j" * 5_000)
    )
    yield sent(
        "a form in capitals",
        ACCEPTED,
        ("Content-Type", "APPLICATION/X-WWW-FORM-URLENCODED"),
        body=f"image={CODE.replace('+', '%2B')}".encode(),
    )
    for charset in ("utf-8", "latin-1", "utf-16", "utf-7", "nonsense", "", '"', "a" * 3_000):
        kind = f"application/json; charset={charset}"
        yield sent(
            f"JSON of the character set {charset[:20]!r}",
            ACCEPTED,
            ("Content-Type", kind),
            body=f'{{"image": "{CODE}"}}'.encode(),
        )
    yield sent(
        "JSON called a form", "receive/required", *FORM, body=f'{{"image": "{CODE[:90]}"}}'.encode()
    )
    yield sent("a form called JSON", "receive/json", *JSON, body=f"image={CODE}".encode())
    yield sent(
        "base64 called a photo", "type/format", ("Content-Type", "image/jpeg"), body=CODE.encode()
    )
    yield sent("base64 called text", ACCEPTED, *TEXT, body=CODE.encode())
    for coding in (
        "gzip",
        "GZIP",
        "deflate",
        "br",
        "zstd",
        "compress",
        "gzip, gzip",
        "identity, gzip",
        "x",
        "é",
    ):
        latin = coding.encode().decode("latin-1")
        yield sent(
            f"a body in the coding {coding!a}",
            "type/content-encoding",
            ("Content-Encoding", latin),
            body=gzip.compress(PHOTO, mtime=0),
        )
    yield sent("a body in the coding identity", ACCEPTED, ("Content-Encoding", "identity"))
    yield sent("a body packed and not called so", "type/format", body=gzip.compress(PHOTO, mtime=0))


def address_cases() -> Iterator[Case]:
    for target in (
        "/uploads",
        "/upload/a/b",
        "/UPLOAD",
        "/upload/../upload",
        "/%2e%2e/upload",
        "/upload%00",
        "/.env",
        "/librarian-data/labels.sqlite",
        "/wp-login.php",
        "/upload;jsessionid=1",
        "/%",
        "/%ff",
        "/\\upload",
        "/openapi.json/",
    ):
        method = "PUT" if target.startswith("/upload/") else "POST"
        yield sent(f"the address {target}", "not-found/not-found", target=target, method=method)
    for target in ("/upload//b", "/upload//" + "k" * 20):
        yield sent(f"the address {target}", "not-found/not-found", target=target, method="PUT")
    for target in ("/static/../../wire.py", "/static/%2e%2e/wire.py", "/static/..%2f..%2fwire.py"):
        yield sent(
            f"the address {target}", "not-found/not-found", target=target, method="GET", body=b""
        )
    for method in ("GET", "DELETE", "PATCH", "TRACE", "CONNECT", "PROPFIND", "LOCK", "BREW"):
        yield sent(f"the method {method}", "method/method", method=method, body=b"")
    yield sent("a GET with a photo", "method/method", method="GET")
    yield sent("a PUT to /put", "method/method", method="PUT", target="/put")
    yield sent("a POST with a key in the address", "method/method", target="/upload/" + "k" * 20)
    yield sent("a POST to the contract", "method/method", target="/openapi.json")
    yield sent("a slash behind the address", ACCEPTED, target="/upload/")


def other_cases() -> Iterator[Case]:
    for host in (
        "evil.example",
        "127.0.0.1:99999",
        "[::1]",
        "127.0.0.1:8000/x",
        "",
        "é",
        "a b",
        "<script>",
    ):
        latin = host.encode().decode("latin-1")
        yield sent(f"the host {host[:20]!a}", ACCEPTED, ("Host", latin))
    yield sent("a host of 500 letters", "receive/receive", ("Host", "a" * 500))
    for origin in (
        "https://elsewhere.example",
        "null",
        "file://",
        "https://a.example\t",
        "x" * 5_000,
        "é",
        "https://[::1",
        "http://[v1.x]:y",
    ):
        latin = origin.encode().decode("latin-1")
        yield sent(f"the origin {origin[:26]!a}", ACCEPTED, ("Origin", latin))
    for request_id in (
        "x",
        "a" * 65,
        "id with spaces",
        "<script>alert(1)</script>",
        "é" * 20,
        "${jndi:x}",
        "id,id",
        "../../x",
        "%0d%0aSet-Cookie: a=b",
    ):
        latin = request_id.encode().decode("latin-1")
        yield sent(f"the request id {request_id[:26]!a}", ACCEPTED, ("X-Request-Id", latin))
    for name, value in (
        ("X-Forwarded-For", "1.2.3.4, é"),
        ("X-Forwarded-Host", "evil.example"),
        ("X-HTTP-Method-Override", "DELETE"),
        ("X-Forwarded-Proto", "javascript"),
        ("Forwarded", "for=evil"),
        ("Range", "bytes=0-1"),
        ("If-Match", "*"),
        ("Content-Range", "bytes 0-9/10"),
        ("Content-MD5", "x"),
        ("Cookie", 'a=b; é="\\'),
        ("Authorization", "Basic !!"),
        ("Accept", "text/html"),
        ("Accept-Language", "xx" * 900),
        ("X-Original-URL", "/admin"),
        ("If-None-Match", '"'),
        ("Transfer-Coding", "x"),
        ("Upgrade", "h2c"),
        ("Upgrade", "websocket"),
        ("Max-Forwards", "-1"),
        ("User-Agent", "() { :; }; echo"),
        ("Date", "yesterday"),
        ("X-Script-Name", "/a"),
        ("Content-Disposition", "é"),
        ("Proxy", "http://evil.example"),
        ("Sec-Fetch-Site", "cross-site"),
        ("Content-Language", "é"),
    ):
        latin = value.encode().decode("latin-1")
        yield sent(f"the header {name}: {value[:20]!a}", ACCEPTED, (name, latin))
