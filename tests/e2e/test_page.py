"""Does the page bring contributions through nginx and gunicorn into the stores, and say so?"""

import base64
import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests import servers
from tests.browser import PATIENCE
from tests.chaos.proxy import PASS, Fault
from tests.conftest import needed
from tests.e2e import album
from tests.e2e.contributor import MIDDLE, Contributor
from tests.e2e.elsewhere import narrow
from tests.e2e.place import Place, a_place
from tests.pictures import make

POST = b"POST /upload"


@pytest.fixture(scope="module")
def own_mongodb() -> Iterator[servers.MongoServer]:
    """Give a server that these tests may switch off."""
    with needed(servers.mongodb_with_users("librarian", "p@ss")) as running:
        yield running


@pytest.fixture(scope="module")
def running(own_mongodb: servers.MongoServer, s3: servers.S3Server) -> Iterator[Place]:
    """Give the whole stack."""
    with needed(a_place(own_mongodb, s3)) as place:
        yield place


@pytest.fixture
def place(running: Place) -> Iterator[Place]:
    """Give the same with nothing broken; what a test breaks is mended after it."""
    running.proxy.now(PASS)
    yield running
    running.proxy.now(PASS)


@pytest.fixture
def person(tabs: BrowserContext, place: Place) -> Iterator[Contributor]:
    """Give a person who has opened the page."""
    someone = Contributor(tabs, place.url)
    yield someone
    assert someone.wrong == []


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """Give a photo whose name no other test has."""
    return picture(tmp_path)


def picture(folder: Path, width: int = 320, height: int = 240, **more: Any) -> Path:
    path = folder / f"{servers.fresh('photo')}.jpg"
    path.write_bytes(make("JPEG", width, height, **more))
    return path


def window(chromium: Browser, **more: Any) -> BrowserContext:
    context = chromium.new_context(**more)
    context.set_default_timeout(PATIENCE)
    return context


def test_a_box_drawn_on_a_photo_is_in_the_label_record_in_exact_numbers(
    person: Contributor, place: Place, photo: Path
) -> None:
    person.choose(photo)
    person.draw(0.25, 0.5, 0.75, 0.75)
    assert person.numbers() == ["80", "120", "160", "60"]
    person.pick("glad")
    person.send()
    said = person.told("Thank you")
    (record,) = place.records(photo.name)
    labels = {name: record[name] for name in ("x", "y", "width", "height", "mood")}
    assert labels == {"x": 80, "y": 120, "width": 160, "height": 60, "mood": "glad"}
    assert record["uid"] in said
    assert place.content(record) == photo.read_bytes()
    assert record["_librarian"]["contributor"] == person.page.locator("#pseudonym").text_content()


@pytest.mark.parametrize("ratio", [1, 3])
def test_a_photo_that_lies_on_its_side_is_drawn_on_as_it_is_seen(
    chromium: Browser, place: Place, tmp_path: Path, ratio: int
) -> None:
    photo = picture(tmp_path, 400, 300, orientation=6)
    with closing(window(chromium, device_scale_factor=ratio)) as tabs:
        person = Contributor(tabs, place.url)
        person.choose(photo)
        person.draw(0.1, 0.2, 0.9, 0.4)
        assert person.numbers() == ["30", "80", "240", "80"]
        person.pick("sad")
        person.send()
        person.told("Thank you")
    (record,) = place.records(photo.name)
    assert [record[name] for name in ("x", "y", "width", "height")] == [30, 80, 240, 80]
    seen = record["_librarian"]["data"][0]
    assert (seen["width"], seen["height"], seen["orientation"]) == (300, 400, 6)


def test_a_wrong_label_is_told_beside_its_field_in_the_services_own_words(
    person: Contributor, place: Place, photo: Path
) -> None:
    person.choose(photo)
    person.draw(*MIDDLE)
    person.page.locator("#about summary").click()
    person.page.fill('[name="width"]', "3")
    person.page.fill('[name="x"]', "319")
    person.send()
    shown = {name: person.beside(name) for name in ("width", "mood")}
    code = base64.b64encode(photo.read_bytes()).decode()
    query = f"?filename={photo.name}&x=319&y=60&width=3&height=120"
    told = place.stack.request("POST", f"/upload{query}", fields={"image": code}).json()
    says = {each.get("parameter", each.get("pointer")): each["message"] for each in told["errors"]}
    assert shown["width"] == says["width"]
    assert shown["mood"] == says["/labels/mood"].replace("mood", "How does it look?")
    person.page.fill('[name="width"]', "20")
    person.pick("glad")
    person.send()
    query = f"?filename={photo.name}&x=319&y=60&width=20&height=120&mood=glad"
    told = place.stack.request("POST", f"/upload{query}", fields={"image": code}).json()
    assert told["type"] == "cross-validation"
    assert person.beside("width") == told["detail"]
    assert person.page.locator("#summary").inner_text().endswith(told["detail"])
    assert place.records(photo.name) == []


