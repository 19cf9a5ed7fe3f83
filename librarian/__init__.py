"""DataLibrarian takes in crowdsourced training data: received, validated, stored, answered."""

__version__ = "0.1.0"
