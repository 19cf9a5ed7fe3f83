"""Does an entry become its component: args by position, kwargs by name, faults where they are?"""

from dataclasses import KW_ONLY
from typing import Annotated, Any, ClassVar

import pytest
from pydantic import AliasChoices, Field, SecretStr

from librarian.actors import ACTORS
from librarian.chain import Step
from librarian.component import Actor, Family, component, table
from librarian.problem import ConfigProblem
from librarian.record import Part
from librarian.settings.binding import bind_chain, fields, names_of


@component
class Box(Actor[Part]):
    """Keep things in a box, for this test only."""

    name: ClassVar[str] = "box"

    size: Annotated[int, Field(ge=1, description="how large")]
    lock: Annotated[
        SecretStr,
        Field(validation_alias=AliasChoices("lock", "lok"), description="what opens it"),
    ] = SecretStr("")
    _: KW_ONLY
    colour: Annotated[str, Field(description="which colour")] = "brown"


FAMILY = Family("actors", "actor", table(Box))


def bound(entry: Any, *options: str) -> tuple[tuple[Step, ...], dict[str, str]]:
    problems: list[ConfigProblem] = []
    steps = bind_chain(FAMILY, [entry], "X", options=options, problems=problems)
    return steps, {problem.path: problem.message for problem in problems}


def box(**entry: Any) -> dict[str, Any]:
    return {"actor": "box", **entry}


def test_args_bind_by_position_and_kwargs_by_name() -> None:
    ((step,), problems) = bound(box(args=[3, "key"], kwargs={"colour": "red"}))
    assert not problems
    made = step.component
    assert (made.size, made.lock.get_secret_value(), made.colour) == (3, "key", "red")
    assert step.path == "X[0]"


def test_numbers_that_came_as_text_from_a_variable_are_read() -> None:
    assert bound(box(args=["3"]))[0][0].component.size == 3


def test_an_old_spelling_is_still_taken() -> None:
    assert bound(box(args=[1], kwargs={"lok": "x"}))[0][0].component.lock.get_secret_value() == "x"
    assert [names_of(field) for field in fields(Box)] == [["size"], ["lock", "lok"], ["colour"]]


@pytest.mark.parametrize(
    ("entry", "path", "said"),
    [
        ("box", "X[0]", '"actor"'),
        ({"validator": "box"}, "X[0]", '"actor"'),
        (box(), "X[0].kwargs.size", "needs it"),
        (box(args=["x"]), "X[0].args[0]", "integer"),
        (box(kwargs={"size": 0}), "X[0].kwargs.size", "greater than or equal to 1"),
        (box(args=[1, "a", "red"]), "X[0].args", "2 args at most (size, lock)"),
        (box(args=[1], kwargs={"size": 1}), "X[0].kwargs.size", "X[0].args[0]"),
        (box(args=[1], kwargs={"lock": "a", "lok": "b"}), "X[0].kwargs.lok", "X[0].kwargs.lock"),
        (box(args=[1], kwargs={"color": "red"}), "X[0].kwargs.color", 'Did you mean "colour"?'),
        (box(args={"size": 1}), "X[0].args", "list"),
        (box(kwargs=[1]), "X[0].kwargs", "object"),
        (box(args=[1], colour="red"), "X[0].colour", "an entry has actor, args, kwargs"),
        ({"actor": "bax"}, "X[0].actor", 'Did you mean "box"?'),
        ({"actor": 7}, "X[0]", '"actor"'),
    ],
)
def test_each_fault_is_told_where_it_is(entry: Any, path: str, said: str) -> None:
    steps, problems = bound(entry)
    assert not steps
    assert said in problems[path]


def test_options_stand_only_where_a_chain_has_them() -> None:
    ((step,), problems) = bound(box(args=[1], input="mask", on_fail="flag"), "input", "on_fail")
    assert not problems
    assert (step.input, step.on_fail) == ("mask", "flag")
    assert set(bound(box(args=[1], input="mask"))[1]) == {"X[0].input"}
    wrong = box(args=[1], input=3, on_fail="ignore")
    assert set(bound(wrong, "input", "on_fail")[1]) == {"X[0].input", "X[0].on_fail"}


@pytest.mark.parametrize("value", [{}, "x", None, 3])
def test_a_chain_is_a_list(value: Any) -> None:
    problems: list[ConfigProblem] = []
    assert bind_chain(FAMILY, value, "X", options=(), problems=problems) == ()
    assert [problem.path for problem in problems] == ["X"]


@pytest.mark.parametrize("name", ["none", "None", "NONE"])
def test_none_means_no_step(name: str) -> None:
    assert bound({"actor": name}) == ((), {})


def test_a_secret_is_never_told() -> None:
    for value in ([["canary"]], {"canary": 1}):
        _, problems = bound(box(args=[1, value]))
        assert list(problems) == ["X[0].args[1]"]
        assert "canary" not in str(problems)


def test_a_text_that_does_not_fit_is_told_what_it_should_be_and_no_pattern() -> None:
    problems: list[ConfigProblem] = []
    entry = {"actor": "S3", "kwargs": {"bucket": "photos", "endpoint": "s3.example.org"}}
    bind_chain(ACTORS, [entry], "X", options=(), problems=problems)
    (said,) = problems
    assert said.path == "X[0].kwargs.endpoint"
    assert "https://s3.example.org" in said.message
    assert "^" not in said.message
