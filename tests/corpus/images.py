"""Which images, and which files that pretend to be images, are taken and which refused?"""

import struct
import zlib
from collections.abc import Iterator

from PIL import Image

from tests.corpus import ACCEPTED, MAX_BYTES, MAX_FRAMES, PHOTO, Case
from tests.corpus.forging import (
    HTML,
    SMALL,
    archive,
    avif_claiming,
    avif_noise,
    chunked,
    gif,
    gif_claiming,
    header_byte,
    interlaced,
    jpeg_claiming,
    many_frames,
    many_scans,
    resized,
    saved,
    spoiled,
    striped,
    webp_claiming,
    webp_frames,
    webp_lossless,
    webp_noise,
    webp_zero,
    with_pixels,
    without,
)
from tests.pictures import make, png, scene

DAMAGED = "data-validation/corrupt"
CUT = "data-validation/truncated"
HEAVY = "data-validation/ballast"
OTHER = "type/format"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def cases() -> Iterator[Case]:
    for name, content in good().items():
        yield Case(f"a good {name}", ACCEPTED, content, data=content)
    for name, (answer, content) in (
        *claims().items(),
        *broken().items(),
        *disguised().items(),
        *polyglots().items(),
    ):
        yield Case(name, answer, content)
    for kind in ("image/jpeg", "image/svg+xml", "text/html", "application/pdf"):
        header = (("Content-Type", kind),)
        yield Case(f"a JPEG called {kind} is what its bytes are", ACCEPTED, PHOTO, header)
        yield Case(f"a PDF called {kind} is a PDF", OTHER, b"%PDF-1.7\n%\xe2\xe3\n1 0 obj", header)


def good() -> dict[str, bytes]:
    """Draw whole images of every kind that phones, cameras and programs write."""
    wide = scene(*SMALL)
    return {
        "JPEG": make("JPEG", *SMALL),
        "JPEG in grey": make("JPEG", *SMALL, mode="L"),
        "JPEG in CMYK, as printers have it": make("JPEG", *SMALL, mode="CMYK"),
        "progressive JPEG": make("JPEG", *SMALL, progressive=True),
        "JPEG with restart markers": make("JPEG", *SMALL, restart_marker_blocks=1),
        "JPEG without chroma subsampling": make("JPEG", *SMALL, subsampling=0),
        "JPEG turned by its EXIF": make("JPEG", *SMALL, orientation=6),
        "JPEG with a large colour profile": make("JPEG", *SMALL, icc_profile=bytes(300_000)),
        "JPEG with a comment": make("JPEG", *SMALL, comment=b"caf\xe9 \x00 <b>"),
        "JPEG that leaves out the usual Huffman tables": PHOTO.replace(b"\xff\xc4", b"\xff\xfe"),
        "JPEG of one pixel": make("JPEG", 1, 1),
        "JPEG with the beginning of another behind it": PHOTO + b"\xff\xd8\xff",
        "JPEG with a second picture behind it": make("JPEG", *SMALL) + make("JPEG", 16, 16),
        "PNG": make("PNG", *SMALL),
        "PNG in palette": make("PNG", *SMALL, mode="P"),
        "PNG with transparency": make("PNG", *SMALL, mode="RGBA"),
        "PNG in grey with transparency": make("PNG", *SMALL, mode="LA"),
        "PNG of one bit": make("PNG", *SMALL, mode="1"),
        "PNG of 16 bits": png(Image.new("I;16", SMALL, 40_000)),
        "interlaced PNG": interlaced(),
        "animated PNG": make("PNG", *SMALL, frames=3),
        "PNG with text": chunked((b"tEXt", b"Author\0me")),
        "lossy WebP": make("WEBP", *SMALL),
        "lossless WebP": make("WEBP", *SMALL, lossless=True),
        "WebP with transparency": make("WEBP", *SMALL, mode="RGBA"),
        "animated WebP": make("WEBP", *SMALL, frames=3),
        "GIF": make("GIF", *SMALL),
        "animated GIF": make("GIF", *SMALL, frames=3),
        "GIF of as many frames as are taken": many_frames(MAX_FRAMES),
        "GIF87a": saved(wide.convert("P"), "GIF").replace(b"GIF89a", b"GIF87a", 1),
        "AVIF": make("AVIF", *SMALL),
        "animated AVIF": make("AVIF", *SMALL, frames=2),
    }


