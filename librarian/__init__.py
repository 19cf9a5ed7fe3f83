"""DataLibrarian takes in crowdsourced training data: received, validated, stored, answered."""

from importlib.metadata import version

__version__ = version("data-librarian")
