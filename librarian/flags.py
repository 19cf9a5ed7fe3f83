"""Which flags does each command take, and what is said on the command line?

Fire calls a command first and complains about unknown flags afterwards: `serve --prot 8080` would
serve. So the arguments are read here, against the same declarations that the signatures and the
help are made from, and refused before anything runs; what Fire then gets to dispatch is spelled as
it wants it, `--name=value`, also for positional arguments (a lone `-` would be Fire's separator).
"""

import inspect
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from librarian.catalog.param import settings
from librarian.problem import nearest
from librarian.settings.declared import JSON_SETTINGS, PREFIX

WIDTH = 96
BETWEEN = "\0"
"""What stands between the words of one argument: no word of a command line can hold it."""
TRUE, FALSE = ("true", "yes", "1"), ("false", "no", "0")


@dataclass(frozen=True, slots=True)
class Flag:
    """One flag: its name as a parameter, the word that stands for its value, its help.

    `word` is empty for a switch; `variable` is the setting that it sets, if it sets one.
    """

    name: str
    word: str
    help: str
    default: str = ""
    variable: str = ""

    @property
    def spelled(self) -> str:
        """The flag as people write it."""
        return f"--{self.name.replace('_', '-')}"


@dataclass(frozen=True, slots=True)
class Argument:
    """One positional argument."""

    name: str
    word: str
    help: str
    needed: bool = True
    many: bool = False
    """Whether it takes all words that are left; `several` takes its value apart."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command: what it does, what it takes, and the function that Fire calls."""

    run: Callable[..., Any]
    arguments: tuple[Argument, ...] = ()
    flags: tuple[Flag, ...] = ()

    @property
    def summary(self) -> str:
        """The first sentence of its docstring."""
        return (inspect.getdoc(self.run) or "").partition("\n\n")[0]


class Misused(Exception):
    """The command line cannot be understood; nothing has run."""


class Asked(Exception):
    """Help was asked for; the text is the answer."""


WORDS = {
    "whole number": "N",
    "bytes": "BYTES",
    "pixels": "PIXELS",
    "text": "TEXT",
    "true or false": "true|false",
}
OWN = (
    Flag("dotenv", "FILE", "read variables from this file instead of ./.env"),
    Flag("json", "FILE", "read settings from this JSON file"),
    Flag("test", "", "print what comes in and store nothing"),
    Flag("verbose", "", "say more: the same as --log-level debug"),
    Flag("debug", "", "serve with Flask's debugger, on a loopback address only"),
)
"""What is said about a run, not about the service."""


def _of_settings() -> Iterator[Flag]:
    for name, param in settings():
        word = WORDS.get(param.kind, "CHOICE" if "enum" in param.schema else "TEXT")
        choices = f": {param.kind}" if "enum" in param.schema else ""
        yield Flag(name, word, param.help + choices, param.default, PREFIX + name.upper())
    for variable, setting in JSON_SETTINGS.items():
        yield Flag(variable.lower(), "JSON", setting.help, variable=variable)


SERVICE = (*OWN, *_of_settings())
"""Every flag of a command that reads the configuration."""
VARIABLES = {flag.name: flag.variable for flag in SERVICE if flag.variable}


def signature(command: Command) -> inspect.Signature:
    """Give the signature by which Fire calls the command."""
    names = [*(each.name for each in command.arguments), *(each.name for each in command.flags)]
    keyword = inspect.Parameter.KEYWORD_ONLY
    return inspect.Signature([inspect.Parameter(name, keyword, default="") for name in names])


def several(value: str) -> list[str]:
    """Take an argument apart that is many words."""
    return value.split(BETWEEN)


