"""Where does an XMP packet say that a picture was taken? Those properties become white space.

XMP is RDF in XML (ISO 16684-1): a property is an attribute or an element. The packet is read as a
strict reader of XML would, with namespaces; what such a reader would refuse, or what could hide
something (a document type, an unknown encoding), is blanked whole.
"""

import codecs
import re
from typing import NamedTuple

from librarian.privacy import place
from librarian.privacy.clean import Clean, Cleaner, Few, Unsafe

JPEG_HEAD = b"http://ns.adobe.com/xap/1.0/\0"
NOTHING = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"/>'
MARKS = (b"rdf:RDF", b"xmpmeta", b"<?xpacket", b"22-rdf-syntax-ns")
TOKEN = re.compile(
    r"<!--(?P<comment>.*?)-->|<!\[CDATA\[.*?\]\]>|<\?(?P<note>.*?)\?>"
    r"|</(?P<ends>[^\s<>/=\"']++)\s*+>"
    r"|<(?P<begins>[^\s<>/=\"'!?]++)"
    r"(?P<attributes>(?:\s++[^\s<>/=\"']++\s*+=\s*+(?:\"[^\"<]*+\"|'[^'<]*+'))*+)"
    r"\s*+(?P<alone>/?)>|(?P<text>[^<]++)",
    re.DOTALL,
)
"""Every part gives back nothing once it has matched, so that no text takes long to refuse."""
ATTRIBUTE = re.compile(r"([^\s<>/=\"']++)\s*+=\s*+(?:\"([^\"<]*+)\"|'([^'<]*+)')")
NOTES = ("xpacket", "xml ", "adobe-xap-filters")
DEEPEST, MOST_SPACES, MOST_PARTS = 200, 200, 50_000
SIGNS = (
    (b"\x00\x00\xfe\xff", "utf-32-be"), (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\xfe\xff", "utf-16-be"), (b"\xff\xfe", "utf-16-le"),
    (b"\x00\x00\x00<", "utf-32-be"), (b"<\x00\x00\x00", "utf-32-le"),
    (b"\x00<", "utf-16-be"), (b"<\x00", "utf-16-le"),
)  # fmt: skip
Spaces = dict[str, str]
BOUND = {"": "", "xml": "http://www.w3.org/XML/1998/namespace", "xmlns": ""}
"""The prefixes that need not be declared."""
Span = tuple[int, int]


class _Open(NamedTuple):
    """An element that is not closed yet."""

    name: str
    spaces: Spaces
    at: int
    """Where it begins, if it tells a place; else -1."""


def looks_like(data: bytes) -> bool:
    """Say whether this is a packet, in whatever encoding."""
    head = data[:4096].replace(b"\0", b"")
    return any(mark in head for mark in MARKS)


def cleaned(packet: bytes) -> Clean:
    """Turn every property that tells a place into white space, byte for byte."""
    try:
        text, encoding, unit = _decoded(packet)
        spans, removed = _found(text)
    except Unsafe:
        return emptied(packet)
    if not spans:
        return Clean(packet)
    pieces, at = [], 0
    for start, end in spans:
        width = len(text[start:end].encode(encoding)) // unit
        pieces += [text[at:start], " " * width]
        at = end
    pieces.append(text[at:])
    return Clean("".join(pieces).encode(encoding), removed)


def emptied(packet: bytes) -> Clean:
    """Put a packet that says nothing in the place of a whole one."""
    kept = NOTHING if len(packet) >= len(NOTHING) else b""
    content = kept.ljust(len(packet), b" ")
    return Clean(content, ("xmp",) if packet.strip(b"\0 ") and packet != content else ())


def few() -> Cleaner:
    """Give what cleans the packets of one file."""
    return Few(cleaned, emptied)


def _decoded(packet: bytes) -> tuple[str, str, int]:
    """Read the text; tell its encoding and the bytes of a space. Raises Unsafe."""
    encoding = next((name for sign, name in SIGNS if packet.startswith(sign)), "utf-8")
    try:
        text = packet.decode(encoding)
    except UnicodeDecodeError:
        raise Unsafe("XMP in no encoding of Unicode") from None
    unit = len(" ".encode(encoding))
    if encoding == "utf-8" and "\0" in text.rstrip("\0"):
        raise Unsafe("XMP with zeros in it")
    said = re.match(r"\ufeff?\s*<\?xml[^>]*encoding\s*=\s*[\"']([^\"']*)", text)
    if said and unit == 1 and not _is_utf8(said[1]):
        raise Unsafe("XMP in another encoding than Unicode's")
    return text, encoding, unit


def _is_utf8(name: str) -> bool:
    try:
        return codecs.lookup(name).name in ("utf-8", "ascii")
    except LookupError:
        return False


def _found(text: str) -> tuple[list[Span], tuple[str, ...]]:
    """Find what is to be blanked, in order. Raises Unsafe where the XML does not hold."""
    spans: list[Span] = []
    removed: dict[str, None] = {}
    opened: list[_Open] = []
    inside = 0  # open elements that tell a place
    at = parts = 0
    while at < len(text):
        token = TOKEN.match(text, at)
        if token is None:
            raise Unsafe("XMP that is no XML")
        at = token.end()
        parts += 1 + (token["attributes"] or "").count("=")
        if parts > MOST_PARTS:
            raise Unsafe("XMP too long to read")
        if token["begins"]:
            spaces = _spaces(token["attributes"], opened[-1].spaces if opened else BOUND)
            tells = _tells(token["begins"], spaces)
            inside += tells
            if not inside:
                own = list(_attributes(token, spaces))
                spans += own
                removed |= dict.fromkeys(["xmp-location"] if own else [])
            opened.append(_Open(token["begins"], spaces, token.start() if tells else -1))
            if len(opened) > DEEPEST or len(spaces) > MOST_SPACES:
                raise Unsafe("XMP too deep to read")
        if token["ends"] or token["alone"]:
            if not opened or opened[-1].name != (token["ends"] or token["begins"]):
                raise Unsafe("XMP whose elements do not match")
            last = opened.pop()
            if last.at >= 0:
                inside -= 1
                if not inside:
                    spans.append((last.at, at))
                    removed["xmp-location"] = None
        elif not inside and _is_aside(token, within=bool(opened)):
            spans.append(token.span())
            removed["xmp-comment"] = None
    if opened:
        raise Unsafe("XMP that breaks off")
    return spans, tuple(removed)


def _is_aside(token: re.Match[str], *, within: bool) -> bool:
    """Say whether this is no part of the data: a comment, a note, text outside of the root."""
    if token["text"]:
        return not within and token["text"].strip("\ufeff\0 \t\r\n") != ""
    if token["note"] is not None:
        return not token["note"].startswith(NOTES) or len(token["note"]) > 200
    if token["comment"] is not None:
        return token["comment"].strip() != ""
    return token.group().startswith("<![") and not within


def _spaces(attributes: str, outer: Spaces) -> Spaces:
    """Give the namespaces by prefix, with those that an element declares."""
    own = {
        name.removeprefix("xmlns").removeprefix(":"): double or single
        for name, double, single in ATTRIBUTE.findall(attributes)
        if name == "xmlns" or name.startswith("xmlns:")
    }
    return outer | own if own else outer


def _tells(name: str, spaces: Spaces) -> bool:
    """Say whether a property tells a place. Raises Unsafe where its vocabulary is not declared."""
    prefix, _, local = name.rpartition(":")
    if prefix not in spaces:
        raise Unsafe("XMP of an undeclared vocabulary")
    return place.names(local, spaces[prefix])


def _attributes(token: re.Match[str], spaces: Spaces) -> list[Span]:
    """Find the attributes of an element that tell a place."""
    begin = token.start("attributes")
    found = ATTRIBUTE.finditer(token["attributes"])
    return [
        (begin + each.start(), begin + each.end())
        for each in found
        if _tells(each[1], spaces) and not each[1].startswith("xmlns")
    ]
