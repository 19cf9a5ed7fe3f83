"""In which states can a person find the pages? Each by its name: a service, and the way into it."""

import base64
import json
import uuid
import wave
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import urllib3
from playwright.sync_api import BrowserContext, Page, expect

from librarian.access import keys
from tests.e2e.contributor import MIDDLE, Contributor
from tests.e2e.elsewhere import narrow
from tests.pictures import make

NOWHERE = {"DATA_ACTOR_CONFIG": "[]", "LABEL_ACTOR_CONFIG": "[]"}
PAGE = {
    "PAGE_TITLE": "Where is the cat?",
    "PAGE_INTRODUCTION": "Send a photo and draw a box around the cat. It teaches our model where"
    " cats like to sit.",
}
FIELDS = {
    "mood": {"title": "How does it look?", "enum": ["glad", "sad", "neither"]},
    "breed": {"title": "Breed", "enum": ["Bengal", "Birman", "Burmese", "Manx", "Persian",
                                         "Siamese", "Sphynx"]},
    "taken": {"title": "Taken on", "type": "string", "format": "date"},
    "cats": {"title": "Cats", "description": "how many there are", "type": "integer", "minimum": 1,
             "maximum": 9},
    "blurred": {"title": "Is it blurred?", "type": "boolean"},
    "colours": {"title": "Colours", "type": "array", "items": {"enum": ["black", "red", "white"]}},
    "plate": {"title": "Name on its collar", "type": "string", "maxLength": 20},
}  # fmt: skip
CATS = {
    **NOWHERE, **PAGE,
    "INPUT_CONFIG": '{"type": ["file", "base64", "raw"], "tag": "image"}',
    "DATA_VALID_CONFIG": '[{"validator": "img", "kwargs": {"min_width": 100}}]',
    "LABEL_VALID_CONFIG": json.dumps([
        {"validator": "type", "args": [{
            "filename": "str", "x": "int", "y": "int", "width": "int", "height": "int",
            "rotate": "float?", "aspect_ratio": "float?"}]},
        {"validator": "schema", "args": [{"properties": FIELDS, "required": ["mood", "blurred"]}]},
    ]),
    "CROSS_VALID_CONFIG": '[{"validator": "inside"}, {"validator": "aspect", "kwargs": {"box":'
    ' ["x", "y", "width", "height"]}}]',
}  # fmt: skip
PLAIN = {**NOWHERE, "DATA_VALID_CONFIG": '[{"validator": "img"}]'}
LONG = "Unabhängigkeitserklärungen, Lebensversicherungsgesellschaften und was sonst zu sehen ist"
ASKING = {
    **NOWHERE, "DATA_VALID_CONFIG": '[{"validator": "img"}]',
    "ACCESS_SUBMIT": f"sha256:{'0' * 64}",
    "LABEL_VALID_CONFIG": json.dumps([{"validator": "schema", "args": [{
        "properties": {
            "kind": {"title": LONG, "enum": [LONG, LONG.upper(), "short"]},
            "a_label_without_a_title_that_is_one_very_long_word": {"type": "string"},
        },
        "required": ["kind", "a_label_without_a_title_that_is_one_very_long_word"],
    }]}]),
    "PRIVACY_CONSENT_VERSION": "2026-11",
    "PRIVACY_CONSENT_TEXT": "\n\n".join(
        f"{n}. Anyone may use my contribution, also to make money with what was learned from it. I"
        " may take it back, as long as nobody has learned from it." for n in range(1, 7)),
}  # fmt: skip
SPOKEN = {
    **NOWHERE, "PAGE_LANGUAGE": "fi", "PAGE_COLOUR": "#7a2e8e", "PAGE_COLOUR_DARK": "#dba6ea",
    "INPUT_CONFIG": '[{"type": "file", "tag": "sound"}, {"type": "text", "tag": "sentence"}]',
    "DATA_VALID_CONFIG": '[{"validator": "file", "args": [["wav", "mp3"]], "input": "sound"},'
    ' {"validator": "text", "kwargs": {"max_length": 200}, "input": "sentence"}]',
    "LABEL_VALID_CONFIG": '[{"validator": "type", "args": [{"word": "str"}]}]',
}  # fmt: skip


