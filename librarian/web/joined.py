"""How do the page's modules travel? As one, so that a slow line is waited for once.

Modules that import each other cost a browser several ways there and back. Here each becomes a
function that gives what it exports, and they stand in one file, what is imported before what
imports it. That takes no build and no parser, because the modules keep to two forms:

    import { one, another } from "./module.js";
    export const one = …, export function one, export async function one, export class One
"""

import re
from collections.abc import Iterator, Mapping

NAMES = r"\{ (\w+(?:, \w+)*) \}"
IMPORT = re.compile(rf'^import {NAMES} from "\./(\w+)\.js";$', re.MULTILINE)
EXPORT = re.compile(
    rf"^export (?=(?:const|(?:async )?function|class) (?:(\w+)|{NAMES} =))", re.MULTILINE
)
OTHER = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)


def joined(modules: Mapping[str, str], start: str) -> str:
    """Write one module of those that `start` needs. Raises ValueError for another form."""
    parts = [_function(name, modules[name]) for name in dict.fromkeys(_needed(modules, start, ()))]
    return "\n".join(parts)


def _needed(modules: Mapping[str, str], name: str, within: tuple[str, ...]) -> Iterator[str]:
    """Name a module after all that it imports."""
    if name in within:
        raise ValueError(f"{name}.js imports itself, by {', '.join(within)}")
    for found in IMPORT.finditer(modules[name]):
        yield from _needed(modules, found[2], (*within, name))
    yield name


def _function(name: str, text: str) -> str:
    """Write a module as a function that is called at once and gives what the module exports."""
    exports = [one or several for one, several in EXPORT.findall(text)]
    body = EXPORT.sub("", IMPORT.sub(r"const { \1 } = $\2;", text))
    if other := OTHER.search(body):
        raise ValueError(f"{name}.js has another form: {other[0]}")
    return f"const ${name} = (() => {{\n{body}return {{ {', '.join(exports)} }};\n}})();"