def test_what_only_the_service_sees_is_told_beside_its_field_and_can_be_mended(
    person: Contributor, place: Place, photo: Path
) -> None:
    person.choose(photo)
    person.draw(*MIDDLE)
    person.pick("glad")
    person.page.fill('[name="plate"]', "no")
    person.send()
    said = person.told("Not taken")
    assert "“plate” must be three letters." in said
    assert "Nothing was kept." in said
    person.page.get_by_role("button", name="Mend it", exact=True).click()
    assert person.beside("plate") == "“plate” must be three letters."
    assert person.numbers() == ["80", "60", "160", "120"]
    assert person.page.locator(".frame").is_visible()
    person.page.fill('[name="plate"]', "ABC")
    person.send()
    person.told("Thank you")
    (record,) = place.records(photo.name)
    assert (record["plate"], record["x"], record["mood"]) == ("ABC", 80, "glad")


def test_a_store_that_is_away_is_told_and_the_queued_record_arrives_once(
    person: Contributor, place: Place, photo: Path
) -> None:
    person.choose(photo)
    person.draw(*MIDDLE)
    person.pick("glad")
    place.mongodb.stop()
    try:
        person.send()
        said = person.told("Not sent yet")
        assert "sent again by itself" in said
        assert "could not be stored" in said
    finally:
        place.mongodb.start()
    person.page.get_by_role("button", name="Close", exact=True).click()
    person.page.get_by_role("button", name="Try now").click()
    person.told("Thank you")
    assert len(place.records(photo.name)) == 1


def test_an_upload_that_is_cut_off_arrives_once(
    person: Contributor, place: Place, photo: Path
) -> None:
    person.choose(photo)
    person.draw(*MIDDLE)
    person.pick("glad")
    cut: list[bytes] = []

    def mend() -> None:
        cut.append(POST)
        place.proxy.now(PASS)

    place.proxy.now(Fault("reset", match=POST, then=mend))
    person.send()
    person.told("Thank you")
    assert len(place.records(photo.name)) == 1
    assert cut == [POST]


def test_what_waits_is_sent_when_the_page_is_closed_and_opened_again(
    person: Contributor, place: Place, photo: Path
) -> None:
    person.choose(photo)
    person.draw(*MIDDLE)
    person.pick("glad")
    person.page.context.set_offline(True)
    person.send()
    assert "You are offline." in person.told("Not sent yet")
    person.page.close()
    person.page.context.set_offline(False)
    assert place.records(photo.name) == []
    again = Contributor(person.page.context, place.url)
    again.told("Thank you")
    expect(again.page.locator("#list .stored .name")).to_have_text(photo.name)
    assert len(place.records(photo.name)) == 1


def test_an_upload_can_be_cancelled_and_nothing_is_kept(
    person: Contributor, place: Place, tmp_path: Path
) -> None:
    photo = picture(tmp_path, 1600, 1200, quality=95)
    person.choose(photo)
    person.draw(*MIDDLE)
    person.pick("glad")
    narrow(person.page, bytes_per_second=40_000)
    person.send()
    expect(person.page.locator("#list .state")).to_contain_text("sending,")
    expect(person.page.locator("#list progress")).to_be_visible()
    person.page.locator("#list button", has_text="Cancel").click()
    expect(person.page.locator("#list li")).to_have_count(0)
    assert place.records(photo.name) == []


def test_several_photos_and_several_boxes_on_one_are_each_a_record(
    person: Contributor, place: Place, tmp_path: Path
) -> None:
    first, second = picture(tmp_path), picture(tmp_path)
    person.choose(first, second)
    expect(person.page.locator("#work .head")).to_contain_text("1 of 2")
    for left in (0.1, 0.5):
        person.draw(left, 0.25, left + 0.25, 0.75)
        person.pick("glad")
        if left < 0.5:
            person.send('button:has-text("another box")')
            expect(person.page.locator(".frame")).to_be_hidden()
    person.send()
    expect(person.page.locator("#work .head")).to_contain_text("2 of 2")
    person.draw(*MIDDLE)
    person.pick("sad")
    person.send()
    assert "Your 3 contributions are stored." in person.told("Thank you")
    assert sorted(each["x"] for each in place.records(first.name)) == [32, 160]
    assert [each["mood"] for each in place.records(second.name)] == ["sad"]


def test_a_contribution_can_be_made_with_the_keyboard_alone(
    person: Contributor, place: Place, photo: Path
) -> None:
    page = person.page
    keyboard = page.keyboard

    def tab_to(selector: str, key: str = "Tab") -> None:
        for _ in range(40):
            if page.locator(f"{selector}:focus").count():
                return
            keyboard.press(key)
        raise AssertionError(f"no way to {selector} with {key}")

    tab_to("#in-0")
    with page.expect_file_chooser() as choosing:
        keyboard.press("Enter")
    choosing.value.set_files(photo)
    expect(person.stage).to_be_visible()
    tab_to('button:has-text("Place a box")')
    keyboard.press("Enter")
    expect(page.locator(".frame")).to_be_focused()
    assert person.numbers() == ["80", "60", "160", "120"]
    keyboard.press("ArrowRight")
    keyboard.press("Alt+ArrowDown")
    keyboard.press("Shift+ArrowLeft")
    keyboard.press("Alt+Shift+ArrowDown")
    assert person.numbers() == ["85", "61", "155", "121"]
    expect(page.locator("#aloud")).to_contain_text("Box: from 27 %")
    tab_to('[name="mood"]')
    keyboard.press("Space")
    tab_to("#send")
    keyboard.press("Enter")
    person.told("Thank you")
    expect(page.get_by_role("button", name="Send another one")).to_be_focused()
    keyboard.press("Enter")
    (record,) = place.records(photo.name)
    assert (record["x"], record["height"], record["mood"]) == (85, 121, "glad")


