"""How is a JSON Schema made ready for use? Compiled once, checked whole, nothing ever fetched.

JSON Schema 2020-12 (Core and Validation). What would fail or be skipped while contributors wait is
found at start: faults against the meta-schema, references that lead nowhere or into the network,
formats that nobody can check, schemas that refer to themselves without end.
"""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from math import isfinite
from typing import Any

from librarian.problem import Path, nearest
from librarian.schemas import words as schema_words

DIALECT = "https://json-schema.org/draft/2020-12/schema"
LONGEST_FORMATTED = {"iri": 500, "iri-reference": 500}
"""The grammar of IRIs takes a millisecond for each character."""
LONGEST = 5000


def compiled(schema: dict[str, Any]) -> Any:
    """Make a validator of a schema without faults; formats are checked, references are local."""
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend
    from jsonschema_specifications import REGISTRY  # type: ignore[import-untyped]

    dialect = extend(Draft202012Validator, {"properties": _properties, "multipleOf": _multiple_of})
    own = {name: value for name, value in schema.items() if name != "$schema"}
    return dialect(own, registry=REGISTRY, format_checker=_format_checker())


def _properties(validator: Any, members: Any, value: Any, _: Any) -> Iterator[Any]:
    """Check members as jsonschema does, which forgets where a member is that may not be."""
    if not validator.is_type(value, "object"):
        return
    for name, schema in members.items():
        if name in value:
            asked = {"not": {}} if schema is False else schema
            yield from validator.descend(value[name], asked, path=name, schema_path=name)


def _multiple_of(validator: Any, step: Any, value: Any, _: Any) -> Iterator[Any]:
    """Count in decimals, as they are written: jsonschema divides by twos, and 0.07 is no 0.01s."""
    from jsonschema import ValidationError

    if not validator.is_type(value, "number"):
        return
    if not isfinite(value) or decimal(value) % decimal(step):
        yield ValidationError("is no multiple")


def decimal(number: float) -> Fraction:
    """Give a number as it is written: 0.1 is a tenth, not the float beside it."""
    return Fraction(number if isinstance(number, int) else repr(number))


def faults(schema: dict[str, Any]) -> Iterator[tuple[Path, str]]:
    """Yield what is wrong with a schema: the path in it, and a sentence."""
    found = [*_other_dialects(schema, ()), *_against_meta_schema(schema, ())]
    found = found or list(_loose_ends(schema))
    yield from found
    if found:
        return
    validator = compiled(schema)
    samples: tuple[Any, ...] = (None, True, 1, "", [], {})
    for sample in samples:
        try:
            any(validator.iter_errors(sample))
        except RecursionError:
            yield (), "refers to itself without end"
            return


def resolver_of(schema: dict[str, Any]) -> Any:
    """Give what follows the references of a schema; it knows the schema and the specifications."""
    from jsonschema_specifications import REGISTRY
    from referencing.jsonschema import DRAFT202012

    return REGISTRY.resolver_with_root(DRAFT202012.create_resource(schema))


def _format_checker() -> Any:
    from jsonschema import Draft202012Validator, FormatChecker
    from jsonschema.exceptions import FormatError

    class Formats(FormatChecker):  # type: ignore[misc]
        """Checks formats; what makes a checker stumble is not of its format either."""

        checkers = Draft202012Validator.FORMAT_CHECKER.checkers

        def check(self, instance: object, format: str) -> None:  # noqa: A002 - jsonschema's name
            longest = LONGEST_FORMATTED.get(format, LONGEST)
            if isinstance(instance, str) and len(instance) > longest:
                raise FormatError("too long to be checked")
            try:
                super().check(instance, format)
            except FormatError:
                raise
            except Exception as error:  # hostile text brings out what no checker declares
                raise FormatError("cannot be checked") from error

    return Formats()


def _other_dialects(node: Any, path: Path) -> Iterator[tuple[Path, str]]:
    members: Any = ()
    if isinstance(node, Mapping):
        if isinstance(node.get("$schema"), str) and node["$schema"].rstrip("#") != DIALECT:
            yield (*path, "$schema"), f"must be {DIALECT}, the one dialect read here"
        members = node.items()
    elif isinstance(node, list):
        members = enumerate(node)
    for name, each in members:
        yield from _other_dialects(each, (*path, name))


def _against_meta_schema(schema: Any, path: Path) -> Iterator[tuple[Path, str]]:
    from jsonschema import Draft202012Validator

    meta = compiled(Draft202012Validator.META_SCHEMA)
    for error in meta.iter_errors(schema):
        message = schema_words.predicate(error)
        if error.absolute_path and error.absolute_path[-1] == "type":
            message = f"must be one of {', '.join(schema_words.TYPES)}, or a list of them"
        yield (*path, *error.absolute_path), message


def _loose_ends(schema: dict[str, Any]) -> Iterator[tuple[Path, str]]:
    """Yield references that cannot be followed and formats that cannot be checked."""
    from referencing.exceptions import Unresolvable
    from referencing.jsonschema import DRAFT202012

    known = _format_checker().checkers
    where = dict(_places(schema, ()))
    waiting: list[tuple[Any, Any, Path]] = [(schema, resolver_of(schema), ())]
    seen: set[int] = set()
    while waiting:
        node, resolver, path = waiting.pop()
        if not isinstance(node, dict) or id(node) in seen:
            continue
        seen.add(id(node))
        for keyword in ("$ref", "$dynamicRef"):
            if keyword not in node:
                continue
            try:
                target = resolver.lookup(node[keyword])
            except (Unresolvable, ValueError):
                message = "leads to nothing in this schema; other addresses are never fetched"
                yield (*path, keyword), message
                continue
            wrong = list(_against_meta_schema(target.contents, ()))
            if wrong:
                yield (*path, keyword), "leads to something that is no schema"
            else:
                there = where.get(id(target.contents), (*path, keyword))
                waiting.append((target.contents, target.resolver, there))
        if "format" in node and node["format"] not in known:
            hint = nearest(node["format"], known)
            yield (*path, "format"), f"is no format that can be checked here.{hint}"
        for inner in DRAFT202012.create_resource(node).subresources():
            there = where.get(id(inner.contents), path)
            waiting.append((inner.contents, resolver.in_subresource(inner), there))


def _places(node: Any, path: Path) -> Iterator[tuple[int, Path]]:
    """Tell of every object in a schema where it stands, by its identity."""
    if isinstance(node, Mapping):
        yield id(node), path
        for name, each in node.items():
            yield from _places(each, (*path, name))
    elif isinstance(node, list):
        for index, each in enumerate(node):
            yield from _places(each, (*path, index))
