"""How is a value written into a cell of CSV, so that no spreadsheet runs it?

Text that begins as a formula does (= + - @, a tab, a line's end, or their wide forms) gets a single
quote before it, which spreadsheets read as “this is text”; text that begins with a single quote
gets one more, so that exactly one is to be taken away. So does the empty text, for an empty cell
says that there is nothing. Numbers stay numbers, and every text stands in double quotes, so that no
separator within it makes a cell of its own (OWASP, "CSV Injection").
"""

import csv
import json
from collections.abc import Iterable
from typing import Any, TextIO

from librarian import strictjson

DANGER = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "'")


def safe(text: str) -> str:
    """Write a text so that it stays a text."""
    return f"'{text}" if not text or text.startswith(DANGER) else text


def plain(cell: str) -> str:
    """Read a text that `safe` wrote."""
    return cell[1:] if cell.startswith("'") else cell


def cell(value: Any) -> Any:
    """Write a value: nothing as an empty cell, a list as JSON, true and false as these words."""
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return "" if value is None else value
    if isinstance(value, bool):
        return json.dumps(value)
    return safe(value if isinstance(value, str) else strictjson.dumps(value).decode())


def write(file: TextIO, names: Iterable[str], rows: Iterable[Iterable[Any]]) -> None:
    """Write a table (RFC 4180)."""
    writer = csv.writer(file, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow([safe(name) for name in names])
    writer.writerows([cell(value) for value in row] for row in rows)
