"""Does the page ask for whatever the configuration wants, and send what was answered?"""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Route, expect

from librarian.access import keys
from tests.e2e.contributor import Contributor
from tests.e2e.stack import Stack, service
from tests.e2e.states import CATS, SPOKEN, photo, sound
from tests.pictures import make

LOCAL = {
    "DATA_ACTOR_CONFIG": '[{"actor": "image", "args": ["data"]}]',
    "LABEL_ACTOR_CONFIG": '[{"actor": "sqlite", "args": ["labels.sqlite"]}]',
}
FILES = {**LOCAL, "DATA_ACTOR_CONFIG": '[{"actor": "file", "args": ["data"]}]'}
PLAINLY = {
    **LOCAL,
    "DATA_VALID_CONFIG": '[{"validator": "img"}]',
    "LIBRARIAN_MAX_BYTES": "100KiB",
}
FRACTIONS = {
    **LOCAL,
    "LABEL_VALID_CONFIG": json.dumps([
        {"validator": "type", "args": [dict.fromkeys(
            ("top", "left", "bottom", "right", "rotate", "aspect_ratio"), "float")]},
        {"validator": "choice", "args": [{"aspect_ratio": [1, 1.5]}]},
    ]),
    "CROSS_VALID_CONFIG": json.dumps([
        {"validator": name, "kwargs": {key: ["top", "left", "bottom", "right"],
                                       "unit": "fractions"}}
        for name, key in (("inside", "labels"), ("aspect", "box"))
    ]),
    "DATA_VALID_CONFIG": '[{"validator": "img", "kwargs": {"max_width": 400}}]',
    "PAGE_DOWNSCALE": "yes",
}  # fmt: skip

Serve = Callable[[dict[str, str]], Stack]


@pytest.fixture(scope="module")
def serve() -> Iterator[Serve]:
    """Give a service with these variables, started once."""
    stacks: dict[str, Stack] = {}
    with ExitStack() as running:

        def stack(variables: dict[str, str]) -> Stack:
            key = repr(variables)
            if key not in stacks:
                stacks[key] = running.enter_context(service(variables, "--workers=1"))
            return stacks[key]

        yield stack


def records(stack: Stack) -> list[dict[str, Any]]:
    database = next(stack.folder.glob("*/labels.sqlite"), None)
    if database is None:
        return []
    with closing(sqlite3.connect(database)) as connection:
        rows = connection.execute("SELECT document FROM contributions ORDER BY rowid").fetchall()
    return [json.loads(document) for (document,) in rows]


def names(stack: Stack) -> set[str]:
    """Give the names of the files that are stored."""
    return {each["_librarian"]["data"][0]["filename"] for each in records(stack)}


def labels(record: dict[str, Any]) -> dict[str, Any]:
    return {name: each for name, each in record.items() if name not in ("_id", "uid", "_librarian")}


def test_each_kind_of_label_has_its_field_and_is_sent_as_its_type(
    tabs: BrowserContext, serve: Serve, tmp_path: Path
) -> None:
    stack = serve({**CATS, **LOCAL})
    person = Contributor(tabs, stack.url)
    person.choose(photo(tmp_path))
    person.draw(0.25, 0.25, 0.75, 0.75)
    person.pick("glad")
    person.page.select_option('[name="breed"]', "Manx")
    person.page.fill('[name="taken"]', "2026-11-24")
    person.page.fill('[name="cats"]', "2")
    person.page.locator(".switch").click()
    person.pick("red")
    person.pick("white")
    person.page.fill('[name="plate"]', "Misu")
    person.send()
    person.told("Thank you")
    (record,) = records(stack)
    assert labels(record) == {
        "filename": "kitchen.jpg", "x": 300, "y": 225, "width": 600, "height": 450, "rotate": 0.0,
        "aspect_ratio": 1.3333, "mood": "glad", "breed": "Manx", "taken": "2026-11-24", "cats": 2,
        "blurred": True, "colours": ["red", "white"], "plate": "Misu",
    }  # fmt: skip
    assert person.wrong == []


