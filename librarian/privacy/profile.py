"""Which kind of metadata is a block that only its bytes can tell? It is cleaned as that kind."""

from librarian.privacy import exif, iim, photoshop, xmp
from librarian.privacy.clean import Clean, blanked


def cleaned(block: bytes) -> Clean:
    """Blank the places of a block of EXIF, IPTC or XMP; of another kind, all of it."""
    if block.startswith(exif.BEGIN):
        return exif.segment(block)
    if block.startswith((b"II*\0", b"MM\0*")):
        return exif.cleaned(block)
    if block[:4] in photoshop.SIGNATURES:
        return photoshop.cleaned(block)
    if block.startswith(photoshop.BEGIN):
        head = len(photoshop.BEGIN)
        content, removed = photoshop.cleaned(block[head:])
        return Clean(block[:head] + content, removed)
    if block[:1] == bytes((iim.MARK,)):
        return iim.cleaned(block)
    if block.startswith(xmp.JPEG_HEAD):
        head = len(xmp.JPEG_HEAD)
        content, removed = xmp.cleaned(block[head:])
        return Clean(block[:head] + content, removed)
    if xmp.looks_like(block):
        return xmp.cleaned(block)
    return blanked(block, "unknown")
