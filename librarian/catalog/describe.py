"""How is a component explained on a terminal? Its sentence, its params, an entry that works."""

import json
import textwrap
from collections.abc import Iterator
from typing import Any

from librarian import foreign
from librarian.catalog.param import Param, params, sentences
from librarian.component import Amends, Family, Fetches, Lists, Scans, Selects, Undoes
from librarian.inputs import INPUTS
from librarian.record import Blob, Document
from librarian.settings.binding import NONE
from librarian.settings.declared import CHAINS, FAMILIES, INPUT

WIDTH = 88
TAKES = {Blob: "files", Document: "JSON"}
NO_STEP = "No step: an entry of this name does nothing."


def describe(name: str = "") -> str:
    """Explain a family, every component of a name, or list all. Raises KeyError, Unusable."""
    if not name:
        return "\n\n".join(_overview(family) for family in FAMILIES)
    family = next((each for each in FAMILIES if each.name == name.lower()), None)
    if family is not None:
        return _overview(family)
    if name.lower() == NONE:
        return f"{NONE}\n  {NO_STEP}"
    found = find(name)
    if not found:
        raise KeyError(name)
    return "\n\n".join("\n".join(_whole(family, made)) for family, made in found)


def find(name: str) -> list[tuple[Family, type[Any]]]:
    """Find every component of a name; `file` is an input, a validator and an actor.

    Raises Unusable for one of another package that cannot be used.
    """
    every = [(family, foreign.find(family, name)) for family in FAMILIES]
    return [(family, made) for family, made in every if made is not None]


def entry(family: Family, made: type[Any]) -> dict[str, Any]:
    """Give an entry of the configuration that uses the component, as an owner would write it."""
    example = {key: value for key, value in made.example.items() if key != family.word}
    return {family.word: made.name, **example}


def takes(made: type[Any]) -> str:
    """Say which kinds of part it takes."""
    return " and ".join(word for kind, word in TAKES.items() if kind in made.takes)


def places(family: Family, made: type[Any]) -> list[str]:
    """Name the variables in which it can stand; labels are JSON, data are either."""
    if family is INPUTS:
        return [INPUT]
    names = []
    for name, chain in CHAINS.items():
        of_labels = name.startswith("LABEL_")
        fits = Document in made.takes if of_labels else not getattr(made, "labels_only", False)
        if chain.family is family and fits:
            names.append(name)
    return names


def abilities(made: type[Any]) -> str:
    """Say what an actor can do beyond storing."""
    if issubclass(made, Fetches):
        listed = ", listed" if issubclass(made, Lists) else ""
        return f"can be undone{listed} and read back{_looked_up(made)}"
    if issubclass(made, Undoes):
        return "can be undone"
    if hasattr(made, "outlet"):
        return "acts after everything is stored, until it could; cannot be undone"
    return "acts after everything is stored; cannot be undone"


def _looked_up(made: type[Any]) -> str:
    """Say how a store of label records is asked for some of them, and whether states change."""
    if not issubclass(made, Scans):
        return ""
    found = (
        "label records are looked up by time"
        if issubclass(made, Selects)
        else "to find some label records, all are read"
    )
    given = "can be approved or rejected" if issubclass(made, Amends) else "none can be approved"
    return f"; {found}, and {given}"


def _overview(family: Family) -> str:
    names = {made.name: _from(made) for made in foreign.table(family).values()}
    if family is not INPUTS:
        names[NONE] = NO_STEP
    unusable = {name: f"Not used: {why}." for name, why in foreign.faults(family).items()}
    width = max(map(len, (*names, *unusable)))
    told = [*names.items(), *unusable.items()]
    return "\n".join([family.name, *(_aligned(n, s, width) for n, s in told)])


def _from(made: type[Any]) -> str:
    """Give a component's sentence, and the package that it is from."""
    package = foreign.package_of(made)
    return sentences(made)[0] + (f" (From {package}.)" if package else "")


def _whole(family: Family, made: type[Any]) -> Iterator[str]:
    first, rest = sentences(made)
    yield f"{made.name} ({family.name})"
    yield textwrap.fill(first, WIDTH, initial_indent="  ", subsequent_indent="  ")
    for paragraph in rest.split("\n\n") if rest else ():
        yield ""
        text = " ".join(paragraph.split())
        yield textwrap.fill(text, WIDTH, initial_indent="  ", subsequent_indent="  ")
    yield ""
    if foreign.package_of(made):
        yield f"  from      the package {foreign.package_of(made)}"
    if made.takes:
        yield f"  takes     {takes(made)}"
    if family.word == "actor":
        yield _aligned("able", abilities(made), width=8)
    yield f"  stands in {', '.join(places(family, made))}"
    yield f"  example   {json.dumps(entry(family, made), ensure_ascii=False)}"
    told = params(made)
    if told:
        yield "  params"
        width = max(len(param.name) for param in told)
        for param in told:
            yield _aligned(param.name, _sentence(param), width, indent=4)


def _sentence(param: Param) -> str:
    """Write one param as `help (kind, limits; default; by name only)`."""
    facts = [", ".join(filter(None, (param.kind, param.limits)))]
    if param.required:
        facts.append("needed")
    elif param.default:
        facts.append(f"default {param.default}")
    if not param.positional:
        facts.append("by name only")
    return f"{param.help} ({'; '.join(facts)})"


def _aligned(name: str, text: str, width: int, indent: int = 2) -> str:
    start = " " * indent + name.ljust(width + 2)
    return textwrap.fill(
        text, WIDTH, initial_indent=start, subsequent_indent=" " * (indent + width + 2)
    )
