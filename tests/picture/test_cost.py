"""Is the memory that decoding takes told before, and never much too low?"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from librarian import media, memory, picture
from librarian.picture import cost
from tests import pictures

SIZE = (1000, 750)
MEASURE = """
import json, sys
from pathlib import Path
from librarian import media, picture
def most():
    told = Path("/proc/self/status").read_text().split("VmHWM:")[1]
    return int(told.split()[0]) * 1024
small, content = (Path(path).read_bytes() for path in sys.argv[1:])
kind = media.sniff(content)
picture.verify(small, kind)
with picture.decoded(small, kind):
    pass
before = most()
picture.verify(content, kind)
checked = most() - before
with picture.decoded(content, kind):
    pass
print(json.dumps([checked, most() - before]))
"""
HOW: dict[str, tuple[str, dict[str, object]]] = {
    "JPEG": ("JPEG", {}),
    "progressive JPEG": ("JPEG", {"progressive": True, "subsampling": 2}),
    "progressive JPEG of full colours": ("JPEG", {"progressive": True, "subsampling": 0}),
    "PNG": ("PNG", {"compress_level": 1}),
    "WebP": ("WEBP", {"method": 0}),
    "moving WebP": ("WEBP", {"method": 0, "frames": 2, "quality": 40}),
    "moving GIF": ("GIF", {"frames": 2}),
    "AVIF": ("AVIF", {"speed": 10}),
    "HEIC": ("HEIF", {}),
}


def made(name: str, width: int, height: int) -> bytes:
    pillow, how = HOW[name]
    if pillow == "HEIF":
        heif = pytest.importorskip("pillow_heif")
        heif.register_heif_opener()
    return pictures.make(pillow, width, height, **how)  # type: ignore[arg-type]


@pytest.mark.skipif(sys.platform != "linux", reason="memory is measured in /proc")
@pytest.mark.parametrize("name", HOW)
def test_decoding_takes_no_more_than_was_told(name: str, tmp_path: Path) -> None:
    content = made(name, *(SIZE if name != "HEIC" else (500, 375)))  # x265 takes its time
    kind = media.sniff(content)
    seen = picture.look(content, kind)
    (tmp_path / "small").write_bytes(made(name, 64, 48))
    (tmp_path / "large").write_bytes(content)
    command = [sys.executable, "-c", MEASURE, str(tmp_path / "small"), str(tmp_path / "large")]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    checked, decoded = json.loads(run.stdout)
    told = cost.checking(content, kind, seen.largest, seen.frames)
    told_whole = cost.of(content, kind, seen.largest, seen.frames)
    slack = memory.MIB
    assert checked <= told + slack
    assert decoded <= told_whole + slack
    assert told <= told_whole <= 20 * seen.largest + cost.FIXED


def test_a_plain_jpeg_and_any_png_are_checked_in_a_few_megabytes() -> None:
    for name in ("JPEG", "PNG"):
        content = made(name, 640, 480)
        kind = media.sniff(content)
        assert cost.checking(content, kind, 64_000_000, 1) < 8 * memory.MIB
        assert cost.of(content, kind, 64_000_000, 1) > 240_000_000


def test_a_broken_header_costs_nothing_and_troubles_nobody() -> None:
    content = made("progressive JPEG", 64, 48)
    for length in range(2, 700, 7):
        assert cost.checking(content[:length], media.JPEG, 100, 1) < 3 * memory.MIB


def test_a_picture_that_never_fits_is_refused_as_too_large() -> None:
    content = made("WebP", 640, 480)
    total = memory.PICTURES.total
    memory.PICTURES.total = 3 * memory.MIB
    try:
        with pytest.raises(picture.TooLarge) as refused:
            picture.verify(content, media.WEBP)
        with picture.decoded(content, media.WEBP) as alone:
            assert alone.size == (640, 480)
    finally:
        memory.PICTURES.total = total
    assert refused.value.needed > refused.value.limit