def claims() -> dict[str, tuple[str, bytes]]:
    """Make small files that cost much, or claim to: pixels, frames, text, profiles, scans."""
    photo, bomb = make("PNG", *SMALL), zlib.compress(bytes(8 * 2**20), 9)
    return {
        "a PNG that claims 30,000 by 30,000 pixels": (
            "size/pixels",
            resized(photo, 30_000, 30_000),
        ),
        "a PNG that claims 2^31-1 pixels a side": (
            "size/pixels",
            resized(photo, 2**31 - 1, 2**31 - 1),
        ),
        "a JPEG that claims 65,000 by 65,000 pixels": (
            "size/pixels",
            jpeg_claiming(65_000, 65_000),
        ),
        "a GIF that claims 65,535 by 65,535 pixels": ("size/pixels", gif_claiming(65_535, 65_535)),
        "a GIF with a frame far outside its canvas": (
            "size/pixels",
            gif(frames=[(0, 0), (60_000, 60_000)]),
        ),
        "a WebP of 38 bytes that claims 144 megapixels": (
            "size/pixels",
            webp_claiming(12_000, 12_000),
        ),
        "a WebP that claims 16,777,216 pixels a side": ("size/pixels", webp_claiming(2**24, 2**24)),
        "a lossless WebP that claims 268 megapixels": ("size/pixels", webp_lossless(2**14, 2**14)),
        "an AVIF that claims 40,000 by 40,000 pixels": (DAMAGED, avif_claiming(40_000, 40_000)),
        "a real PNG of 65 megapixels": ("size/pixels", striped(6_500, 10_000)),
        "a GIF of one frame too many": ("size/frames", many_frames(MAX_FRAMES + 1)),
        "a GIF of 20,000 frames": ("size/frames", many_frames(20_000)),
        "a PNG that says it has a million frames": (
            "size/pixels",
            chunked((b"acTL", struct.pack(">II", 10**6, 0))),
        ),
        "a WebP of 5,000 empty frames": ("size/frames", webp_frames(5_000)),
        "an image above the largest number of bytes": ("size/bytes", PHOTO + bytes(MAX_BYTES)),
        "a PNG with text that unpacks to 8 MiB": (
            HEAVY,
            chunked((b"zTXt", b"Comment\0\0" + bomb)),
        ),
        "a PNG with international text that unpacks to 8 MiB": (
            HEAVY,
            chunked((b"iTXt", b"Comment\0\1\0\0\0" + bomb)),
        ),
        "a PNG with a colour profile that unpacks to 8 MiB": (
            HEAVY,
            chunked((b"iCCP", b"profile\0\0" + bomb)),
        ),
        "a PNG with ninety texts of a mebibyte each": (
            HEAVY,
            chunked(
                *[(b"zTXt", b"k%d\0\0" % i + zlib.compress(bytes(2**20 - 1), 9)) for i in range(90)]
            ),
        ),
        "a PNG with pixels that unpack to far more than it claims": (
            ACCEPTED,
            with_pixels(zlib.compress(bytes(8 * 2**20), 9)),
        ),
        "a JPEG of 150 scans": (DAMAGED, many_scans(150)),
        "a JPEG of 3,000 segments": (CUT, b"\xff\xd8" + b"\xff\xe1\x00\x02" * 3_000 + PHOTO[2:]),
        "a GIF without a frame": (DAMAGED, gif(frames=[])),
        "a PNG without a column": (DAMAGED, resized(photo, 0, 32)),
        "a PNG without a row": (DAMAGED, resized(photo, 48, 0)),
        "a JPEG without a row": (DAMAGED, jpeg_claiming(48, 0)),
        "a GIF frame without a pixel": (DAMAGED, gif_claiming(0, 0)),
        "a WebP frame without a pixel": (DAMAGED, webp_zero()),
    }