def test_on_a_phone_a_crop_takes_four_taps_from_the_link_to_thank_you(
    chromium: Browser, place: Place, photo: Path
) -> None:
    phone = {
        "viewport": {"width": 390, "height": 844}, "device_scale_factor": 3,
        "is_mobile": True, "has_touch": True,
    }  # fmt: skip
    with closing(window(chromium, **phone)) as tabs:
        person = Contributor(tabs, place.url)
        page = person.page
        touch = tabs.new_cdp_session(page)
        expect(page.get_by_role("button", name="Take a photo")).to_be_visible()
        taps = 1
        with page.expect_file_chooser() as choosing:
            page.locator(".pick label").tap()
        choosing.value.set_files(photo)
        expect(person.stage).to_be_visible()
        taps += 1
        points = [person.at(x, y) for x, y in ((0.2, 0.2), (0.5, 0.5), (0.7, 0.8))]
        for name, point in zip(("touchStart", "touchMove", "touchMove"), points, strict=True):
            at = [{"x": point[0], "y": point[1]}]
            touch.send("Input.dispatchTouchEvent", {"type": name, "touchPoints": at})
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        taps += 1
        page.locator(".choice", has_text="glad").tap()
        taps += 1
        page.locator("#send").tap()
        person.told("Thank you")
        assert taps == 4
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0
        assert person.wrong == []
    (record,) = place.records(photo.name)
    assert [record[name] for name in ("x", "y", "width", "height")] == [64, 48, 160, 144]


def test_without_a_script_the_plain_form_works_with_the_same_statuses(
    chromium: Browser, place: Place, photo: Path
) -> None:
    with closing(window(chromium, java_script_enabled=False)) as tabs:
        page = tabs.new_page()
        page.goto(f"{place.url}/")
        page.set_input_files('[name="image"]', photo)
        for name, value in (("x", "5"), ("y", "6"), ("width", "30"), ("height", "40")):
            page.fill(f'[name="{name}"]', value)
        page.fill('[name="filename"]', photo.name)
        page.fill('[name="plate"]', "no")
        page.check('[name="mood"][value="sad"]')
        with page.expect_navigation() as refused:
            page.click("#send")
        assert refused.value.status == 422
        assert "“plate” must be three letters." in page.inner_text("main")
        assert place.records(photo.name) == []
        page.go_back()
        page.fill('[name="plate"]', "")
        with page.expect_navigation() as taken:
            page.click("#send")
        assert taken.value.status == 201
        assert "Thank you" in page.inner_text("main")
    (record,) = place.records(photo.name)
    assert (record["x"], record["height"], record["mood"]) == (5, 40, "sad")
    assert place.content(record) == photo.read_bytes()


def test_the_receipt_can_be_kept(person: Contributor, place: Place, photo: Path) -> None:
    person.choose(photo)
    person.draw(*MIDDLE)
    person.pick("glad")
    person.send()
    person.told("Thank you")
    with person.page.expect_download() as keeping:
        person.page.get_by_text("Keep the receipt").click()
    receipt = json.loads(Path(keeping.value.path()).read_text())
    (record,) = place.records(photo.name)
    assert receipt["uid"] == record["uid"]
    assert receipt["labels"]["x"] == 80


def test_another_pseudonym_can_be_taken_and_is_sent(
    person: Contributor, place: Place, photo: Path
) -> None:
    name = person.page.locator("#pseudonym")
    before = name.text_content()
    person.page.locator("#who summary").click()
    person.page.click("#renew")
    after = name.text_content()
    assert after != before
    person.choose(photo)
    person.draw(*MIDDLE)
    person.pick("glad")
    person.send()
    person.told("Thank you")
    assert place.records(photo.name)[0]["_librarian"]["contributor"] == after


def test_an_album_arrives_whole_though_the_line_breaks_three_times_in_each_upload(
    person: Contributor, place: Place, tmp_path: Path
) -> None:
    line, broken = album.breaking()
    place.proxy.now(line)
    narrow(person.page, bytes_per_second=200_000)
    sent = album.send(person, tmp_path, photos=2, width=480)
    expect(person.page.locator("#list .stored")).to_have_count(len(sent), timeout=60_000)
    assert [*broken.values()] == [3] * len(sent)
    assert album.kept(place) == sorted(sent)