@dataclass(frozen=True)
class State:
    """One state: which service, and what a person does to get there; their browser's settings."""

    variables: dict[str, str]
    reach: Callable[[Page, str, Path], None]
    settings: dict[str, Any] = field(default_factory=dict)


def photo(folder: Path, name: str = "kitchen.jpg", width: int = 1200, height: int = 900) -> Path:
    """Give a photo to choose."""
    path = folder / name
    path.write_bytes(make("JPEG", width, height, seed=len(name)))
    return path


def sound(folder: Path) -> Path:
    """Give a second of silence to choose."""
    path = folder / "word.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(16_000))
    return path


def right_to_left(folder: Path) -> dict[str, str]:
    """Give a language that is written from right to left: English, marked, in brackets."""
    path = folder / "rtl.json"
    words = {"name": "pseudo", "lang": "ar", "dir": "rtl", "send_next": "[إرسال Send]"}
    path.write_text(json.dumps(words), encoding="utf-8")
    return {**CATS, "PAGE_LANGUAGE": str(path)}


def _opened(page: Page, url: str) -> Contributor:
    return Contributor(page.context, url, page)


def _empty(page: Page, url: str, folder: Path) -> None:
    _opened(page, url)


def _drawn(page: Page, url: str, folder: Path) -> None:
    person = _opened(page, url)
    person.choose(photo(folder), photo(folder, "garden.jpg"))
    person.draw(0.2, 0.2, 0.7, 0.8)


def _turned(page: Page, url: str, folder: Path) -> None:
    _drawn(page, url, folder)
    page.locator("#about summary").click()
    page.fill('[name="rotate"]', "20")


def _faults(page: Page, url: str, folder: Path) -> None:
    _drawn(page, url, folder)
    page.fill('[name="cats"]', "12")
    page.click("#send")
    expect(page.locator("#summary")).to_be_visible()


