"""Do labels or JSON data keep to a JSON Schema? Its 2020-12 dialect, formats included."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from librarian import schemas
from librarian.component import Validator, component
from librarian.problem import Problem
from librarian.record import Document
from librarian.schemas import plainly
from librarian.schemas import types as schema_types
from librarian.schemas import words as schema_words


def _faultless(schema: dict[str, Any]) -> dict[str, Any]:
    """Let a schema through. Raises ValidationError with every fault at its place."""
    found = [
        InitErrorDetails(
            type=PydanticCustomError("json_schema", "{said}", {"said": said}), loc=path, input=None
        )
        for path, said in schemas.faults(schema)
    ]
    if found:
        raise ValidationError.from_exception_data("schema", found)
    return schema


@component
class Schema(Validator[Document]):
    """Check labels or JSON data against a JSON Schema (2020-12).

    Formats are checked too. References lead to places in the schema itself (`#/$defs/...`);
    nothing is ever fetched. Every fault is told, each with its place.
    """

    name = "schema"
    example = {
        "args": [
            {
                "properties": {"mood": {"enum": ["glad", "sad"]}, "age": {"type": "integer"}},
                "required": ["mood"],
            }
        ]
    }

    json_schema: Annotated[
        dict[str, Any], AfterValidator(_faultless), Field(description="the JSON Schema")
    ]

    @cached_property
    def validator(self) -> Any:
        """The compiled schema, made once."""
        return schemas.compiled(self.json_schema)

    @cached_property
    def _plainly(self) -> plainly.Check | None:
        return plainly.check_of(self.json_schema)

    def declares(self) -> Mapping[str, str]:
        """Say how text is read: as the types that the schema's properties have."""
        return schema_types.declared(self.json_schema)

    def schema(self) -> Mapping[str, Any]:
        """Give the JSON Schema of the labels it lets through: this one."""
        return self.json_schema

    def check(self, part: Document) -> Iterator[Problem]:
        """Yield every fault; the rule is the keyword of JSON Schema."""
        plain = self._plainly is not None and self._plainly(part.value)
        return iter(()) if plain else self._faults(part)

    def _faults(self, part: Document) -> Iterator[Problem]:
        told: set[tuple[object, ...]] = set()
        try:
            for error in self.validator.iter_errors(part.value):
                for problem in schema_words.problems(error):
                    known = (problem.rule, problem.path, problem.message)
                    if known not in told:
                        told.add(known)
                        yield problem
        except RecursionError:
            yield Problem("depth", "This is nested too deeply to be checked.")
        except OverflowError:
            yield Problem("maximum", "A number in this is too large to be checked.")