def test_a_shape_that_is_chosen_holds_the_box_and_a_large_picture_is_made_smaller(
    tabs: BrowserContext, serve: Serve, tmp_path: Path
) -> None:
    stack = serve(FRACTIONS)
    person = Contributor(tabs, stack.url)
    person.choose(photo(tmp_path, width=800, height=600))
    person.pick("1.5")
    person.draw(0.1, 0.1, 0.7, 0.2)
    person.page.locator("#about summary").click()
    person.page.fill('[name="rotate"]', "12.5")
    person.send()
    person.told("Thank you")
    (record,) = records(stack)
    across, down = record["right"] - record["left"], record["bottom"] - record["top"]
    assert across * 4 / (down * 3) == pytest.approx(1.5, rel=0.01)
    assert across == pytest.approx(0.6, abs=0.01)
    assert (record["rotate"], record["aspect_ratio"]) == (12.5, 1.5)
    kept = record["_librarian"]["data"][0]
    assert (kept["width"], kept["height"]) == (400, 300)


def test_sound_and_text_are_sent_together_in_the_owners_language(
    tabs: BrowserContext, serve: Serve, tmp_path: Path
) -> None:
    stack = serve({**SPOKEN, **FILES})
    person = Contributor(tabs, stack.url)
    assert person.page.locator('[name="sound"]').get_attribute("accept") == "audio/mpeg,audio/wav"
    person.choose(sound(tmp_path), tag="sound")
    expect(person.page.locator("audio")).to_be_visible()
    person.page.fill('[name="word"]', "kissa")
    person.send()
    assert "“sentence” puuttuu." in person.page.locator("#summary").inner_text()
    person.page.fill('[name="sentence"]', "Kissa istuu.\nSe nukkuu.")
    person.send()
    person.told("Kiitos")
    (record,) = records(stack)
    assert record["word"] == "kissa"
    assert [each["tag"] for each in record["_librarian"]["data"]] == ["sound", "sentence"]
    contents = [path.read_bytes() for path in stack.folder.glob("*/data/*") if path.is_file()]
    assert b"Kissa istuu.\nSe nukkuu." in contents


def test_files_that_are_dropped_or_pasted_are_each_a_record_with_the_same_labels(
    tabs: BrowserContext, serve: Serve
) -> None:
    stack = serve(PLAINLY)
    person = Contributor(tabs, stack.url)
    codes = [list(make("JPEG", 40, 30, seed=seed)) for seed in (1, 2, 3)]
    moved = """([codes, type]) => {
      const carried = new DataTransfer();
      codes.forEach((code, at) => carried.items.add(
        new File([new Uint8Array(code)], `${type}${at}.jpg`, { type: "image/jpeg" })));
      const options = { bubbles: true, cancelable: true };
      if (type === "paste") {
        document.dispatchEvent(new ClipboardEvent(type, { ...options, clipboardData: carried }));
      } else {
        document.querySelector(".pick").dispatchEvent(
          new DragEvent(type, { ...options, dataTransfer: carried }));
      }
    }"""
    for number, (type_, sent) in enumerate((("drop", codes), ("paste", codes[:1])), 1):
        person.page.evaluate(moved, [sent, type_])
        if len(sent) > 1:
            expect(person.page.locator("#send")).to_have_text("Send all 3")
            expect(person.page.locator(".thumbs img")).to_have_count(3)
        person.page.fill('[name="label"]', f"cat {number}")
        person.send()
        person.told("Thank you")
        person.page.keyboard.press("Escape")
    found = [each["label"] for each in records(stack) if each.get("label", "").startswith("cat ")]
    assert found == ["cat 1"] * 3 + ["cat 2"]
    assert names(stack) >= {"drop0.jpg", "drop1.jpg", "drop2.jpg", "paste0.jpg"}
    assert person.wrong == []


def test_a_file_of_another_kind_is_named_and_one_too_large_is_not_even_sent(
    tabs: BrowserContext, serve: Serve, tmp_path: Path
) -> None:
    heic = tmp_path / "IMG_1.heic"
    heic.write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0heicmif1" + bytes(100))
    large = tmp_path / "large.jpg"
    large.write_bytes(make("JPEG", 40, 30) + bytes(300_000))
    stack = serve(PLAINLY)
    person = Contributor(tabs, stack.url)
    person.choose(large)
    person.send()
    expect(person.page.locator("#in-0-fault")).to_contain_text("at most 100 KiB are taken")
    person.choose(heic)
    person.send()
    assert "This is a HEIC image, as iPhones take them; send a JPEG" in person.told("Not taken")
    assert not names(stack) & {"IMG_1.heic", "large.jpg"}


