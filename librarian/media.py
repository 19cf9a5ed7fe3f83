"""Which kind of file are these bytes? Told from the bytes alone, never from a name.

The signatures follow the IANA media type registry and the WHATWG MIME Sniffing Standard; what has
no signature is text where it is UTF-8 without control characters, else a stream of bytes.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Media:
    """A kind of file: its media type, its usual extension, and what people call it."""

    type: str
    extension: str
    word: str


JPEG = Media("image/jpeg", ".jpg", "a JPEG image")
PNG = Media("image/png", ".png", "a PNG image")
GIF = Media("image/gif", ".gif", "a GIF image")
WEBP = Media("image/webp", ".webp", "a WebP image")
AVIF = Media("image/avif", ".avif", "an AVIF image")
HEIC = Media("image/heic", ".heic", "a HEIC image")
TIFF = Media("image/tiff", ".tif", "a TIFF image")
BMP = Media("image/bmp", ".bmp", "a BMP image")
SVG = Media("image/svg+xml", ".svg", "an SVG drawing")
MP4 = Media("video/mp4", ".mp4", "an MP4 video")
WAV = Media("audio/wav", ".wav", "a WAV sound")
M4A = Media("audio/mp4", ".m4a", "an M4A sound")
TEXT = Media("text/plain", ".txt", "text")
HTML = Media("text/html", ".html", "a web page")
XML = Media("application/xml", ".xml", "an XML document")
BYTES = Media("application/octet-stream", ".bin", "a file of an unknown kind")
EMPTY = Media("application/octet-stream", ".bin", "empty")

SIGNATURES: tuple[tuple[bytes, Media], ...] = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"II*\x00", TIFF),
    (b"MM\x00*", TIFF),
    (b"BM", BMP),
    (b"%PDF-", Media("application/pdf", ".pdf", "a PDF")),
    (b"PK\x03\x04", Media("application/zip", ".zip", "a ZIP archive or office document")),
    (b"PK\x05\x06", Media("application/zip", ".zip", "an empty ZIP archive")),
    (b"\x1f\x8b", Media("application/gzip", ".gz", "a gzip archive")),
    (b"Rar!\x1a\x07", Media("application/vnd.rar", ".rar", "a RAR archive")),
    (b"7z\xbc\xaf\x27\x1c", Media("application/x-7z-compressed", ".7z", "a 7-Zip archive")),
    (b"MZ", Media("application/vnd.microsoft.portable-executable", ".exe", "a Windows program")),
    (b"\x7fELF", Media("application/x-elf", ".elf", "a Linux program")),
    (b"OggS", Media("audio/ogg", ".ogg", "an Ogg sound")),
    (b"fLaC", Media("audio/flac", ".flac", "a FLAC sound")),
    (b"ID3", Media("audio/mpeg", ".mp3", "an MP3 sound")),
    (b"\xff\xfb", Media("audio/mpeg", ".mp3", "an MP3 sound")),
    (b"\xff\xf3", Media("audio/mpeg", ".mp3", "an MP3 sound")),
    (b"\x1aE\xdf\xa3", Media("video/webm", ".webm", "a WebM recording")),
    (b"%!PS", Media("application/postscript", ".ps", "a PostScript document")),
    (b"SQLite format 3\x00", Media("application/vnd.sqlite3", ".sqlite", "an SQLite database")),
)
RIFF = {b"WEBP": WEBP, b"WAVE": WAV, b"AVI ": Media("video/x-msvideo", ".avi", "an AVI video")}
FTYP = {
    b"avif": AVIF, b"avis": AVIF,
    b"heic": HEIC, b"heix": HEIC, b"heim": HEIC, b"heis": HEIC, b"hevc": HEIC, b"hevx": HEIC,
    b"M4A ": M4A, b"qt  ": Media("video/quicktime", ".mov", "a QuickTime video"),
}  # fmt: skip
KNOWN: dict[str, Media] = {
    media.type: media
    for media in (
        *(media for _, media in reversed(SIGNATURES)), *RIFF.values(), *FTYP.values(),
        MP4, SVG, HTML, XML, TEXT,
    )
}  # fmt: skip


def sniff(content: bytes) -> Media:
    """Tell the kind of file from its bytes; what nothing tells is `application/octet-stream`."""
    if not content:
        return EMPTY
    if content[:4] == b"RIFF":
        return RIFF.get(content[8:12], BYTES)
    if content[4:8] == b"ftyp":
        return _isobmff(content)
    for signature, media in SIGNATURES:
        if content.startswith(signature):
            return media
    return _text(content)


def _isobmff(content: bytes) -> Media:
    """Tell AVIF, HEIC and MP4 apart by their brands (ISO/IEC 14496-12, section 4.3)."""
    size = min(int.from_bytes(content[:4], "big"), 256)
    brands = [content[8:12], *(content[i : i + 4] for i in range(16, size, 4))]
    return next((FTYP[brand] for brand in brands if brand in FTYP), MP4)


def _text(content: bytes) -> Media:
    head = content[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<script")):
        return HTML
    if head.startswith((b"<?xml", b"<svg", b"<!--", b"<!doctype svg")):
        return SVG if b"<svg" in head else XML
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return BYTES
    return BYTES if any(c < " " and c not in "\t\r\n\f" for c in text) else TEXT
