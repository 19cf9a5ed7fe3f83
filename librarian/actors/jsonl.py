"""How are documents kept as lines? One JSON object on each line of one file (jsonlines.org)."""

from librarian.component import component
from librarian.disk.layout import LINES
from librarian.disk.onefile import OneFile


@component
class Jsonl(OneFile):
    """Keep labels, or data that are JSON, as lines of one file, each a JSON object.

    A file that is there already is gone on with. Many processes of one machine may write to it; an
    index lies beside it and is made anew where it is missing. States that are given to records lie
    beside it too, in a file that ends in `.review`: keep the two together.
    """

    name = "jsonl"
    example = {"args": ["contributions/labels.jsonl"]}
    layout = LINES
