"""Does the whole service stay within a small host's memory, whatever it is sent? Measured."""

import base64
import io
import os
import sys
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from urllib.parse import quote_plus

import pytest
import urllib3
from PIL import Image

from tests.e2e.memory import MIB, metered, used
from tests.e2e.stack import Stack, service
from tests.picture.test_ballast import HEAVY
from tests.picture.test_png import chunk
from tests.pictures import make
from tests.test_picture import png_claiming, webp_claiming

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory is measured in /proc")
DYNO = {"LIBRARIAN_MEMORY": "512MiB", "WEB_CONCURRENCY": "2"}
"""What a host of 512 MiB says by itself."""
LONG = bool(os.environ.get("LONG"))
PHONES = 16 if LONG else 5
"""As many as make the figure; fewer in `make test`, since there is memory for two at a time."""
WIDTH, HEIGHT = 9248, 6920
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture(scope="module")
def dyno() -> Iterator[Stack]:
    """Give a service as a small host starts it, after its first contribution."""
    with service(DYNO) as stack:
        for _ in range(8):  # that every process has read a picture
            assert stack.request("PUT", "/upload", body=make("PNG", 64, 48)).status == 201
        yield stack


def largest_png() -> bytes:
    """Make a PNG of as many pixels and nearly as many bytes as are taken: 64 MP in 24 MiB."""
    squeeze, pixels = zlib.compressobj(1), []
    noise = b"\0" + bytes(at * at * 31 >> 4 & 0xFF for at in range(3 * WIDTH))
    flat = bytes(1 + 3 * WIDTH)
    for row in range(HEIGHT):
        pixels.append(squeeze.compress(flat if row % 8 else noise))
    content = b"".join([*pixels, squeeze.flush()])
    header = b"".join(side.to_bytes(4, "big") for side in (WIDTH, HEIGHT)) + b"\x08\x02\0\0\0"
    head = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
    whole = head + chunk(b"IDAT", content) + chunk(b"IEND", b"")
    return whole + bytes(max(0, 24 * MIB - len(whole)))  # what follows the end is kept as sent


def largest_jpeg() -> bytes:
    """Make a JPEG of 64 megapixels and 24 MiB."""
    content = make("JPEG", WIDTH // 8, HEIGHT // 8)
    content = make_large(content)
    return content + bytes(24 * MIB - len(content))


def make_large(content: bytes) -> bytes:
    large = io.BytesIO()
    with Image.open(io.BytesIO(content)) as image:
        image.resize((WIDTH, HEIGHT), Image.Resampling.NEAREST).save(large, "JPEG", quality=60)
    return large.getvalue()


def test_idle_it_takes_less_than_150_megabytes(dyno: Stack) -> None:
    taken = used(dyno.services[0].pid)
    print(f"idle: {taken / 1e6:.0f} MB")  # noqa: T201 - the figure that is promised
    assert taken < 150_000_000


@pytest.mark.parametrize(
    ("made", "encoding"),
    [
        (largest_jpeg, "form"),
        (largest_png, "raw"),
        *([(largest_jpeg, "raw"), (largest_png, "form")] if LONG else []),
    ],
)
def test_sixteen_phones_with_the_largest_picture_stay_under_400_megabytes(
    dyno: Stack, made: Callable[[], bytes], encoding: str
) -> None:
    content, headers = made(), {}
    if encoding == "form":
        content = b"image=" + quote_plus(base64.b64encode(content)).encode()
        headers = FORM
    statuses: list[int] = []

    def send() -> None:
        for _ in range(10):
            answer = urllib3.request(
                "POST", f"{dyno.url}/upload", body=content, headers=headers, retries=False,
                timeout=120,
            )  # fmt: skip
            if answer.status != 503:  # a phone that is told to come again does
                break
            time.sleep(1)
        statuses.append(answer.status)

    with metered(dyno.services[0].pid) as meter:
        phones = [threading.Thread(target=send) for _ in range(PHONES)]
        for phone in phones:
            phone.start()
        for phone in phones:
            phone.join()
    print(f"{made.__name__} as {encoding}: {meter.most / 1e6:.0f} MB")  # noqa: T201
    assert statuses == [201] * PHONES
    assert meter.most < 400_000_000


def rested(group: int) -> int:
    """Wait until what was given back is gone, and give what is left."""
    before = used(group)
    for _ in range(20):
        time.sleep(0.25)
        now = used(group)
        if now > before - MIB:
            return now
        before = now
    return before


def bombs() -> dict[str, bytes]:
    """Give what is small and would become large, and what is large and says nothing."""
    flat = io.BytesIO()
    Image.new("RGB", (7900, 7900)).save(flat, "WEBP", lossless=True, method=0)
    return {
        "a PNG of 2.5 gigapixels": png_claiming(50_000, 50_000),
        "a WebP of 144 megapixels": webp_claiming(12_000, 12_000),
        "a WebP of 62 megapixels": flat.getvalue(),
        "a PNG of 64 megapixels that is cut": largest_png().rstrip(b"\0")[:-30],
        "25 MB of brackets": b"[" * (25 * MIB),
        **{name: HEAVY[name] for name in HEAVY if "JPEG" in name or "inflate" in name},
    }


def test_refusing_a_bomb_takes_less_than_64_megabytes(dyno: Stack) -> None:
    group = dyno.services[0].pid
    sent = bombs()
    idle = rested(group)
    for name, content in sent.items():
        with metered(group) as meter:
            headers = {"Content-Type": "application/json"} if "brackets" in name else {}
            answer = dyno.request("PUT", "/upload", body=content, headers=headers)
        print(f"{name}: {answer.status}, {(meter.most - idle) / 1e6:.0f} MB")  # noqa: T201
        assert answer.status in (400, 406, 413, 415), (name, answer.data)
        assert meter.most - idle < 64 * MIB, name
