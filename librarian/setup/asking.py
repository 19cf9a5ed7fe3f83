"""How are the questions asked? On a terminal one by one, each until its answer can be taken."""

import sys
from collections.abc import Callable, Mapping
from getpass import getpass
from typing import Any, TextIO

from librarian import terminal
from librarian.problem import ConfigError, ConfigProblem
from librarian.setup.answers import Answers, Unfit
from librarian.setup.questions import QUESTIONS, Question

Reader = Callable[[str], str]


def answers(
    given: Mapping[str, str], environ: Mapping[str, str], *, ask: bool, stream: TextIO = sys.stdout
) -> Answers:
    """Collect the answers: from flags, else asked for, else the defaults.

    Raises ConfigError with every flag that cannot be taken, before anything is asked.
    """
    _checked(given)
    known: dict[str, Any] = {}
    for question in QUESTIONS:
        if not question.asked(known):
            continue
        said = given.get(question.name)
        default = environ.get(question.variable) or question.default(known)
        if said is None and ask:
            known[question.name] = _asked(question, default, known, stream)
        else:
            known[question.name] = _read(question, default if said is None else said, known)
    return Answers(**known)


def yes(question: str) -> bool:
    """Ask whether something is to be done; no answer is no."""
    return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")


def _checked(given: Mapping[str, str]) -> None:
    """Read every flag before the first question, with defaults in the place of answers."""
    known: dict[str, Any] = {"access_key": ""}
    problems = []
    for question in QUESTIONS:
        if not question.asked(known):
            continue
        default = question.default(known)
        try:
            known[question.name] = question.read(given.get(question.name, default).strip(), known)
        except Unfit as error:
            problems.append(ConfigProblem(_spelled(question), str(error)))
            known[question.name] = question.read(question.default(known), known)
    if problems:
        raise ConfigError(problems)


def _read(question: Question, answer: str, known: Mapping[str, Any]) -> Any:
    try:
        return question.read(answer.strip(), known)
    except Unfit as error:
        raise ConfigError([ConfigProblem(_spelled(question), str(error))]) from None


def _spelled(question: Question) -> str:
    """Name what the answer came from."""
    return question.variable or (f"--{question.name}" if question.name != "preset" else "PRESET")


def _asked(question: Question, default: str, known: Mapping[str, Any], stream: TextIO) -> Any:
    stream.write(f"\n{terminal.painted(question.ask, terminal.BOLD, stream)}\n")
    width = max((len(name) for name in question.choices or ()), default=0)
    for name, told in (question.choices or {}).items():
        stream.write(f"  {name:<{width}}  {told}\n")
    shown = "as it is in the environment" if question.hidden and default else default
    prompt = f"[{shown}] > " if shown else "> "
    read: Reader = getpass if question.hidden else input
    while True:
        answer = read(prompt).strip() or default
        try:
            return question.read(answer, known)
        except Unfit as error:
            said = str(error)
            stream.write(f"{terminal.painted(said[0].upper() + said[1:], terminal.RED, stream)}\n")
