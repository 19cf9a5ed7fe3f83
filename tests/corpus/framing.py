"""Which bytes on a connection are a request, and what is answered to those that are none?"""

from collections.abc import Iterator
from dataclasses import dataclass

from librarian.stage import BY_SLUG
from tests.corpus import ACCEPTED, PHOTO

SILENCE = "silence"
"""The client is gone, or said nothing: there is nobody to answer."""
HTTP = "receive/http"
CUT = "receive/incomplete"


@dataclass(frozen=True)
class Framed:
    """Bytes to send over one connection, and the answers to them, one after another."""

    name: str
    answers: tuple[str, ...]
    sent: bytes
    end: bool = True
    """Whether the client says that it sends no more."""

    @property
    def statuses(self) -> list[int]:
        return [
            201 if each == ACCEPTED else BY_SLUG[each.partition("/")[0]].status
            for each in self.answers
            if each != SILENCE
        ]


def cases() -> Iterator[Framed]:
    for name, (answer, sent) in {**lines(), **heads(), **lengths(), **chunks()}.items():
        yield Framed(name, (answer,), sent)
    yield from several()


def put(*headers: bytes, line: bytes = b"PUT /upload HTTP/1.1", body: bytes = PHOTO) -> bytes:
    """Write a request; what is not given of Host and Content-Length stands in it."""
    names = b"\n".join(headers).lower()
    own = [] if b"host:" in names else [b"Host: x"]
    if b"length:" not in names and b"encoding:" not in names:
        own.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join((line, *own, *headers, b"Connection: close", b"", b"")) + body


def chunk(content: bytes, extension: bytes = b"") -> bytes:
    return b"%x" % len(content) + extension + b"\r\n" + content + b"\r\n"


def chunked(body: bytes, *headers: bytes, line: bytes = b"PUT /upload HTTP/1.1") -> bytes:
    return put(b"Transfer-Encoding: chunked", *headers, line=line, body=body)


