"""What is there to configure? Help, JSON Schema, reference and .env.example, read off the code.

Nothing here is written down twice: names, sentences, limits and defaults come from the components
and from librarian.settings.declared.
"""

from librarian.catalog.describe import describe, find
from librarian.catalog.env import env_example
from librarian.catalog.measured import metrics
from librarian.catalog.reference import reference
from librarian.catalog.schema import json_schema

__all__ = ["describe", "env_example", "find", "json_schema", "metrics", "reference"]
