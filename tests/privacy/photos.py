"""Which photographs tell where they were taken? Built here, byte by byte, with a canary in each.

The canaries are a pair of coordinates and a place name that are nowhere else; whatever a file is
stripped to, none of them may be found in it, in no encoding and behind no compression.
"""

import io
import re
import struct
import warnings
import zlib
from collections.abc import Callable, Iterator, Sequence

from PIL import Image

from tests.pictures import make, scene

TOWN = "Kanarienstadt"
LATITUDE, LONGITUDE = "52,31.8675309N", "13,24.2462462E"
NUMBERS = (0x4C4F4E47, 0x4B414E31, 0x4B414E32, 0x4B414E33)
"""Numerators that no other field has."""
CAMERA, NOTE, MOMENT = b"Libra\0", b"a note of the maker's own\0", b"2026:11:24 12:00:00\0"
ASCII, SHORT, LONG, RATIONAL, UNDEFINED = 2, 3, 4, 5, 7
Field = tuple[int, int, int, bytes]
XMP_HEAD = b"http://ns.adobe.com/xap/1.0/\0"
EXTENDED_HEAD = b"http://ns.adobe.com/xmp/extension/\0"


def canaries(order: str = "") -> Iterator[bytes]:
    """Give every canary as it may lie in a file."""
    for text in (TOWN, LATITUDE, LONGITUDE):
        for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
            yield text.encode(encoding)
        yield text.encode().hex().encode()
    for number in NUMBERS:
        for mark in "<>":
            yield struct.pack(mark + "I", number)
            yield struct.pack(mark + "I", number).hex().encode()


def found(content: bytes) -> list[bytes]:
    """Give the canaries that a file holds: bare, in hexadecimal, or in compressed text."""
    whole = [content, *_unpacked(content)]
    # digits of a raw profile stand in lines
    whole += [re.sub(rb"\s", b"", each) for each in whole if b"Raw profile" in content]
    return [each for each in canaries() if any(each in piece for piece in whole)]


def _unpacked(content: bytes) -> Iterator[bytes]:
    if not content.startswith(b"\x89PNG"):
        return
    at = 8
    while at + 12 <= len(content):
        size, kind = struct.unpack_from(">I4s", content, at)
        data = content[at + 8 : at + 8 + size]
        at += 12 + size
        for start in range(len(data)) if kind in (b"zTXt", b"iTXt") else ():
            try:
                yield zlib.decompressobj().decompress(data[start:])
            except zlib.error:
                continue


def directory(order: str, fields: Sequence[Field], at: int, following: int = 0) -> bytes:
    """Write a directory that stands at `at`, its values behind it."""
    rows, values = b"", b""
    behind = at + 2 + 12 * len(fields) + 4
    for tag, kind, count, value in sorted(fields):
        if len(value) > 4:
            place = struct.pack(order + "I", behind + len(values))
            values += value + bytes(len(value) % 2)
        else:
            place = value.ljust(4, b"\0")
        rows += struct.pack(order + "HHI", tag, kind, count) + place
    return (
        struct.pack(order + "H", len(fields)) + rows + struct.pack(order + "I", following) + values
    )


def gps(order: str) -> list[Field]:
    """Give the fields of a GPS directory."""
    north, east = (struct.pack(order + "6I", NUMBERS[i], 1, NUMBERS[i + 1], 1000, 7, 1)
                   for i in (0, 2))  # fmt: skip
    return [
        (0, 1, 4, b"\2\3\0\0"), (1, ASCII, 2, b"N\0"), (2, RATIONAL, 3, north),
        (3, ASCII, 2, b"E\0"), (4, RATIONAL, 3, east),
        (28, UNDEFINED, 8 + len(TOWN), b"ASCII\0\0\0" + TOWN.encode()),
    ]  # fmt: skip


def thumbnail() -> bytes:
    """Give a small JPEG that tells the place, too."""
    return with_segments(make("JPEG", 32, 24), [(1, b"Exif\0\0" + exif("<", small=None))])


