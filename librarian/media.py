"""Which kind of file are these bytes? Told from the bytes alone, never from a name.

The signatures follow the IANA media type registry and the WHATWG MIME Sniffing Standard; what has
no signature is text where it is UTF-8 without control characters, else a stream of bytes.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f]")
"""What no text holds: control characters but for tabs, line ends and form feeds."""


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
HEIC = Media("image/heic", ".heic", "a HEIC image, as iPhones take them")
TIFF = Media("image/tiff", ".tif", "a TIFF image")
BMP = Media("image/bmp", ".bmp", "a BMP image")
SVG = Media("image/svg+xml", ".svg", "an SVG drawing")
MP4 = Media("video/mp4", ".mp4", "an MP4 video")
WEBM = Media("video/webm", ".webm", "a WebM video")
WEBM_SOUND = Media("audio/webm", ".webm", "a WebM sound")
MKV = Media("video/x-matroska", ".mkv", "a Matroska video")
MP3 = Media("audio/mpeg", ".mp3", "an MP3 sound")
AAC = Media("audio/aac", ".aac", "an AAC sound")
ZIP = Media("application/zip", ".zip", "a ZIP archive or office document")
GZIP = Media("application/gzip", ".gz", "a gzip archive")
OLE = Media("application/x-ole-storage", ".ole", "an old office document")
SQLITE = Media("application/vnd.sqlite3", ".sqlite", "an SQLite database")
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
    (b"%PDF-", Media("application/pdf", ".pdf", "a PDF")),
    (b"PK\x03\x04", ZIP),
    (b"PK\x05\x06", ZIP),
    (b"\x1f\x8b", GZIP),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OLE),
    (b"Rar!\x1a\x07", Media("application/vnd.rar", ".rar", "a RAR archive")),
    (b"7z\xbc\xaf\x27\x1c", Media("application/x-7z-compressed", ".7z", "a 7-Zip archive")),
    (b"\x7fELF", Media("application/x-elf", ".elf", "a Linux program")),
    (b"OggS", Media("audio/ogg", ".ogg", "an Ogg sound")),
    (b"fLaC", Media("audio/flac", ".flac", "a FLAC sound")),
    (b"\xff\xfa", MP3),
    (b"\xff\xfb", MP3),
    (b"\xff\xf2", MP3),
    (b"\xff\xf3", MP3),
    (b"\xff\xf1", AAC),
    (b"\xff\xf9", AAC),
    (b"%!PS", Media("application/postscript", ".ps", "a PostScript document")),
    (b"SQLite format 3\x00", SQLITE),
)
LETTERS: tuple[tuple[bytes, Media], ...] = (
    (b"BM", BMP),
    (b"MZ", Media("application/vnd.microsoft.portable-executable", ".exe", "a Windows program")),
    (b"ID3", MP3),
)
"""Signatures that a sentence may begin with too: they count only where the bytes are no text."""
RIFF = {b"WEBP": WEBP, b"WAVE": WAV, b"AVI ": Media("video/x-msvideo", ".avi", "an AVI video")}
FTYP = {
    b"avif": AVIF, b"avis": AVIF,
    b"heic": HEIC, b"heix": HEIC, b"heim": HEIC, b"heis": HEIC, b"hevc": HEIC, b"hevx": HEIC,
    b"M4A ": M4A, b"qt  ": Media("video/quicktime", ".mov", "a QuickTime video"),
}  # fmt: skip
KNOWN: dict[str, Media] = {
    media.type: media
    for media in (
        *(media for _, media in (*SIGNATURES, *LETTERS)), *RIFF.values(), *FTYP.values(),
        MP4, WEBM, WEBM_SOUND, MKV, SVG, HTML, XML, TEXT,
    )
}  # fmt: skip
"""Every kind that bytes alone can tell, by media type."""
CARRIERS = frozenset({TEXT, BYTES, XML, ZIP, GZIP, OLE, SQLITE, TIFF, MP4})
"""Kinds that others are built on: a table is text, a .docx a ZIP archive, a raw photo a TIFF."""


def sniff(content: bytes) -> Media:
    """Tell the kind of file from its bytes; what nothing tells is `application/octet-stream`."""
    if not content:
        return EMPTY
    if content[:4] == b"RIFF":
        return RIFF.get(content[8:12], BYTES)
    if content[4:8] == b"ftyp":
        return _isobmff(content)
    if content[:4] == b"\x1aE\xdf\xa3":
        return _ebml(content[:4096])
    for signature, media in SIGNATURES:
        if content.startswith(signature):
            return media
    kind = _text(content)
    if kind is BYTES:
        return next((media for letters, media in LETTERS if content.startswith(letters)), BYTES)
    return kind


def is_utf8(content: bytes) -> bool:
    """Say whether bytes are UTF-8 (RFC 3629)."""
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def one_of(words: Sequence[str]) -> str:
    """Write alternatives: `JPEG, PNG or WebP`."""
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def _isobmff(content: bytes) -> Media:
    """Tell AVIF, HEIC and MP4 apart by their brands (ISO/IEC 14496-12, section 4.3)."""
    size = min(int.from_bytes(content[:4], "big"), 256)
    brands = [content[8:12], *(content[i : i + 4] for i in range(16, size, 4))]
    told = next((FTYP[brand] for brand in brands if brand in FTYP), MP4)
    if told is MP4:
        tracks = _movie(content)
        # handlers of the tracks (section 8.4.3): phones record sound alone into plain MP4
        return M4A if b"soun" in tracks and b"vide" not in tracks else MP4
    return told


def _movie(content: bytes) -> bytes:
    """Give the box that describes an MP4's tracks, empty where there is none."""
    at = 0
    while at + 8 <= len(content):
        size, kind = int.from_bytes(content[at : at + 4], "big"), content[at + 4 : at + 8]
        if size == 1:
            size = int.from_bytes(content[at + 8 : at + 16], "big")
        if kind == b"moov":
            return content[at : at + size]
        if size < 8:
            break
        at += size
    return b""


def _ebml(head: bytes) -> Media:
    """Tell WebM and Matroska apart by their document type, sound by its codecs (RFC 9559)."""
    if b"matroska" in head[:64]:
        return MKV
    return WEBM_SOUND if b"A_" in head and b"V_" not in head else WEBM


def _text(content: bytes) -> Media:
    head = content[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<script")):
        return HTML
    if head.startswith((b"<?xml", b"<svg", b"<!--", b"<!doctype svg")):
        return SVG if b"<svg" in head else XML
    return BYTES if CONTROL.search(content) or not is_utf8(content) else TEXT
