"""Is what a person gives to the page what is stored, to the last digit, and can they go on then?"""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.e2e.contributor import Contributor
from tests.e2e.stack import Stack, service
from tests.e2e.states import CATS, photo
from tests.e2e.test_kinds import FILES, LOCAL, labels, names, records

LARGE = 2**53 + 1
"""The first whole number that a browser's own numbers cannot tell from its neighbour."""
TYPED = '{"id": 9007199254740993, "b": 1.0}'
Serve = Callable[[dict[str, str]], Stack]


def schema(properties: dict[str, Any], *required: str) -> str:
    rule = {"properties": properties, "required": list(required)}
    return json.dumps([{"validator": "schema", "args": [rule]}])


def inputs(*told: dict[str, object]) -> str:
    return json.dumps([{"required": False, **each} for each in told])


PICTURES = {**LOCAL, "DATA_VALID_CONFIG": '[{"validator": "img"}]'}
EXACT = {
    **FILES,
    "INPUT_CONFIG": inputs({"type": "text", "tag": "said"}, {"type": "json", "tag": "doc"}),
    "LABEL_VALID_CONFIG": schema({"big": {"type": "integer"}, "more": {"type": "object"}}),
}
NAMED = {**PICTURES, "LABEL_VALID_CONFIG": schema({"filename": {"type": "string"}}, "filename")}
MEMBERS = ("classList", "addEventListener", "dispatchEvent", "noValidate", "elements")
SHADOWED = {
    **PICTURES,
    "LABEL_VALID_CONFIG": schema({name: {"type": "string"} for name in MEMBERS}),
}
TWO = {
    **PICTURES,
    "INPUT_CONFIG": inputs({"type": "file", "tag": "image"}, {"type": "file", "tag": "mask"}),
}


@pytest.fixture(scope="module")
def serve() -> Iterator[Serve]:
    """Give a service with these variables."""
    with ExitStack() as running:
        yield lambda variables: running.enter_context(service(variables, "--workers=1"))


def test_numbers_and_json_are_stored_as_they_were_typed(tabs: BrowserContext, serve: Serve) -> None:
    stack = serve(EXACT)
    person = Contributor(tabs, stack.url)
    person.page.fill('[name="doc"]', TYPED)
    person.page.fill('[name="big"]', str(LARGE))
    person.page.fill('[name="more"]', f'{{"id": -{LARGE}, "half": 0.5}}')
    person.send()
    person.told("Thank you")
    (record,) = records(stack)
    assert labels(record) == {"big": LARGE, "more": {"id": -LARGE, "half": 0.5}}
    (kept,) = [path for path in stack.folder.glob("*/data/*") if path.is_file()]
    assert kept.read_text() == TYPED
    assert person.wrong == []


def test_of_several_files_each_has_its_own_name_unless_a_person_gave_another(
    tabs: BrowserContext, serve: Serve, tmp_path: Path
) -> None:
    stack = serve(NAMED)
    person = Contributor(tabs, stack.url)
    files = [photo(tmp_path, f"{number}.jpg", width=40) for number in (1, 2, 3)]
    person.choose(*files)
    person.send()
    person.told("Thank you")
    assert {each["filename"] for each in records(stack)} == {"1.jpg", "2.jpg", "3.jpg"}
    assert names(stack) == {"1.jpg", "2.jpg", "3.jpg"}
    person.page.keyboard.press("Escape")
    person.choose(*files[:2])
    person.page.locator("#about summary").click()
    person.page.fill('[name="filename"]', "mine.jpg")
    person.send()
    person.told("Thank you")
    assert [each["filename"] for each in records(stack)[3:]] == ["mine.jpg", "mine.jpg"]


def test_a_label_may_be_called_as_a_member_of_the_form_is(
    tabs: BrowserContext, serve: Serve, tmp_path: Path
) -> None:
    stack = serve(SHADOWED)
    person = Contributor(tabs, stack.url)
    person.choose(photo(tmp_path, width=40))
    for name in MEMBERS:
        person.page.fill(f'[name="{name}"]', f"the {name}")
    person.send()
    person.told("Thank you")
    (record,) = records(stack)
    assert labels(record) == {name: f"the {name}" for name in MEMBERS}
    assert person.wrong == []