def exif(
    order: str = "<", small: bytes | None = b"", orientation: int = 6, *, place: bool = True
) -> bytes:
    """Write a block of EXIF as cameras do: three directories, a thumbnail in a fourth."""
    short = order + "H"

    def main(sub: int, where: int) -> list[Field]:
        pointers = [(0x8825, LONG, 1, struct.pack(order + "I", where))] if place else []
        return [
            (0x010F, ASCII, len(CAMERA), CAMERA),
            (0x0112, SHORT, 1, struct.pack(short, orientation)),
            (0x0132, ASCII, len(MOMENT), MOMENT),
            (0x8769, LONG, 1, struct.pack(order + "I", sub)),
            *pointers,
        ]  # fmt: skip

    own: list[Field] = [
        (0x829A, RATIONAL, 1, struct.pack(order + "2I", 1, 250)),
        (0x9003, ASCII, len(MOMENT), MOMENT),
        (0x927C, UNDEFINED, len(NOTE), NOTE),
        (0xA002, LONG, 1, struct.pack(order + "I", 64)),
    ]
    first = len(directory(order, main(0, 0), 8))
    sub = 8 + first
    where = sub + len(directory(order, own, sub))
    last = where + (len(directory(order, gps(order), where)) if place else 0)
    block = directory(order, main(sub, where), 8, last if small else 0) + directory(order, own, sub)
    block += directory(order, gps(order), where) if place else b""
    if small:
        small = small or b""
        pixels = last + 2 + 12 * 3 + 4
        block += directory(order, [
            (0x0103, SHORT, 1, struct.pack(short, 6)),
            (0x0201, LONG, 1, struct.pack(order + "I", pixels)),
            (0x0202, LONG, 1, struct.pack(order + "I", len(small))),
        ], last) + small  # fmt: skip
    return {"<": b"II*\0", ">": b"MM\0*"}[order] + struct.pack(order + "I", 8) + block


PACKET = f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:exif="http://ns.adobe.com/exif/1.0/"
 xmlns:ps="http://ns.adobe.com/photoshop/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:core="http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/" xmlns:geo="http://www.w3.org/2003/01/geo/wgs84_pos#"
 xmlns:ext="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
 xmlns:dji="http://www.dji.com/drone-dji/1.0/"
 exif:GPSLatitude="{LATITUDE}" exif:GPSLongitude='{LONGITUDE}' exif:ExposureTime="1/250"
 dji:GpsLongtitude="{LONGITUDE}" ps:City="{TOWN}" ps:Headline="A headline that stays"
 geo:lat="{LATITUDE}">
 <ps:State>{TOWN}</ps:State><ps:Country>&#75;{TOWN}</ps:Country>
 <core:Location>{TOWN}</core:Location>
 <ext:LocationShown><rdf:Bag><rdf:li rdf:parseType="Resource"><ext:City>{TOWN}</ext:City>
  <ext:LocationId rdf:resource="http://example.org/{TOWN}"/></rdf:li></rdf:Bag></ext:LocationShown>
 <ext:LocationCreated rdf:parseType="Resource" ><ext:Sublocation><![CDATA[{TOWN}]]>
  </ext:Sublocation></ext:LocationCreated>
 <dc:description><rdf:Alt><rdf:li xml:lang="x-default">Ein Baum, 木</rdf:li></rdf:Alt>
 </dc:description>
 <!-- {TOWN} -->
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""
STAYS = ("A headline that stays", "Ein Baum, 木", "1/250")
"""What in the packet is no place."""


def iim() -> bytes:
    """Write an IPTC record."""
    town, by = TOWN.encode(), b"By-line"
    sets = [(2, 5, b"A title"), (2, 80, by), (2, 100, b"KAN")]
    sets += [(2, number, town) for number in (26, 27, 90, 92, 95, 101, 250)]
    return b"".join(bytes((0x1C, r, n)) + struct.pack(">H", len(v)) + v for r, n, v in sets)


def photoshop() -> bytes:
    """Write Photoshop's image resources, an IPTC record among them."""
    resources = [(0x03ED, b"\0\x48\0\0\0\1\0\1\0\x48\0\0\0\1\0\1"), (0x0404, iim()),
                 (0x0424, PACKET.encode()), (0x040C, bytes(28) + thumbnail())]  # fmt: skip
    return b"".join(
        b"8BIM" + struct.pack(">HHI", number, 0, len(data)) + data + bytes(len(data) % 2)
        for number, data in resources
    )


