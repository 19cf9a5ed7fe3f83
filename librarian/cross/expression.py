"""What may an expression say? Names that are there, and nothing that takes long on any labels.

Not a component: what `cel` checks of its expression before it serves (Common Expression Language,
github.com/google/cel-spec). CEL has no loops but its macros over lists, so an expression ends; how
soon is bounded here: macros do not stand in each other, patterns are the owner's own, and what a
macro goes through has at most MOST_VALUES values and MOST_TEXT bytes.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from librarian import strictjson
from librarian.problem import nearest

if TYPE_CHECKING:
    from cel import Program

LONGEST = 500
"""Characters of an expression; what needs more is two rules."""
MOST_VALUES = 1_000
MOST_TEXT = 16 * 2**10
MACROS = frozenset({"all", "exists", "exists_one", "filter"})
"""`map` makes lists of any size, and a rule that says yes or no can do without it."""
FUNCTIONS = frozenset({
    "contains", "double", "duration", "endsWith", "getDate", "getDayOfMonth", "getDayOfWeek",
    "getDayOfYear", "getFullYear", "getHours", "getMilliseconds", "getMinutes", "getMonth",
    "getSeconds", "int", "matches", "size", "startsWith", "string", "timestamp",
    "uint",
})  # fmt: skip
TOKEN = re.compile(
    r"""(?P<text>(?:[rR][bB]?|[bB][rR])(?:\"{3}.*?\"{3}|'{3}.*?'{3}|"[^"]*"|'[^']*')"""
    r"""|[bB]?(?:\"{3}(?:\\.|[^\\])*?\"{3}|'{3}(?:\\.|[^\\])*?'{3}"""
    r"""|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'))"""
    r"|(?P<comment>//[^\n]*)|(?P<name>[A-Za-z_][A-Za-z0-9_]*)|(?P<sign>\S)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression, the names in it, those no macro binds, whether there are macros."""

    program: "Program"
    names: frozenset[str]
    free: frozenset[str]
    macros: bool

    def fits(self, values: Any) -> bool:
        """Say whether its macros may go through these values."""
        if not self.macros:
            return True
        count = sum(1 for _ in islice(_each(values), MOST_VALUES + 1))
        return count <= MOST_VALUES and len(strictjson.dumps(values)) <= MOST_TEXT


def compiled(source: str) -> Expression:
    """Compile an expression. Raises ValueError with what is wrong with it."""
    try:
        import cel
    except ImportError:
        message = "cel needs the extra rules: pip install 'data-librarian[rules]'"
        raise ValueError(message) from None
    try:
        program = cel.compile(source)
    except ValueError as error:
        raise ValueError(f"is no CEL expression: {_place(error)}") from None
    found = program.references()
    for name in found["functions"]:
        if name[0].isalpha() and name not in FUNCTIONS:
            raise ValueError(f"calls {name}, which is no function here.{nearest(name, FUNCTIONS)}")
    names, bound = frozenset(found["variables"]), frozenset(_bound(source))
    return Expression(program, names, names - bound, bool(bound))


def _place(error: ValueError) -> str:
    """Read where and what off the library's text, which repeats the whole expression twice."""
    place = r"<input>:([0-9]+):([0-9]+): (?:Syntax error: )?(.*?)(?: expecting .*)?$"
    told = re.search(place, str(error), re.MULTILINE)
    return f"line {told[1]}, column {told[2]}: {told[3]}" if told else "it cannot be read"


def _bound(source: str) -> Iterator[str]:
    """Yield the names that macros bind. Raises ValueError for what could take long."""
    tokens = [each for each in TOKEN.finditer(source) if each.lastgroup != "comment"]
    words = [each[0] for each in tokens]
    kinds = [each.lastgroup for each in tokens]
    within: list[bool] = []
    for at, word in enumerate(words):
        called = words[at - 1] if at and kinds[at - 1] == "name" else ""
        member = at > 1 and words[at - 2] == "."
        if word == "(":
            macro = member and called in MACROS
            if member and called == "map":
                raise ValueError("uses map; a rule says yes or no: use all, exists or filter")
            if macro and any(within):
                raise ValueError(f"has {called} inside of another macro, which could take long")
            if called == "matches" and not _literal(kinds, words, at, member=member):
                raise ValueError("matches takes its pattern as a text in quotes, nothing else")
            within.append(macro)
            if macro:
                yield words[at + 1]
        elif word == ")":
            within.pop()


def _literal(kinds: list[str | None], words: list[str], at: int, *, member: bool) -> bool:
    """Say whether the pattern of a call of `matches` is a text: its last argument."""
    if member:
        return kinds[at + 1] == "text" and words[at + 2] == ")"
    depth, end = 1, at + 1
    while depth:
        depth += (words[end] == "(") - (words[end] == ")")
        end += 1
    return kinds[end - 2] == "text" and words[end - 3] == ","


def _each(value: Any) -> Iterator[Any]:
    """Yield every value below one, containers too."""
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield each
            yield from _each(each)
