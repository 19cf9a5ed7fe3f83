"""How are documents kept in one JSON file? As an array that is valid after every append."""

from librarian.component import component
from librarian.disk.layout import ARRAY
from librarian.disk.onefile import OneFile


@component
class Json(OneFile):
    """Keep labels, or data that are JSON, in one file that is always a valid JSON array.

    A file that is there already is gone on with. Many processes of one machine may write to it; an
    index lies beside it and is made anew where it is missing. States that are given to records lie
    beside it too, in a file that ends in `.review`: keep the two together.
    """

    name = "json"
    example = {"args": ["contributions/labels.json"]}
    layout = ARRAY