def with_segments(picture: bytes, apps: Sequence[tuple[int, bytes]]) -> bytes:
    """Put application segments behind the first one of a JPEG."""
    size = 2 + int.from_bytes(picture[4:6], "big")
    added = b"".join(
        bytes((0xFF, 0xE0 + app)) + struct.pack(">H", len(data) + 2) + data for app, data in apps
    )
    return picture[: 2 + size] + added + picture[2 + size :]


def jpeg(order: str = "<", encoding: str = "utf-8") -> bytes:
    """Give a JPEG that tells the place in every way."""
    packet = PACKET.encode(encoding)
    half = len(packet) // 2
    guid = b"0123456789ABCDEF" * 2
    pieces = [
        EXTENDED_HEAD + guid + struct.pack(">II", len(packet), at) + packet[at : at + half + 1]
        for at in (half + 1, 0)
    ]
    apps = [(1, b"Exif\0\0" + exif(order, thumbnail())), (1, XMP_HEAD + packet),
            *((1, piece) for piece in pieces), (13, b"Photoshop 3.0\0" + photoshop()),
            (4, b"Somebody's own\0" + TOWN.encode())]  # fmt: skip
    second = with_segments(make("JPEG", 48, 32, seed=2), [(1, b"Exif\0\0" + exif(">"))])
    icc = b"ICC_PROFILE\0\1\1" + b"a profile"
    first = with_segments(make("JPEG", 64, 48, comment=b"a comment"), [*apps, (2, icc)])
    return first + second + b"\0\0\0\x18ftypmp42" + TOWN.encode()


def chunk(kind: bytes, data: bytes) -> bytes:
    """Write a chunk of a PNG."""
    return struct.pack(">I4s", len(data), kind) + data + struct.pack(">I", zlib.crc32(kind + data))


def raw_profile(kind: bytes, data: bytes) -> bytes:
    """Write a block in hexadecimal, as ImageMagick does."""
    digits = data.hex().encode()
    lines = b"\n".join(digits[at : at + 72] for at in range(0, len(digits), 72))
    return b"\n%s\n%8d\n%s\n" % (kind, len(data), lines)


def png(order: str = "<", encoding: str = "utf-8") -> bytes:
    """Give a PNG that tells the place in every way."""
    picture = make("PNG", 64, 48)
    text = b"XML:com.adobe.xmp\0%s\0\0\0"
    packet = PACKET.encode(encoding)
    chunks = [
        chunk(b"eXIf", exif(order, thumbnail())),
        chunk(b"iTXt", text.replace(b"%s", b"\0") + packet),
        chunk(b"iTXt", text.replace(b"%s", b"\1") + zlib.compress(packet)),
        chunk(b"zTXt", b"Raw profile type exif\0\0"
              + zlib.compress(raw_profile(b"exif", b"Exif\0\0" + exif(order)))),
        chunk(b"tEXt", b"Raw profile type iptc\0" + raw_profile(b"iptc", photoshop())),
        chunk(b"zTXt", b"Raw profile type APP1\0\0"
              + zlib.compress(raw_profile(b"generic profile", XMP_HEAD + PACKET.encode()))),
        chunk(b"tEXt", b"exif:GPSLatitude\0" + LATITUDE.encode()),
        chunk(b"tEXt", b"Comment\0a comment that stays"),
        chunk(b"caBX", TOWN.encode()),
    ]  # fmt: skip
    return picture[:33] + b"".join(chunks) + picture[33:] + TOWN.encode()


def webp(order: str = "<", encoding: str = "utf-8") -> bytes:
    """Give a WebP that tells the place in every way."""
    content = io.BytesIO()
    block = exif(order, thumbnail())
    scene(64, 48).save(content, "WEBP", exif=block, xmp=PACKET.encode(encoding))
    more = struct.pack("<4sI", b"MINE", len(TOWN) + 1) + TOWN.encode() + b"\0"
    body = content.getvalue()[8:] + more
    return b"RIFF" + struct.pack("<I", len(body)) + body


