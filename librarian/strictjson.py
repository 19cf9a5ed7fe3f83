"""How is JSON read? Strictly, as RFC 8259 means it: no name twice, no NaN, no broken Unicode."""

import json
from collections.abc import Callable, Iterable
from json import encoder
from typing import Any, NoReturn

DEEPEST = 90
"""How deep objects and lists may nest; BSON, the strictest of the stores, ends at 100."""
MOST = 250_000
"""Commas and opening brackets of one text: of two bytes each, they make a hundred times that."""

CANONICAL = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
)
BOM = "\ufeff"


class NotJson(ValueError):
    """The text is not JSON as this service takes it; the message never quotes the text."""


def loads(text: str | bytes) -> Any:
    """Read one JSON text. Raises NotJson with what is wrong and where."""
    try:
        was_utf_8 = isinstance(text, bytes)
        if isinstance(text, bytes):
            text = text.decode("utf-8-sig")
        opened = text.count("[") + text.count("{")
        if opened + text.count(",") > MOST:
            raise NotJson("it holds too many values")
        value = json.loads(text) if text.startswith(BOM) else _decode(text)  # that says so
        if opened > DEEPEST and _nested(value):
            raise NotJson("it is nested too deeply")
        if "\\" in text:  # only then there can be half of a surrogate pair,
            json.dumps(value, ensure_ascii=False).encode()
        elif not was_utf_8:  # or where the text itself has it
            text.encode()
    except NotJson:
        raise
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise NotJson(f"this is not JSON: {error.msg.lower()} ({where})") from None
    except UnicodeDecodeError:
        raise NotJson("this is not UTF-8 text") from None
    except UnicodeEncodeError:
        raise NotJson("half of a surrogate pair stands alone in it") from None
    except RecursionError:
        raise NotJson("it is nested too deeply") from None
    except ValueError:
        raise NotJson("a number in it is too long") from None
    return value


def members(text: str | bytes) -> dict[str, Any]:
    """Read one JSON object. Raises NotJson."""
    value = loads(text)
    if not isinstance(value, dict):
        raise NotJson("this is not a JSON object")
    return value


def dumps(value: Any) -> bytes:
    """Write JSON as UTF-8 bytes in one canonical form: sorted names, no spaces."""
    return _written(value).encode()


def writer(form: json.JSONEncoder) -> Callable[[Any], str]:
    """Give what writes texts as an encoder does, which makes its means anew for each text.

    The form leaves Unicode as it is and indents nothing; no value holds itself.
    """
    made = getattr(encoder, "c_make_encoder", None)
    if made is None:
        return form.encode
    separators = form.key_separator, form.item_separator
    flags = form.sort_keys, form.skipkeys, form.allow_nan
    pieces: Callable[[Any, int], Iterable[str]] = made(
        None, form.default, encoder.encode_basestring, None, *separators, *flags
    )
    return lambda value: "".join(pieces(value, 0))


def same(one: Any, other: Any) -> bool:
    """Say whether two JSON values are equal: 1 is 1.0, but never true."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def _nested(value: Any) -> bool:
    """Say whether a value is nested more deeply than DEEPEST, without recursion."""
    level = [value]
    for _ in range(DEEPEST + 1):
        containers = [each for each in level if isinstance(each, dict | list)]
        if not containers:
            return False
        level = [m for c in containers for m in (c.values() if isinstance(c, dict) else c)]
    return True


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise NotJson(f"the name {json.dumps(twice[:40])} stands in it twice")
    return value


def _constant(word: str) -> NoReturn:
    raise NotJson(f"{word} is no JSON number")


def _float(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise NotJson("a number in it is too large")
    return number


_decode = json.JSONDecoder(
    object_pairs_hook=_object, parse_constant=_constant, parse_float=_float
).decode
_written = writer(CANONICAL)
