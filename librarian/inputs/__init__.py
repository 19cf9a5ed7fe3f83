"""Which forms of sending are there? One file each; this is the table."""

from librarian.component import Family, table
from librarian.inputs.base64 import Base64
from librarian.inputs.file import File
from librarian.inputs.json import Json
from librarian.inputs.raw import Raw
from librarian.inputs.text import Text

INPUTS = Family("inputs", "type", table(Base64, File, Json, Raw, Text))