def accepted(commands: Mapping[str, Command], argv: Sequence[str], version: str) -> list[str]:
    """Check a command line and spell it for Fire. Raises Misused, Asked."""
    if not argv or argv[0] in ("-h", "--help"):
        raise Asked(overview(commands, version))
    if argv[0] == "--version":
        raise Asked(version)
    name, *rest = argv
    if name not in commands:
        kind = "flag comes after a command" if name.startswith("-") else "command"
        message = f"There is no {kind} “{name}”; there are {', '.join(commands)}."
        if kind != "command":
            message = f"“{name}”: a flag comes after a command; there are {', '.join(commands)}."
        raise Misused(message + nearest(name.lstrip("-"), commands))
    command = commands[name]
    given = dict(_given(name, command, rest))
    return [name, *(f"--{key}={value}" for key, value in given.items())]


def _given(name: str, command: Command, rest: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield what is said: parameter name and value. Raises Misused, Asked."""
    flags = {flag.name: flag for flag in command.flags}
    waiting = list(command.arguments)
    words = list(rest)
    many: list[str] = []
    said = set()
    while words:
        word = words.pop(0)
        if word in ("-h", "--help"):
            raise Asked(usage(name, command))
        if not word.startswith("-") or word == "-":
            if not waiting:
                raise Misused(f"“{word}” is one argument too many.{_more(name)}")
            if waiting[0].many:
                many.append(word)
            else:
                yield waiting.pop(0).name, word
            continue
        spelled, equals, value = word.partition("=")
        flag = flags.get(spelled.removeprefix("--").replace("-", "_").lower())
        if flag is None or not spelled.startswith("--"):
            known = [each.spelled for each in command.flags]
            message = f"librarian {name} has no flag {spelled}.{nearest(spelled, known)}"
            raise Misused(message + _more(name))
        if flag.name in said:
            raise Misused(f"{flag.spelled} is there twice.")
        said.add(flag.name)
        yield flag.name, value if equals and flag.word else _value(flag, equals, value, words)
    if many:
        yield waiting.pop(0).name, BETWEEN.join(many)
    if any(each.needed for each in waiting):
        raise Misused(f"{waiting[0].word} is missing: {waiting[0].help}.{_more(name)}")


def _value(flag: Flag, equals: str, value: str, words: list[str]) -> str:
    """Take a flag's value from the words after it; a switch alone is on."""
    if flag.word:
        if not words or words[0].startswith("--"):
            raise Misused(f"{flag.spelled} needs a value: {flag.word}, {flag.help}.")
        return words.pop(0)
    if not equals:
        value = words.pop(0) if words and words[0].lower() in ("true", "false") else "true"
    if value.lower() not in TRUE + FALSE:
        raise Misused(f"{flag.spelled} is there or not; it takes no other value.")
    return str(value.lower() in TRUE)


def _more(name: str) -> str:
    return f" See librarian {name} --help."


def overview(commands: Mapping[str, Command], version: str) -> str:
    """Say what the program does and which commands there are."""
    lines = [f"{version}: takes in crowdsourced training data.", "", "Commands:"]
    lines += _columns([(name, command.summary) for name, command in commands.items()])
    return "\n".join([*lines, "", "librarian COMMAND --help tells more; librarian serve begins."])


def usage(name: str, command: Command) -> str:
    """Write one command's help."""
    words = [each.word if each.needed else f"[{each.word}]" for each in command.arguments]
    flags = ["[FLAGS]"] if command.flags else []
    lines = [" ".join(["librarian", name, *words, *flags]), ""]
    told = inspect.getdoc(command.run) or ""
    lines += [*textwrap.wrap(" ".join(told.split()), WIDTH), ""]
    lines += _columns([(each.word, each.help) for each in command.arguments])
    rows = []
    for flag in command.flags:
        default = f" [{flag.default}]" if flag.default else ""
        rows.append((f"{flag.spelled} {flag.word}".rstrip(), flag.help + default))
    lines += [*([""] if command.arguments and rows else []), *_columns(rows)]
    return "\n".join(lines).rstrip()


def _columns(rows: Sequence[tuple[str, str]]) -> list[str]:
    width = max((len(left) for left, _ in rows), default=0) + 4
    return [
        textwrap.fill(
            right,
            WIDTH,
            initial_indent=f"  {left}".ljust(width),
            subsequent_indent=" " * width,
            break_on_hyphens=False,
        )
        for left, right in rows
    ]
