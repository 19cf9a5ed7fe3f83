"""What is a file of an export called? By uid, tag and kind of file; no word of a contributor's.

A contributor is called otherwise here than the pseudonym under which a contribution may be
withdrawn: an export is given away, and who knows the pseudonym may do that.
"""

import hashlib
import re

from librarian import media
from librarian.record import JSON

CONTRIBUTOR = re.compile(r"c-[0-9a-f]{24}")
FOLDER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
DEVICES = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])", re.IGNORECASE)
"""What Windows lets no file be called."""


def extension(media_type: str) -> str:
    """Give the file extension of a media type, with its dot."""
    known = JSON if media_type == JSON.type else media.KNOWN.get(media_type, media.BYTES)
    return known.extension


def file(uid: str, tag: str, media_type: str, *, several: bool) -> str:
    """Name the file of one piece of data; `several` says that records may have more than one."""
    return f"{uid}{f'-{tag}' if several else ''}{extension(media_type)}"


def contributor(pseudonym: str) -> str:
    """Name a contributor in an export; one who is named so already keeps that name."""
    if not pseudonym or CONTRIBUTOR.fullmatch(pseudonym):
        return pseudonym
    hashed = hashlib.sha256(b"contributor\0" + pseudonym.encode()).hexdigest()
    return f"c-{hashed[:24]}"


def folder(word: str) -> str:
    """Name the folder of a class: by its own name where every system can have it, else by a hash.

    Names that differ in capitals alone would be one folder on some systems, so capitals are hashed
    too.
    """
    if FOLDER.fullmatch(word) and word == word.lower() and not DEVICES.fullmatch(word):
        return word
    readable = re.sub(r"[^a-z0-9]+", "-", word.lower())[:32].strip("-")
    return f"{readable or 'class'}-{hashlib.sha256(word.encode()).hexdigest()[:8]}"