def gif(order: str = "<", encoding: str = "utf-8") -> bytes:
    """Give a GIF that tells the place in every way."""
    picture = make("GIF", 64, 48, mode="P", frames=2)
    colours = 13 + (3 << (picture[10] & 7) + 1)
    trailer = b"\x01" + bytes(range(255, -1, -1)) + b"\0"
    added = b"!\xff\x0bXMP DataXMP" + PACKET.encode() + trailer
    for name, data in ((b"MGK8BIM0000", photoshop()), (b"MGKIPTC0000", iim()),
                       (b"SOMEBODY1.0", TOWN.encode())):  # fmt: skip
        blocks = [data[at : at + 255] for at in range(0, len(data), 255)]
        added += b"!\xff\x0b" + name + b"".join(bytes((len(b),)) + b for b in blocks) + b"\0"
    return picture[:colours] + added + picture[colours:] + TOWN.encode()


def avif(order: str = "<", encoding: str = "utf-8") -> bytes:
    """Give an AVIF that tells the place in its items, and beside them."""
    content = io.BytesIO()
    scene(64, 48).save(
        content, "AVIF", speed=10, exif=exif(order, thumbnail(), 1), xmp=PACKET.encode(encoding)
    )
    loose = [struct.pack(">I4s", 8 + len(TOWN), b"uuid") + TOWN.encode(),
             struct.pack(">I4s", 8 + len(TOWN), b"mdat") + TOWN.encode()]  # fmt: skip
    return content.getvalue() + b"".join(loose)


def tiff(order: str = "<", encoding: str = "utf-8") -> bytes:
    """Give a TIFF that tells the place in every way, in two pages."""
    picture = scene(64, 48)
    pixels = picture.tobytes()
    packet, resources = PACKET.encode(encoding), photoshop()
    whole = b""

    numbers = ((256, 64), (257, 48), (259, 1), (262, 2), (274, 1), (277, 3), (278, 48))
    short = [(tag, SHORT, 1, struct.pack(order + "H", value)) for tag, value in numbers]

    def page(at: int, following: int, sub: int, where: int, strip: int) -> bytes:
        return directory(order, [
            *short, (258, SHORT, 3, struct.pack(order + "3H", 8, 8, 8)),
            (271, ASCII, len(CAMERA), CAMERA), (273, LONG, 1, struct.pack(order + "I", strip)),
            (279, LONG, 1, struct.pack(order + "I", len(pixels))),
            (700, 1, len(packet), packet), (0x83BB, UNDEFINED, len(iim()), iim()),
            (0x8649, UNDEFINED, len(resources), resources),
            (33922, 12, 6, struct.pack(order + "6d", 0, 0, 0, 13.5, 52.5, 0)),
            (34737, ASCII, len(TOWN) + 1, TOWN.encode() + b"\0"),
            (0x8825, LONG, 1, struct.pack(order + "I", where)),
        ], at, following)  # fmt: skip

    size = len(page(8, 0, 0, 0, 0))
    where = 8 + size
    place = directory(order, gps(order), where)
    second = where + len(place)
    second += second % 2
    strip = second + size
    strip += strip % 2
    whole = page(8, second, 0, where, strip) + place
    whole = whole.ljust(second - 8, b"\0")
    plain = page(second, 0, 0, where, strip)
    whole += plain.replace(
        struct.pack(order + "HHI", 0x8825, LONG, 1), struct.pack(order + "HHI", 0xEA1C, LONG, 1)
    )
    whole = whole.ljust(strip - 8, b"\0") + pixels
    return {"<": b"II*\0", ">": b"MM\0*"}[order] + struct.pack(order + "I", 8) + whole


PHOTOS: dict[str, Callable[..., bytes]] = {
    "JPEG": jpeg, "PNG": png, "WEBP": webp, "GIF": gif, "AVIF": avif, "TIFF": tiff,
}  # fmt: skip
CONTENT = {name: photo() for name, photo in PHOTOS.items()}


def decoded(content: bytes, name: str) -> list[bytes]:
    """Decode every frame; what Pillow warns of is in the metadata."""
    warnings.filterwarnings("ignore", module="PIL")
    with Image.open(io.BytesIO(content), formats=[name]) as image:
        frames = []
        for frame in range(getattr(image, "n_frames", 1)):
            image.seek(frame)
            frames.append(image.convert("RGBA").tobytes())
    return frames
