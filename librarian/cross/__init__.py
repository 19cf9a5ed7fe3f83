"""Which validators of labels and data together are there? One file each; this is the table."""

from librarian.component import Family, table

CROSS = Family("xvalidators", "validator", table())