def test_a_box_that_is_not_drawn_is_one_fault_where_it_is_to_be_drawn(
    tabs: BrowserContext, serve: Serve, tmp_path: Path
) -> None:
    stack = serve({**CATS, **LOCAL})
    person = Contributor(tabs, stack.url)
    page = person.page
    person.choose(photo(tmp_path, "undrawn.jpg"))
    person.pick("glad")
    person.send()
    said = page.locator("#work-fault")
    expect(said).to_have_text("Draw the box on the picture.")
    assert page.locator("#summary li").all_inner_texts() == ["Draw the box on the picture."]
    expect(page.get_by_role("button", name="Place a box")).to_be_focused()
    page.keyboard.press("Enter")
    expect(said).to_be_hidden()
    assert person.numbers() == ["300", "225", "600", "450"]
    person.choose(photo(tmp_path, "tiny.jpg", width=4, height=2))
    expect(page.locator("#work .head")).to_contain_text("tiny.jpg")
    assert person.numbers() == [""] * 4, "a box on another picture is none on this one"
    person.draw(0.25, 0, 0.75, 1)
    assert person.numbers() == ["1", "0", "2", "2"]
    for name, content, told in (
        ("IMG_2.heic", b"\0\0\0\x18ftypheic\0\0\0\0heicmif1", "a HEIC image, as iPhones take them"),
        (
            "page.jpg",
            b"<html>",
            "cannot be shown here, so no box can be drawn on it; choose another",
        ),
        ("nothing.jpg", b"", "This file is empty; choose another"),
    ):
        (tmp_path / name).write_bytes(content)
        person.choose(tmp_path / name)
        expect(page.locator("#work .head")).to_contain_text(name)
        person.send()
        (line,) = page.locator("#summary li").all_inner_texts()
        assert told in line
    assert person.wrong == []
    assert not names(stack) & {"undrawn.jpg", "tiny.jpg", "IMG_2.heic", "page.jpg", "nothing.jpg"}


def test_an_impatient_finger_sends_once_and_is_told_of_no_fault(
    tabs: BrowserContext, serve: Serve, tmp_path: Path
) -> None:
    stack = serve(PLAINLY)
    person = Contributor(tabs, stack.url)
    for number, act in enumerate(("dblclick", "thrice")):
        person.choose(photo(tmp_path, f"{act}.jpg", width=64))
        person.page.fill('[name="label"]', f"impatient {number}")
        if act == "dblclick":
            person.page.locator("#send").dblclick()
        else:
            person.page.locator("#send").evaluate("(b) => { b.click(); b.click(); b.click(); }")
        person.told("Thank you")
        expect(person.page.locator("#summary")).to_be_hidden()
        person.page.keyboard.press("Escape")
    sent = [each["label"] for each in records(stack) if "impatient" in each.get("label", "")]
    assert sent == ["impatient 0", "impatient 1"]


def test_the_service_is_woken_while_a_contributor_still_chooses(
    tabs: BrowserContext, serve: Serve, tmp_path: Path
) -> None:
    person = Contributor(tabs, serve(PLAINLY).url)
    with person.page.expect_request("**/livez"):
        person.choose(photo(tmp_path, width=64))


GEOMETRY = """async () => {
  const { drawn, labelsOf, boxOf, moved, pulled, ratioOf } = await import("/static/geometry.js");
  const size = { width: 400, height: 300 };
  const box = { left: 0.25, top: 0.25, right: 0.75, bottom: 0.75 };
  const middle = ({ left, right, top, bottom }) => [(left + right) / 2, (top + bottom) / 2];
  const about = { form: "xywh", unit: "pixels",
                  labels: { x: "x", y: "y", width: "w", height: "h" } };
  const values = labelsOf(box, about, size);
  const turned = pulled(box, "e", 0, 60, size, { turn: 90 });
  return {
    values, back: boxOf(values, about, size), wall: moved(box, 1, -1),
    locked: ["se", "nw", "n", "e"].map(
      (handle) => ratioOf(pulled(box, handle, 900, -900, size, { ratio: 1 }), size)),
    inside: Object.values(drawn({ x: 0.9, y: 0.9 }, { x: 1, y: 1 }, size, { ratio: 3 })),
    crossed: pulled(box, "e", -900, 0, size), turned, middle: middle(turned),
  };
}"""


