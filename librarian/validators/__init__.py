"""Which validators of one part are there? One file each; this is the table."""

from librarian.component import Family, table
from librarian.validators.choice import Choice
from librarian.validators.file import File
from librarian.validators.img import Img
from librarian.validators.key import Key
from librarian.validators.quality import Quality
from librarian.validators.range import Range
from librarian.validators.regex import Regex
from librarian.validators.schema import Schema
from librarian.validators.size import Size
from librarian.validators.text import Text
from librarian.validators.type import Type
from librarian.validators.unique import Unique

VALIDATORS = Family(
    "validators",
    "validator",
    table(Choice, File, Img, Key, Quality, Range, Regex, Schema, Size, Text, Type, Unique),
)