def test_the_same_second_file_can_be_chosen_for_the_next(
    tabs: BrowserContext, serve: Serve, tmp_path: Path
) -> None:
    stack = serve(TWO)
    person = Contributor(tabs, stack.url)
    mask = photo(tmp_path, "mask.jpg", width=40)
    for number in (1, 2):
        person.choose(photo(tmp_path, f"{number}.jpg", width=40))
        person.choose(mask, tag="mask")
        person.send()
        person.told("Thank you")
        person.page.keyboard.press("Escape")
    kept = [
        [each["filename"] for each in record["_librarian"]["data"]] for record in records(stack)
    ]
    assert kept == [["1.jpg", "mask.jpg"], ["2.jpg", "mask.jpg"]]


def test_what_another_tab_left_behind_is_told_where_it_is_sent(
    tabs: BrowserContext, serve: Serve, tmp_path: Path
) -> None:
    stack = serve(PICTURES)
    first, second = Contributor(tabs, stack.url), Contributor(tabs, stack.url)
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(photo(tmp_path, "left.jpg", width=40).read_bytes()[:-300])
    tabs.set_offline(True)
    first.choose(broken, tmp_path / "left.jpg")
    first.send()
    first.told("Not sent yet")
    first.page.close()
    tabs.set_offline(False)
    said = second.told("Not taken")
    assert "broken.jpg" in said
    lines = second.page.locator("#list li")
    expect(lines).to_have_count(2)
    expect(second.page.locator("#list .stored .name")).to_have_text("left.jpg")
    expect(second.page.locator("#list .refused .name")).to_have_text("broken.jpg")
    assert names(stack) == {"left.jpg"}


def test_the_keyboard_goes_on_where_what_it_was_at_is_gone(
    tabs: BrowserContext, serve: Serve, tmp_path: Path
) -> None:
    stack = serve({**PICTURES, "PAGE_TITLE": "Keys"})
    person = Contributor(tabs, stack.url)
    held = person.page.locator("main :focus")
    person.choose(photo(tmp_path, width=40))
    person.send()
    person.told("Thank you")
    person.page.keyboard.press("Escape")
    expect(held).to_have_count(1)
    tabs.set_offline(True)
    person.choose(photo(tmp_path, width=40))
    person.send()
    person.told("Not sent yet")
    person.page.keyboard.press("Escape")
    person.page.get_by_role("button", name="Cancel").focus()
    person.page.keyboard.press("Enter")
    expect(person.page.locator("#list li")).to_have_count(1)
    expect(held).to_have_count(1)
    tabs.set_offline(False)


def test_a_box_that_was_typed_can_be_removed_and_not_placed_again(
    tabs: BrowserContext, serve: Serve, tmp_path: Path
) -> None:
    person = Contributor(tabs, serve(CATS).url)
    person.choose(photo(tmp_path))
    place, remove = (
        person.page.get_by_role("button", name=name) for name in ("Place a box", "Remove the box")
    )
    expect(place).to_be_visible()
    person.page.locator("#about summary").click()
    for name, number in zip(("x", "y", "width", "height"), (10, 10, 100, 100), strict=True):
        person.page.fill(f'[name="{name}"]', str(number))
    expect(place).to_be_hidden()
    expect(remove).to_be_visible()
    assert person.numbers() == ["10", "10", "100", "100"]


def test_a_file_that_is_another_meanwhile_is_told_and_not_tried_without_end(
    tabs: BrowserContext, serve: Serve, tmp_path: Path
) -> None:
    stack = serve({**PICTURES, "PAGE_TITLE": "Gone"})
    tabs.add_init_script("Object.defineProperty(window, 'indexedDB', { value: undefined })")
    person = Contributor(tabs, stack.url)
    other = photo(tmp_path, "other.jpg", width=64)
    person.choose(other)
    expect(person.page.locator("#work img")).to_be_visible()
    other.write_bytes(other.read_bytes() * 2)
    person.send()
    assert "other.jpg" in person.told("Not taken")
    assert not records(stack)
