"""Do modules that travel as one do what they did apart, and is another form refused?"""

import re

import pytest
from playwright.sync_api import BrowserContext

from librarian.web.assets import FOLDER
from librarian.web.joined import joined

MODULES = {
    "start": 'import { add, One } from "./sums.js";\nimport { name } from "./words.js";\n\n'
    "globalThis.told = [add(1, 2), new One().name, name, await_()];\n"
    "function await_() {\n  return typeof base;\n}\n",
    "sums": 'import { base, name } from "./words.js";\n\nexport function add(a, b) {\n'
    "  return base + a + b;\n}\n\nexport class One {\n  name = name;\n}\n",
    "words": 'export const { base, name } = { base: 10, name: "words" };\n',
    "other": "globalThis.told = undefined;\n",
}


def test_each_module_is_there_once_after_what_it_imports_and_keeps_its_names_to_itself(
    tabs: BrowserContext,
) -> None:
    text = joined(MODULES, "start")
    assert re.findall(r"^const \$(\w+)", text, re.MULTILINE) == ["words", "sums", "start"]
    page = tabs.new_page()
    page.add_script_tag(content=text, type="module")
    page.wait_for_function("'told' in globalThis")  # a module runs when it is its turn
    assert page.evaluate("told") == [13, "words", "words", "undefined"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('import * as all from "./words.js";\n', "has another form: import"),
        ('import { one as two } from "./words.js";\n', "has another form: import"),
        ('import "./words.js";\n', "has another form: import"),
        ("export default 1;\n", "has another form: export"),
        ("export let one = 1;\n", "has another form: export"),
        ('import { one } from "./start.js";\n', "imports itself"),
    ],
)
def test_another_form_is_refused(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        joined({**MODULES, "start": text}, "start")


def test_every_module_of_the_page_travels_with_it() -> None:
    modules = {file.stem: file.read_text(encoding="utf-8") for file in FOLDER.glob("*.js")}
    text = joined(modules, "page")
    assert {f"const ${name} = (() => {{" for name in modules} == set(
        re.findall(r"^const \$\w+ = \(\(\) => \{", text, re.MULTILINE)
    )
