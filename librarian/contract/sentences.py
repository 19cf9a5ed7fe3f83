"""In which sentences does the service tell what is wrong with a label? For clients that look first.

The very sentences of the validators, by rule; `{actual}` stands for what was given. A client that
finds a fault by the label's schema shows the sentence that the service would answer with.
"""

from collections.abc import Mapping
from typing import Any

from librarian.paths import path_of
from librarian.plain import say_place
from librarian.schemas.words import NUMBERS, PREDICATES
from librarian.validators.regex import FORM

CHECKED = (
    "type", "enum", "const", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
    "multipleOf", "minLength", "maxLength", "pattern", "format", "minItems", "maxItems",
)  # fmt: skip
"""The keywords of JSON Schema that a client can look after without a library."""


def sentences(name: str, schema: Mapping[str, Any]) -> dict[str, str]:
    """Give the sentences on one label, by the rule that it breaks."""
    place = say_place(path_of(name))
    told = {"required": f"{place} is missing."}
    for rule in CHECKED:
        if rule not in schema:
            continue
        predicate = PREDICATES[rule](schema[rule])
        if rule == "pattern" and FORM in schema:
            predicate = f"must be {schema[FORM]}"
        told[rule] = f"{place} {predicate}{'; it is {actual}' if rule in NUMBERS else ''}."
    return told
