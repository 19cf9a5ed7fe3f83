"""Does a value plainly keep to a JSON Schema? The usual keywords, each made a check once.

What is valid is nearly always so plainly: text is text and not too long, numbers are within their
limits. That is said here, in a tenth of the time; of all else, and of every schema with another
keyword, jsonschema must be asked, which also says what is wrong.
"""

from collections.abc import Callable, Mapping
from types import NoneType
from typing import Any

Check = Callable[[Any], bool]
"""Says whether a value plainly holds; no means only that one must look again."""
SAYS_NOTHING = frozenset({"$schema", "$comment", "title", "description", "default", "examples"})
TYPES: Mapping[str, frozenset[type]] = {
    "string": frozenset({str}),
    "integer": frozenset({int}),
    "number": frozenset({int, float}),
    "boolean": frozenset({bool}),
    "array": frozenset({list}),
    "object": frozenset({dict}),
    "null": frozenset({NoneType}),
}
SCALARS = frozenset({str, int, float, bool, NoneType})


def check_of(schema: Any) -> Check | None:
    """Make the check of a schema without faults; None where a keyword of it is not known here."""
    if schema is True:
        return lambda _: True
    if not isinstance(schema, dict):
        return None
    checks = []
    for keyword, limit in schema.items():
        if keyword in SAYS_NOTHING:
            continue
        check = KEYWORDS[keyword](limit, schema) if keyword in KEYWORDS else None
        if check is None:
            return None
        checks.append(check)
    return _all(checks)


def _all(checks: list[Check]) -> Check:
    if len(checks) == 1:
        return checks[0]

    def holds(value: Any) -> bool:
        for check in checks:  # noqa: SIM110 - all() takes half as long again
            if not check(value):
                return False
        return True

    return holds


def _type(limit: Any, _: Any) -> Check:
    names = [limit] if isinstance(limit, str) else limit
    kinds = frozenset[type]().union(*(TYPES[name] for name in names))
    return lambda value: type(value) in kinds


def _enum(limit: Any, _: Any) -> Check:
    allowed = frozenset((type(each), each) for each in limit if type(each) in SCALARS)
    return lambda value: type(value) in SCALARS and (type(value), value) in allowed


def _const(limit: Any, schema: Any) -> Check:
    return _enum([limit], schema)


def _minimum(limit: Any, _: Any) -> Check:
    kinds = TYPES["number"]
    return lambda value: type(value) not in kinds or value >= limit


def _maximum(limit: Any, _: Any) -> Check:
    kinds = TYPES["number"]
    return lambda value: type(value) not in kinds or value <= limit


def _least(kind: Any) -> Callable[[Any, Any], Check]:
    return lambda limit, _: lambda value: type(value) is not kind or len(value) >= limit


def _most(kind: Any) -> Callable[[Any, Any], Check]:
    return lambda limit, _: lambda value: type(value) is not kind or len(value) <= limit


def _required(limit: Any, _: Any) -> Check:
    names = frozenset(limit)
    return lambda value: type(value) is not dict or value.keys() >= names


def _properties(limit: Any, _: Any) -> Check | None:
    members = []
    for name, schema in limit.items():
        check = check_of(schema)
        if check is None:
            return None
        members.append((name, check))

    def holds(value: Any) -> bool:
        if type(value) is dict:
            for name, check in members:
                if name in value and not check(value[name]):
                    return False
        return True

    return holds


def _additional(limit: Any, schema: Any) -> Check | None:
    if limit is not False:
        return check_of(limit) if limit is True else None
    names = frozenset(schema.get("properties", {}))
    return lambda value: type(value) is not dict or value.keys() <= names


def _items(limit: Any, _: Any) -> Check | None:
    check = check_of(limit)
    return check and (lambda value: type(value) is not list or all(map(check, value)))


KEYWORDS: Mapping[str, Callable[[Any, Any], Check | None]] = {
    "type": _type,
    "enum": _enum,
    "const": _const,
    "minimum": _minimum,
    "maximum": _maximum,
    "minLength": _least(str),
    "maxLength": _most(str),
    "minItems": _least(list),
    "maxItems": _most(list),
    "items": _items,
    "required": _required,
    "properties": _properties,
    "additionalProperties": _additional,
}