def test_sums_of_the_box_hold_at_edges_with_a_ratio_and_when_turned(
    tabs: BrowserContext, serve: Serve
) -> None:
    person = Contributor(tabs, serve({**CATS, **LOCAL}).url)
    told = person.page.evaluate(GEOMETRY)
    assert told["values"] == {"x": 100, "y": 75, "w": 200, "h": 150}
    assert told["back"] == {"left": 0.25, "top": 0.25, "right": 0.75, "bottom": 0.75}
    assert told["wall"] == {"left": 0.5, "top": 0, "right": 1, "bottom": 0.5}
    assert told["locked"] == pytest.approx([1, 1, 1, 1])
    assert all(0 <= each <= 1 for each in told["inside"])
    assert told["crossed"]["right"] - told["crossed"]["left"] == pytest.approx(1 / 400)
    # a box turned by a quarter has its east below: pulled down by 60, it is 60 longer
    assert (told["turned"]["right"] - told["turned"]["left"]) * 400 == pytest.approx(260)
    assert told["middle"] == pytest.approx([0.5, 0.5 + 30 / 300])


def test_consent_and_an_access_key_are_asked_for_and_sent(
    tabs: BrowserContext, serve: Serve, tmp_path: Path
) -> None:
    key = keys.make()
    stack = serve({
        **LOCAL, "DATA_VALID_CONFIG": '[{"validator": "img"}]', "ACCESS_SUBMIT": keys.entry_of(key),
        "PRIVACY_CONSENT_TEXT": "Anyone may use my photo.", "PRIVACY_CONSENT_VERSION": "2026-11",
    })  # fmt: skip
    person = Contributor(tabs, stack.url)
    person.choose(photo(tmp_path))
    person.send()
    said = person.page.locator("#summary").inner_text()
    assert "Please give the key first." in said
    assert "Please say that you agree." in said
    person.page.fill("#key", keys.make())
    person.page.check("#agreed")
    person.send()
    assert "key" in person.told("Not taken")
    person.page.get_by_role("button", name="Mend it", exact=True).click()
    person.page.fill("#key", key)
    person.send()
    person.told("Thank you")
    (record,) = records(stack)
    assert record["_librarian"]["consent"]["version"] == "2026-11"
    assert person.page.evaluate("JSON.stringify({ ...localStorage })").count(key) == 0


def test_where_the_browser_keeps_nothing_it_is_sent_at_once(
    tabs: BrowserContext, serve: Serve, tmp_path: Path
) -> None:
    stack = serve(PLAINLY)
    tabs.add_init_script("Object.defineProperty(window, 'indexedDB', { value: undefined })")
    person = Contributor(tabs, stack.url)
    person.choose(photo(tmp_path, "unkept.jpg", width=64))
    person.page.fill('[name="label"]', "dog")
    person.send()
    person.told("Thank you")
    person.page.keyboard.press("Escape")
    person.choose(sound(tmp_path))
    person.send()
    assert "This is a WAV sound" in person.told("Not taken")
    assert "unkept.jpg" in names(stack)
    assert "word.wav" not in names(stack)


def test_what_is_chosen_before_the_script_is_there_is_not_lost(
    tabs: BrowserContext, serve: Serve, tmp_path: Path
) -> None:
    stack = serve(PLAINLY)
    page = tabs.new_page()
    held: list[Route] = []
    page.route("**/page.js", lambda route: held.append(route))
    page.goto(f"{stack.url}/", wait_until="commit")
    page.set_input_files("#in-0", photo(tmp_path, "early.jpg", width=64))
    page.fill('[name="label"]', "early")
    page.wait_for_timeout(100)
    held[0].continue_()
    expect(page.locator("#work .head")).to_contain_text("early.jpg")
    page.click("#send")
    expect(page.locator("dialog[open].good")).to_be_visible()
    (record,) = (each for each in records(stack) if each.get("label") == "early")
    assert record["_librarian"]["data"][0]["filename"] == "early.jpg"