def broken() -> dict[str, tuple[str, bytes]]:
    """Cut and spoil whole images at many places."""
    found: dict[str, tuple[str, bytes]] = {}
    for name in ("JPEG", "PNG", "WEBP", "GIF", "AVIF"):
        whole = make(name, *SMALL)
        for part in (0.3, 0.6, 0.9):
            found[f"a {name} cut at {part:.0%}"] = (CUT, whole[: int(len(whole) * part)])
        found[f"a {name} without its last byte"] = (CUT, whole[:-1])
        found[f"a {name} of a signature only"] = (CUT, whole[:12])
    moving = make("GIF", *SMALL, frames=3)
    photo = make("PNG", *SMALL)
    return found | {
        "an animated GIF cut within its last frame": (CUT, moving[:-60]),
        "an animated PNG cut within its last frame": (CUT, make("PNG", *SMALL, frames=3)[:-60]),
        "an animated WebP cut within its last frame": (CUT, make("WEBP", *SMALL, frames=3)[:-60]),
        "a JPEG with noise for its pixels": (CUT, PHOTO[: len(PHOTO) // 2] + b"\x55" * 400),
        "a JPEG whose rest is zeros": (CUT, PHOTO[: len(PHOTO) // 2] + bytes(len(PHOTO) // 2)),
        "a JPEG with a quantization table missing": (
            DAMAGED,
            PHOTO.replace(b"\xff\xdb", b"\xff\xec"),
        ),
        "a JPEG with a segment longer than the file": (CUT, PHOTO[:4] + b"\xff\xff" + PHOTO[6:40]),
        "a PNG with text of a wrong checksum": (
            DAMAGED,
            spoiled(chunked((b"tEXt", b"a\0b")), b"tEXt"),
        ),
        "a PNG with pixels of a wrong checksum": (DAMAGED, spoiled(photo, b"IDAT")),
        "a PNG with a header of a wrong checksum": (DAMAGED, spoiled(photo, b"IHDR")),
        "a PNG whose pixels do not unpack": (DAMAGED, with_pixels(b"\x78\x9c" + b"\xff" * 90)),
        "a PNG whose pixels unpack to too few": (DAMAGED, with_pixels(zlib.compress(bytes(20)))),
        "a PNG without pixels": (DAMAGED, without(photo, b"IDAT")),
        "a PNG without its header": (DAMAGED, without(photo, b"IHDR")),
        "a PNG in palette without a palette": (
            DAMAGED,
            without(make("PNG", *SMALL, mode="P"), b"PLTE"),
        ),
        "a PNG with a chunk longer than the file": (
            CUT,
            photo[:33] + b"\x7f\xff\xff\xff" + photo[37:],
        ),
        "a PNG of a colour type that there is not": (DAMAGED, header_byte(photo, 9, 5)),
        "a PNG of a depth that there is not": (DAMAGED, header_byte(photo, 8, 3)),
        "a GIF with pixels of noise": (
            DAMAGED,
            gif(pixels=b"\x08\x08\xff\xff\xff\xff\xff\xff\xff\xff\x00"),
        ),
        "a WebP with pixels of noise": (DAMAGED, webp_noise()),
        "an AVIF with pixels of noise": (DAMAGED, avif_noise()),
        "nothing but zeros": (OTHER, bytes(500)),
        "nothing but noise": (OTHER, bytes((i * 197 + 91) % 256 for i in range(500))),
        "one byte": (OTHER, b"\xff"),
        "no byte": ("receive/empty", b""),
    }


def disguised() -> dict[str, tuple[str, bytes]]:
    """Give files of other kinds, whatever they are called, and images that are those too."""
    box = b"\0\0\0\x18ftyp%s\0\0\0\0isommp42" + bytes(90)
    return {
        "a TIFF, which is not taken by default": (OTHER, make("TIFF", *SMALL)),
        "a BMP, which is not taken by default": (OTHER, make("BMP", *SMALL)),
        "an icon": (OTHER, saved(scene(32, 32), "ICO")),
        "an EPS, which would start Ghostscript": (OTHER, saved(scene(16, 16), "EPS")),
        "a PostScript program": (OTHER, b"%!PS-Adobe-3.0\n(/etc/passwd) (r) file"),
        "a PSD": (OTHER, b"8BPS\0\1" + bytes(60)),
        "a JPEG 2000": (OTHER, saved(scene(16, 16), "JPEG2000")),
        "a PPM": (OTHER, saved(scene(16, 16), "PPM")),
        "a TGA": (OTHER, saved(scene(16, 16), "TGA")),
        "an SVG with a script": (OTHER, SVG),
        "an SVG that reads a file": (
            OTHER,
            b'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + SVG,
        ),
        "a billion laughs": (
            OTHER,
            b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><l>&b;</l>',
        ),
        "a web page": (OTHER, HTML),
        "a script": (OTHER, b"#!/bin/sh\nrm -rf /\n"),
        "a PHP page": (OTHER, b"<?php system($_GET['c']); ?>"),
        "a PDF": (OTHER, b"%PDF-1.7\n1 0 obj <</JS (app.alert(1))>> endobj"),
        "a ZIP archive": (OTHER, archive()),
        "an empty ZIP archive": (OTHER, b"PK\x05\x06" + bytes(18)),
        "a gzip archive": (OTHER, b"\x1f\x8b\x08" + bytes(30)),
        "a RAR archive": (OTHER, b"Rar!\x1a\x07\x01\0" + bytes(30)),
        "a 7-Zip archive": (OTHER, b"7z\xbc\xaf\x27\x1c" + bytes(30)),
        "a Windows program": (OTHER, b"MZ\x90\0\3\0\0\0" + bytes(60) + b"PE\0\0"),
        "a Linux program": (OTHER, b"\x7fELF\x02\x01\x01" + bytes(60)),
        "a Java class": (OTHER, b"\xca\xfe\xba\xbe\0\0\0\x34" + bytes(30)),
        "an old office document": (OTHER, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(60)),
        "an MP4": (OTHER, box % b"mp42"),
        "a HEIC without its decoder": (OTHER, box % b"heic"),
        "a WAV, which begins as a WebP does": (OTHER, b"RIFF\x24\0\0\0WAVEfmt " + bytes(30)),
        "an MP3": (OTHER, b"ID3\x04\0\0\0\0\0\0" + bytes(30)),
        "text": (OTHER, b"a photo of a cat"),
        "JSON": (OTHER, b'{"image": 1}'),
        "UTF-16 text": (OTHER, "ein Bild".encode("utf-16")),
        "a path": (OTHER, b"/etc/passwd"),
        "an address": (OTHER, b"http://169.254.169.254/latest/meta-data/"),
        "half a signature": (OTHER, b"\x89PNG\r\n"),
        "a PNG whose line ends were changed": (OTHER, make("PNG", *SMALL).replace(b"\r\n", b"\n")),
        "a JPEG with a byte before it": (OTHER, b"\n" + PHOTO),
        "base64 text in a raw body": (OTHER, b"/9j/4AAQSkZJRgABAQAAAQABAAD"),
    }


def polyglots() -> dict[str, tuple[str, bytes]]:
    """Make whole images that are something else too, for another program than a viewer."""
    also = "data-validation/polyglot"
    script = gif(canvas=(0x2A2F, 1)) + b"*/=1;alert(1)//"
    # to an AVIF, a web page is a box that is not all there
    found = {
        f"a {name} with {word} behind it": (
            CUT if (name, more) == ("AVIF", HTML) else also,
            make(name, *SMALL) + more,
        )
        for name in ("JPEG", "PNG", "GIF", "WEBP", "AVIF")
        for word, more in {"a ZIP archive": archive(), "a web page": HTML}.items()
    }
    return found | {
        "a GIF that is a script too": (also, script),
        "a JPEG that is a PDF too": (also, make("JPEG", *SMALL, comment=b"%PDF-1.4\n1 0 obj")),
        "a PNG that is a PDF too": (also, chunked((b"tEXt", b"a\0%PDF-1.4"))),
        "a PNG with a PHP page behind it": (also, make("PNG", *SMALL) + b"<?php system('id');"),
        "a JPEG with an SVG behind it": (also, PHOTO + SVG),
        "a JPEG with a program behind it": (also, PHOTO + b"\x7fELF\x02\x01\x01" + bytes(40)),
        "a JPEG with a ZIP archive in its comment": (
            "data-validation/polyglot",
            make("JPEG", *SMALL, comment=archive()),
        ),
        "a JPEG with a ZIP archive behind a second picture": (also, PHOTO + PHOTO + archive()),
    }