def _answered(page: Page, url: str, folder: Path, width: int = 1200) -> Contributor:
    person = _opened(page, url)
    person.choose(photo(folder, width=width, height=width * 3 // 4))
    person.draw(*MIDDLE)
    person.pick("glad")
    return person


def _sending(page: Page, url: str, folder: Path) -> None:
    person = _answered(page, url, folder)
    narrow(page, bytes_per_second=15_000)
    person.send()
    expect(page.locator("#list .state")).to_contain_text("sending,")
    page.locator("#sent").scroll_into_view_if_needed()


def _thanks(page: Page, url: str, folder: Path) -> None:
    _answered(page, url, folder).send()
    expect(page.locator("dialog[open].good")).to_be_visible()


def _refused(page: Page, url: str, folder: Path) -> None:
    _answered(page, url, folder, width=80).send()
    expect(page.locator("dialog[open].bad")).to_be_visible()


def _offline(page: Page, url: str, folder: Path) -> None:
    person = _answered(page, url, folder)
    page.context.set_offline(True)
    person.send()
    person.told("Not sent yet")


def _later(page: Page, url: str, folder: Path) -> None:
    _offline(page, url, folder)
    page.locator("dialog button", has_text="Close").click()
    page.locator("#sent").scroll_into_view_if_needed()


def _several(page: Page, url: str, folder: Path) -> None:
    person = _opened(page, url)
    person.choose(*(photo(folder, f"{'x' * n}.jpg") for n in range(1, 6)))
    expect(page.locator("#send")).to_have_text("Send all 5")


def _who(page: Page, url: str, folder: Path) -> None:
    _opened(page, url)
    page.locator("#who summary").click()


def _sound(page: Page, url: str, folder: Path) -> None:
    _opened(page, url).choose(sound(folder), tag="sound")
    expect(page.locator("audio")).to_be_visible()


def _spoken_faults(page: Page, url: str, folder: Path) -> None:
    _sound(page, url, folder)
    page.click("#send")
    expect(page.locator("#summary")).to_be_visible()


def _docs(page: Page, url: str, folder: Path) -> None:
    page.goto(f"{url}/docs")
    page.locator("details summary").first.click()


def _plainly(page: Page, url: str, folder: Path) -> None:
    page.goto(f"{url}/")
    page.set_input_files('[name="image"]', photo(folder))


def _plain_thanks(page: Page, url: str, folder: Path) -> None:
    _plainly(page, url, folder)
    page.fill('[name="label"]', "cat")
    page.click("#send")


def _plain_refused(page: Page, url: str, folder: Path) -> None:
    page.goto(f"{url}/")
    page.set_input_files('[name="image"]', sound(folder))
    page.click("#send")


def _asked(page: Page, url: str, folder: Path) -> None:
    person = _opened(page, url)
    person.choose(photo(folder, "a_photo_whose_name_is_longer_than_any_telephone_is_wide.jpg"))
    page.click("#send")
    expect(page.locator("#summary")).to_be_visible()


def _undrawn(page: Page, url: str, folder: Path) -> None:
    person = _opened(page, url)
    person.choose(photo(folder, "tiny.jpg", 60, 40))
    person.pick("glad")
    page.click("#send")
    expect(page.locator("#work-fault")).to_be_visible()


def _desk(page: Page, url: str, folder: Path, path: str = "/desk") -> None:
    for at in range(12):
        width, height = ((640, 480), (480, 640), (640, 360))[at % 3]
        turn = 25 if at == 3 else 0
        box = f"top=0.2&left=0.{at % 4 + 1}&bottom=0.7&right=0.8&rotate={turn}"
        note = quote("<b>not bold</b> =1+1" if at == 9 else "seen from the window")
        sent = {"image": base64.b64encode(make("JPEG", width, height, seed=at)).decode()}
        urllib3.request(
            "POST",
            f"{url}/put?{box}&mood={('glad', 'sad')[at % 5 == 1]}&note={note}",
            body=urlencode(sent),
            headers={
                "Content-Type": "application/x-www-form-urlencoded",
                "Idempotency-Key": f"a-picture-to-show-{at}",
            },
        )
    urllib3.request("PUT", f"{url}/upload", body=b"none of a picture", retries=False)
    page.goto(f"{url}/desk#key={DESK_KEY}")
    expect(page.locator(".item .acts:visible").first).to_be_visible()
    if path != "/desk":
        page.goto(f"{url}{path}")
    page.wait_for_load_state("networkidle")


def _door(page: Page, url: str, folder: Path) -> None:
    page.goto(f"{url}/desk")
    page.fill("#key", "librarian_wrong")
    page.click("#door button")


def _judged(page: Page, url: str, folder: Path) -> None:
    _desk(page, url, folder)
    page.keyboard.press("j")
    page.keyboard.press("a")
    page.keyboard.press("r")
    page.keyboard.type("blurred")
    page.keyboard.press("Enter")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("#chosen")).to_have_text("2 selected")


def _rejecting(page: Page, url: str, folder: Path) -> None:
    _desk(page, url, folder)
    page.keyboard.press("j")
    page.keyboard.press("r")
    expect(page.locator("#reason")).to_be_visible()


def _opened_one(page: Page, url: str, folder: Path) -> None:
    _desk(page, url, folder)
    page.keyboard.press("j")
    page.keyboard.press(" ")
    expect(page.locator("#single .zoom")).to_be_visible()
    page.wait_for_load_state("networkidle")


def _record(page: Page, url: str, folder: Path) -> None:
    _desk(page, url, folder)
    page.goto(url + str(page.locator(".item .shot").nth(2).get_attribute("href")))
    expect(page.locator(".zoom")).to_be_visible()


def _charts(page: Page, url: str, folder: Path) -> None:
    _desk(page, url, folder, "/desk/charts")
    expect(page.locator("#c-all")).to_be_visible()


def _filtered(page: Page, url: str, folder: Path) -> None:
    _desk(page, url, folder, "/desk?label=mood&value=sad&q=window&state=received")


def _no_fit(page: Page, url: str, folder: Path) -> None:
    _desk(page, url, folder, "/desk?q=nothing+like+this")


def _emptied(page: Page, url: str, folder: Path) -> None:
    page.goto(f"{url}/desk#key={DESK_KEY}")
    expect(page.locator(".empty")).to_be_visible()


def _uncounted(page: Page, url: str, folder: Path) -> None:
    _emptied(page, url, folder)
    page.goto(f"{url}/desk/charts")
    expect(page.locator("#c-refused")).to_be_visible()


def _gone(page: Page, url: str, folder: Path) -> None:
    _desk(page, url, folder, f"/desk/{'0' * 24}")


def _misasked(page: Page, url: str, folder: Path) -> None:
    _desk(page, url, folder, "/desk?since=yesterday")
    expect(page.get_by_role("alert")).to_be_visible()


def _closed(page: Page, url: str, folder: Path) -> None:
    page.goto(f"{url}/desk")
    expect(page.locator(".bad")).to_be_visible()


def _receipt(page: Page, url: str, folder: Path) -> None:
    answer = urllib3.request(
        "PUT",
        f"{url}/upload?mood=glad&note={quote('<b>not bold</b> ' + LONG)}",
        body=make("JPEG", 640, 480),
        headers={"Content-Type": "image/jpeg", "Librarian-Contributor": str(uuid.uuid4())},
    )
    page.goto(url + answer.headers["Location"])


def _withdrawn(page: Page, url: str, folder: Path) -> None:
    _receipt(page, url, folder)
    page.check('[name="sure"]')
    page.click("form button")
    expect(page.get_by_role("status")).to_be_visible()


def _withdrawn_again(page: Page, url: str, folder: Path) -> None:
    _withdrawn(page, url, folder)
    page.goto(page.url)


def _no_receipt(page: Page, url: str, folder: Path) -> None:
    page.goto(f"{url}/receipts/{'0' * 24}.{'A' * 43}")


WITHOUT = {"java_script_enabled": False}
DESK_KEY = keys.make()
DESK = {"ACCESS_REVIEW": keys.entry_of(DESK_KEY, "anna"), "PAGE_TITLE": "Where is the cat?"}
EMPTY = {**DESK, "PAGE_TITLE": "Nobody has sent anything yet"}
STATES = {
    "empty": State(CATS, _empty),
    "box": State(CATS, _drawn),
    "turned": State(CATS, _turned),
    "faults": State(CATS, _faults),
    "sending": State(CATS, _sending),
    "undrawn": State(CATS, _undrawn),
    "asked": State(ASKING, _asked),
    "thanks": State(CATS, _thanks),
    "refused": State(CATS, _refused),
    "not-yet": State(CATS, _offline),
    "later": State(CATS, _later),
    "who": State(CATS, _who),
    "docs": State(CATS, _docs),
    "without-script": State(CATS, _plainly, WITHOUT),
    "without-script-asked": State(ASKING, _plainly, WITHOUT),
    "several": State(PLAIN, _several),
    "without-script-thanks": State(PLAIN, _plain_thanks, WITHOUT),
    "without-script-refused": State(PLAIN, _plain_refused, WITHOUT),
    "finnish-sound": State(SPOKEN, _sound),
    "finnish-faults": State(SPOKEN, _spoken_faults),
    "desk-door": State(DESK, _door),
    "desk": State(DESK, _desk),
    "desk-judged": State(DESK, _judged),
    "desk-rejecting": State(DESK, _rejecting),
    "desk-open": State(DESK, _opened_one),
    "desk-record": State(DESK, _record),
    "desk-filtered": State(DESK, _filtered),
    "desk-no-fit": State(DESK, _no_fit),
    "desk-charts": State(DESK, _charts),
    "desk-gone": State(DESK, _gone),
    "desk-fault": State(DESK, _misasked),
    "desk-empty": State(EMPTY, _emptied),
    "desk-empty-charts": State(EMPTY, _uncounted),
    "desk-unreadable": State({**NOWHERE, "ACCESS_REVIEW": DESK["ACCESS_REVIEW"]}, _closed),
    "receipt": State(DESK, _receipt),
    "receipt-withdrawn": State(DESK, _withdrawn),
    "receipt-withdrawn-again": State(DESK, _withdrawn_again),
    "receipt-unknown": State(DESK, _no_receipt),
}


def window_settings(state: State, width: int = 1280, *, dark: bool = False) -> dict[str, Any]:
    """Give a browser's settings: a phone's where the window is narrow."""
    phone = {"has_touch": True, "is_mobile": True, "device_scale_factor": 2} if width < 600 else {}
    size = {"width": width, "height": 844 if phone else 900}
    scheme = "dark" if dark else "light"
    return {"viewport": size, "color_scheme": scheme, **phone, **state.settings}


def enter(window: BrowserContext, state: State, url: str, folder: Path) -> Page:
    """Bring a new tab into a state."""
    page = window.new_page()
    state.reach(page, url, folder)
    return page