def lines() -> dict[str, tuple[str, bytes]]:
    """Vary the request line."""
    return {
        "a whole request": (ACCEPTED, put()),
        "a request of HTTP/1.0": (ACCEPTED, put(line=b"PUT /upload HTTP/1.0")),
        "a request of HTTP/0.9": (HTTP, b"GET /upload\r\n\r\n"),
        "a request of HTTP/2 in the clear": (HTTP, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        "a request of HTTP/3": (HTTP, put(line=b"PUT /upload HTTP/3.0")),
        "a request of HTTP/1.10": (HTTP, put(line=b"PUT /upload HTTP/1.10")),
        "a request of another protocol": (HTTP, put(line=b"PUT /upload ICY/1.0")),
        "a request without a method": (HTTP, put(line=b" /upload HTTP/1.1")),
        "a request without an address": (HTTP, put(line=b"PUT  HTTP/1.1")),
        "a request of two spaces": (HTTP, put(line=b"PUT  /upload HTTP/1.1")),
        "a request of four words": (HTTP, put(line=b"PUT /upload now HTTP/1.1")),
        "a method in small letters": (HTTP, put(line=b"put /upload HTTP/1.1")),
        "a method of one letter": (HTTP, put(line=b"P /upload HTTP/1.1")),
        "a method of 100 letters": (HTTP, put(line=b"P" * 100 + b" /upload HTTP/1.1")),
        "a method that nobody knows": ("method/method", put(line=b"BREW /upload HTTP/1.1")),
        "a tunnel": ("not-found/not-found", put(line=b"CONNECT x:443 HTTP/1.1", body=b"")),
        "an address with a raw space": (HTTP, put(line=b"PUT /upload?a=b c HTTP/1.1")),
        "an address with a raw tab": (HTTP, put(line=b"PUT /upload?a=b\tc HTTP/1.1")),
        "an address with raw UTF-8": (HTTP, put(line="PUT /upload?a=é HTTP/1.1".encode())),
        "an address with a raw NUL": (HTTP, put(line=b"PUT /upload?a=\0 HTTP/1.1")),
        "an address that is a star": (HTTP, put(line=b"PUT * HTTP/1.1")),
        "an address without a slash": (HTTP, put(line=b"PUT upload HTTP/1.1")),
        "an absolute address": (ACCEPTED, put(line=b"PUT http://x/upload HTTP/1.1")),
        "an absolute address of elsewhere": (
            ACCEPTED,
            put(line=b"PUT http://evil/upload HTTP/1.1"),
        ),
        "an absolute address of another scheme": (
            ACCEPTED,
            put(line=b"PUT ftp://x/upload HTTP/1.1"),
        ),
        "an absolute address that is none": (HTTP, put(line=b"PUT http://[::1/upload HTTP/1.1")),
        "an address with a fragment": (ACCEPTED, put(line=b"PUT /upload#x HTTP/1.1")),
        "an address of two slashes": (ACCEPTED, put(line=b"PUT //upload HTTP/1.1")),
        "an address of 8,000 bytes": (
            ACCEPTED,
            put(line=b"PUT /upload?a=" + b"a" * 7_900 + b" HTTP/1.1"),
        ),
        "an address of 9,000 bytes": (
            "receive/address-length",
            put(line=b"PUT /upload?a=" + b"a" * 9_000 + b" HTTP/1.1"),
        ),
        "an address of 60,000 bytes": (
            "receive/address-length",
            put(line=b"PUT /upload?a=" + b"a" * 60_000 + b" HTTP/1.1"),
        ),
        "nothing but line ends": (HTTP, b"\r\n\r\n\r\n"),
        "nothing but zeros": (HTTP, bytes(200) + b"\r\n\r\n"),
        "a greeting of TLS": (
            HTTP,
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(90) + b"\r\n\r\n",
        ),
        "a greeting of SSH": (HTTP, b"SSH-2.0-OpenSSH_9.9\r\n\r\n"),
        "a command of Redis": (HTTP, b"*1\r\n$4\r\nINFO\r\n\r\n"),
        "a photo": (HTTP, PHOTO + b"\r\n\r\n"),
    }


def heads() -> dict[str, tuple[str, bytes]]:
    """Vary the headers."""
    return {
        "a header without a colon": (HTTP, put(b"X-One")),
        "a header without a name": (HTTP, put(b": one")),
        "a header with a space before its colon": (HTTP, put(b"X-One : one")),
        "a header with a space in its name": (HTTP, put(b"X One: one")),
        "a header with a letter beyond ASCII in its name": (HTTP, put("X-É: one".encode())),
        "a header with an underscore": (ACCEPTED, put(b"X_Forwarded_For: 1.2.3.4")),
        "a header folded over two lines": (HTTP, put(b"X-One: one", b" two")),
        "a header with a NUL": (HTTP, put(b"X-One: o\0ne")),
        "a header with a bare carriage return": (HTTP, put(b"X-One: one\rX-Two: two")),
        "a header with a bare line feed": (HTTP, put(b"X-One: one\nX-Two: two")),
        "a header with an escape": (HTTP, put(b"X-One: \x1b[31m")),
        "a header with UTF-8": (ACCEPTED, put("X-One: é".encode())),
        "a header without a value": (ACCEPTED, put(b"X-One:")),
        "a header of 8,000 bytes": (ACCEPTED, put(b"X-One: " + b"a" * 8_000)),
        "a header of 9,000 bytes": ("receive/headers-length", put(b"X-One: " + b"a" * 9_000)),
        "a header of 60,000 bytes": ("receive/headers-length", put(b"X-One: " + b"a" * 60_000)),
        "101 headers": ("receive/headers-length", put(*[b"X-%d: a" % i for i in range(101)])),
        "5,000 headers": ("receive/headers-length", put(*[b"X-%d: a" % i for i in range(5_000)])),
        "90 headers": (ACCEPTED, put(*[b"X-%d: a" % i for i in range(90)])),
        "line feeds for line ends": (HTTP, put().replace(b"\r\n", b"\n", 4) + b"\r\n\r\n"),
        "no host": (HTTP, put().replace(b"Host: x\r\n", b"")),
        "no host in HTTP/1.0": (
            ACCEPTED,
            put(line=b"PUT /upload HTTP/1.0").replace(b"Host: x\r\n", b""),
        ),
        "two hosts": (HTTP, put(b"Host: x", b"Host: y")),
        "two content types": (HTTP, put(b"Content-Type: image/jpeg", b"Content-Type: text/html")),
        "two origins": (ACCEPTED, put(b"Origin: https://a", b"Origin: https://b")),
        "a request id with a line break": (HTTP, put(b"X-Request-Id: abcdefgh\n Set-Cookie: a=b")),
        "an expectation": (ACCEPTED, put(b"Expect: 100-continue")),
        "an expectation in capitals": (ACCEPTED, put(b"Expect: 100-CONTINUE")),
        "an expectation of tea": ("receive/expect", put(b"Expect: tea")),
        "an upgrade to HTTP/2": (
            ACCEPTED,
            put(b"Upgrade: h2c", b"HTTP2-Settings: AAMAAABkAAQAAP__"),
        ),
        "an upgrade to a WebSocket": (ACCEPTED, put(b"Upgrade: websocket")),
    }


def lengths() -> dict[str, tuple[str, bytes]]:
    """Vary what is said of the length."""
    size = len(PHOTO)
    right = b"Content-Length: %d" % size
    return {
        "no length and no body": (
            "receive/empty",
            b"PUT /upload HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        ),
        "no length and a body": (
            "receive/empty",
            b"PUT /upload HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" + PHOTO,
        ),
        "a length of nothing and a body": ("receive/empty", put(b"Content-Length: 0")),
        "a length too long by one": (CUT, put(b"Content-Length: %d" % (size + 1))),
        "a length twice as long": (CUT, put(b"Content-Length: %d" % (size * 2))),
        "a length too short": (
            "data-validation/truncated",
            put(b"Content-Length: %d" % (size - 9)),
        ),
        "a length above every limit": ("size/body", put(b"Content-Length: 99999999999")),
        "a length beyond 64 bits": ("size/body", put(b"Content-Length: " + b"9" * 30)),
        "a length of 4,500 digits": (HTTP, put(b"Content-Length: " + b"9" * 4_500)),
        "a length below nothing": (HTTP, put(b"Content-Length: -1")),
        "a length with a plus sign": (HTTP, put(b"Content-Length: +%d" % size)),
        "a length with an underscore": (HTTP, put(b"Content-Length: 1_0")),
        "a length in hexadecimal": (HTTP, put(b"Content-Length: 0x10")),
        "a length with a fraction": (HTTP, put(b"Content-Length: 10.0")),
        "a length with superscript digits": (HTTP, put(b"Content-Length: 1\xb2")),
        "a length with leading zeros": (ACCEPTED, put(b"Content-Length: 000%d" % size)),
        "a length in words": (HTTP, put(b"Content-Length: many")),
        "a length that is empty": (HTTP, put(b"Content-Length:")),
        "two lengths, alike": (HTTP, put(right, right)),
        "two lengths": (HTTP, put(right, b"Content-Length: 5")),
        "two lengths in one header": (HTTP, put(b"Content-Length: %d, %d" % (size, size))),
        "a length and chunks": (
            HTTP,
            put(right, b"Transfer-Encoding: chunked", body=chunk(PHOTO) + chunk(b"")),
        ),
        "chunks and a length of nothing": (
            HTTP,
            put(
                b"Transfer-Encoding: chunked", b"Content-Length: 0", body=chunk(PHOTO) + chunk(b"")
            ),
        ),
    }


def chunks() -> dict[str, tuple[str, bytes]]:
    """Vary how a chunked body is written."""
    last, half = chunk(b""), len(PHOTO) // 2
    halves = chunk(PHOTO[:half]) + chunk(PHOTO[half:])
    return {
        "chunks": (ACCEPTED, chunked(halves + last)),
        "chunks of one byte": (
            ACCEPTED,
            chunked(b"".join(chunk(PHOTO[i : i + 1]) for i in range(len(PHOTO))) + last),
        ),
        "chunks with capital digits": (
            ACCEPTED,
            chunked(b"AB\r\n" + PHOTO[:0xAB] + b"\r\n" + chunk(PHOTO[0xAB:]) + last),
        ),
        "chunks with leading zeros": (ACCEPTED, chunked(b"0000" + chunk(PHOTO) + last)),
        "chunks with extensions": (ACCEPTED, chunked(chunk(PHOTO, b';a=b;c="d e"') + last)),
        "chunks with trailers": (ACCEPTED, chunked(chunk(PHOTO) + b"0\r\nX-Sum: 1\r\n\r\n")),
        "no chunk": ("receive/empty", chunked(last)),
        "a chunk cut off": (CUT, chunked(chunk(PHOTO)[:-40])),
        "chunks without a last one": (CUT, chunked(halves)),
        "chunks without the last line end": (CUT, chunked(halves + b"0\r\n")),
        "a chunk without a size": (CUT, chunked(b"\r\n" + PHOTO + b"\r\n" + last)),
        "a chunk of a size that is no number": (CUT, chunked(b"xyz\r\n" + PHOTO + b"\r\n" + last)),
        "a chunk of a size with 0x": (CUT, chunked(b"0x" + chunk(PHOTO) + last)),
        "a chunk of a size with a sign": (CUT, chunked(b"+" + chunk(PHOTO) + last)),
        "a chunk of a size below nothing": (CUT, chunked(b"-1\r\n" + PHOTO + b"\r\n" + last)),
        "a chunk of a size with an underscore": (CUT, chunked(b"5_5\r\n" + PHOTO + b"\r\n" + last)),
        "a chunk of a size with a space before it": (CUT, chunked(b" " + chunk(PHOTO) + last)),
        "a chunk of a size beyond memory": (CUT, chunked(b"f" * 15 + b"\r\n" + PHOTO)),
        "a chunk of a size of 10,000 digits": (CUT, chunked(b"f" * 10_000 + b"\r\n" + PHOTO)),
        "a chunk longer than its size": (CUT, chunked(b"5\r\n" + PHOTO + b"\r\n" + last)),
        "chunks with bare line feeds": (CUT, chunked(halves.replace(b"\r\n", b"\n") + b"0\n\n")),
        "chunks with a broken extension": (CUT, chunked(chunk(PHOTO, b';a="b') + last)),
        "chunks with a bare carriage return in an extension": (
            CUT,
            chunked(chunk(PHOTO, b";a\rb") + last),
        ),
        "chunks with an extension of 20,000 bytes": (
            CUT,
            chunked(chunk(PHOTO, b";" + b"a" * 20_000) + last),
        ),
        "chunks with a length for a trailer": (
            CUT,
            chunked(chunk(PHOTO) + b"0\r\nContent-Length: 5\r\n\r\n"),
        ),
        "chunks with a broken trailer": (CUT, chunked(chunk(PHOTO) + b"0\r\nno colon\r\n\r\n")),
        "chunks within chunks": (
            HTTP,
            put(b"Transfer-Encoding: chunked, chunked", body=halves + last),
        ),
        "chunks announced twice": (
            HTTP,
            put(b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked", body=halves + last),
        ),
        "chunks in capitals": (ACCEPTED, put(b"Transfer-Encoding: CHUNKED", body=halves + last)),
        "chunks that are packed": (
            "receive/transfer-encoding",
            put(b"Transfer-Encoding: gzip, chunked", body=halves + last),
        ),
        "chunks that are packed, in two headers": (
            "receive/transfer-encoding",
            put(b"Transfer-Encoding: deflate", b"Transfer-Encoding: chunked", body=halves + last),
        ),
        "packed without chunks": (HTTP, put(b"Transfer-Encoding: gzip", body=PHOTO)),
        "an encoding that nobody knows": (
            "receive/transfer-encoding",
            put(b"Transfer-Encoding: br", body=PHOTO),
        ),
        "an encoding that is nearly chunked": (
            "receive/transfer-encoding",
            put(b"Transfer-Encoding: xchunked", body=halves + last),
        ),
        "an encoding with a vertical tab": (
            HTTP,
            put(b"Transfer-Encoding: \x0bchunked", body=halves + last),
        ),
        "an encoding of nothing": (HTTP, put(b"Transfer-Encoding: identity", body=PHOTO)),
        "chunks in HTTP/1.0": (HTTP, chunked(halves + last, line=b"PUT /upload HTTP/1.0")),
    }


def several() -> Iterator[Framed]:
    """Send several requests over one connection, or not the whole of one."""
    kept = put().replace(b"Connection: close\r\n", b"")
    yield Framed("two requests at once", (ACCEPTED, ACCEPTED), kept + put())
    yield Framed("five requests at once", (ACCEPTED,) * 5, kept * 4 + put())
    yield Framed(
        "a request behind one that is refused",
        ("type/format", ACCEPTED),
        put(body=b"%PDF-1.7").replace(b"Connection: close\r\n", b"") + put(),
    )
    yield Framed("nothing behind a body that is too short", (CUT,), kept[:-5])
    yield Framed(
        "a body longer than its length",
        ("data-validation/truncated", HTTP),
        put(b"Content-Length: %d" % (len(PHOTO) - 9)).replace(b"Connection: close\r\n", b"")
        + b"\r\n\r\n",
    )
    smuggled = b"GET /upload HTTP/1.1\r\nHost: x\r\n\r\n"
    yield Framed(
        "a request hidden behind a length of two minds",
        (HTTP,),
        put(
            b"Content-Length: 5",
            b"Transfer-Encoding: chunked",
            body=chunk(b"") + smuggled,
        ),
    )
    yield Framed(
        "a request hidden behind broken chunks",
        (CUT,),
        chunked(b"zz\r\n" + smuggled).replace(
            b"Connection: close\r\n",
            b"",
        ),
    )
    yield Framed("a client that says nothing", (SILENCE,), b"")
    yield Framed("a client that leaves within the request line", (SILENCE,), b"PUT /upl")
    yield Framed("a client that leaves within the headers", (SILENCE,), put()[:40])
    yield Framed(
        "a client that leaves behind the headers",
        (CUT,),
        put(body=b"").replace(
            b"Length: 0",
            b"Length: 99",
        ),
    )
