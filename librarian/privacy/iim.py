"""Where does an IPTC record say that a picture was taken? IIM 4.2; datasets are blanked in place.

A dataset is 0x1C, its record, its number and the length of its value; what no standard knows goes
too. Records that cannot be walked are blanked whole.
"""

from librarian.privacy import place
from librarian.privacy.clean import Clean, Sheet, blanked

MARK, MOST = 0x1C, 5_000
BINARY = frozenset({0, 125, 200, 201, 202})
"""Datasets of record 2 that are no text."""
RECORDS = frozenset({1, 3, 7, 8, 9})
"""Records that hold no place: envelope, newsphoto, pre-object, object and post-object data."""


def cleaned(block: bytes) -> Clean:
    """Blank every dataset that tells a place."""
    sheet, at = Sheet(block), 0
    for _ in range(MOST):
        if at + 5 > len(block) or block[at] != MARK:
            break
        record, number = block[at + 1], block[at + 2]
        size = int.from_bytes(block[at + 3 : at + 5], "big")
        at += 5
        if size & 0x8000:  # an extended dataset: these are the bytes of its length
            longer = size & 0x7FFF
            if longer > 4:
                return blanked(block, "iptc")
            size = int.from_bytes(block[at : at + longer], "big")
            at += longer
        if at + size > len(block):
            return blanked(block, "iptc")
        value = block[at : at + size]
        if word := _word(record, number):
            sheet.put(at, blanked(value, word, b" "))
        elif record == 2 and number not in BINARY and bytes((MARK,)) in value:
            return blanked(block, "iptc")  # no text holds the mark: a length is wrong
        at += size
    if block[at:].strip(b"\0"):
        return blanked(block, "iptc")
    return sheet.clean()


def _word(record: int, number: int) -> str:
    if record == 2 and number in place.IIM:
        return "iptc-location"
    known = record in RECORDS or (record == 2 and number in place.IIM_KNOWN)
    return "" if known else "iptc-unknown"
