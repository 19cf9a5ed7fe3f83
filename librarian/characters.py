"""Which characters may text hold? None that cannot be seen and change what others seem to be.

Control characters end lines in logs and strings in programs; those that turn the direction of
writing make a name look like another (UAX #9; "Trojan Source", CVE-2021-42574). A text of several
lines is honest, so tabs and line ends stand in a label's text, but not in a name. The marks that
right-to-left scripts need between words (U+200E, U+200F, U+061C) turn nothing and stand in both.
"""

import re

TURNING = "\u202a-\u202e\u2066-\u2069"
HIDDEN_IN_TEXT = re.compile(f"[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f{TURNING}]")
HIDDEN_IN_NAME = re.compile(f"[\0-\x1f\x7f-\x9f\u2028\u2029{TURNING}]")
LONGEST_NAME = 255
"""Characters of a label's or a file's name, as file systems have them."""


def is_text(text: str) -> bool:
    """Say whether a text of any number of lines holds only what can be seen."""
    return HIDDEN_IN_TEXT.search(text) is None


def is_name(text: str) -> bool:
    """Say whether a text on one line, like a file's name, holds only what can be seen."""
    return HIDDEN_IN_NAME.search(text) is None
