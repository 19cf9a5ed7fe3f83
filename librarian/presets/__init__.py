"""Which presets are there? One file each; this is the table."""

from librarian.presets.audio import AUDIO
from librarian.presets.boxes import BOXES
from librarian.presets.classify import CLASSIFY
from librarian.presets.crop import CROP
from librarian.presets.preset import Preset
from librarian.presets.text import TEXT

__all__ = ["PRESETS", "Preset"]

PRESETS: dict[str, Preset] = {each.name: each for each in (CROP, CLASSIFY, BOXES, TEXT, AUDIO)}
