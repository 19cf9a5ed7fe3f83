"""Which validators of labels and data together are there? One file each; this is the table."""

from librarian.component import Family, table
from librarian.cross.aspect import Aspect
from librarian.cross.cel import Cel
from librarian.cross.checksum import Checksum
from librarian.cross.fname import Fname
from librarian.cross.inside import Inside

CROSS = Family("xvalidators", "validator", table(Aspect, Cel, Checksum, Fname, Inside))
