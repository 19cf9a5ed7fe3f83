"""Which validators of one part are there? One file each; this is the table."""

from librarian.component import Family, table
from librarian.validators.img import Img
from librarian.validators.type import Type

VALIDATORS = Family("validators", "validator", table(Img, Type))
