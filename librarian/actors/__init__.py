"""Which actors are there? One file each; this is the table."""

from librarian.actors.print import Print
from librarian.component import Family, table

ACTORS = Family("actors", "actor", table(Print))
