"""Does `img` take genuine pictures, and say in plain words what is wrong with others?"""

from typing import Any

import pytest
from PIL import Image

from librarian import picture
from librarian.problem import ConfigProblem, Problem
from librarian.record import Blob
from librarian.settings.binding import bind_chain
from librarian.validators import VALIDATORS
from librarian.validators.img import Img
from tests import pictures


def made(*args: Any, **kwargs: Any) -> Img:
    problems: list[ConfigProblem] = []
    entry = {"validator": "img", "args": list(args), "kwargs": kwargs}
    steps = bind_chain(VALIDATORS, [entry], "C", options=(), problems=problems)
    assert problems == []
    component: Img = steps[0].component
    return component


def faults_of(content: bytes, *args: Any, **kwargs: Any) -> list[Problem]:
    return list(made(*args, **kwargs).check(Blob("image", content)))


def rules(content: bytes, *args: Any, **kwargs: Any) -> list[str]:
    return [fault.rule for fault in faults_of(content, *args, **kwargs)]


def refused_at_start(*args: Any, **kwargs: Any) -> list[str]:
    problems: list[ConfigProblem] = []
    entry = {"validator": "img", "args": list(args), "kwargs": kwargs}
    assert bind_chain(VALIDATORS, [entry], "C", options=(), problems=problems) == ()
    return [str(problem) for problem in problems]


PHOTO = pictures.make("JPEG", 320, 240)


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "GIF", "AVIF"])
def test_the_example_takes_every_usual_format(name: str) -> None:
    assert rules(pictures.make(name, 64, 48), h=0, w=0) == []


@pytest.mark.parametrize("name", ["TIFF", "BMP"])
def test_other_formats_are_taken_where_they_are_named(name: str) -> None:
    content = pictures.make(name, 64, 48)
    assert rules(content) == ["format"]
    assert rules(content, formats=[name.lower()]) == []


@pytest.mark.parametrize("spelled", ["jpeg", "JPG", "Jpg"])
def test_formats_are_read_in_any_spelling(spelled: str) -> None:
    assert rules(PHOTO, formats=[spelled]) == []
    assert made(formats=[spelled]).accepts() == {"image/jpeg"}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"%PDF-1.7", "This is a PDF; send a JPEG, PNG, WebP, GIF or AVIF image."),
        (
            b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
            (
                "This is a HEIC image, as iPhones take them;"
                " send a JPEG, PNG, WebP, GIF or AVIF image."
            ),
        ),
        (b"hello", "This is text; send a JPEG, PNG, WebP, GIF or AVIF image."),
    ],
)
def test_another_kind_of_file_is_named_and_the_accepted_ones_too(content: bytes, said: str) -> None:
    [fault] = faults_of(content)
    assert (fault.rule, fault.stage, fault.message) == ("format", "type", said)
    assert fault.limit == ["JPEG", "PNG", "WEBP", "GIF", "AVIF"]
    assert fault.actual == Blob("image", content).media.type


def test_a_name_proves_nothing() -> None:
    assert [fault.rule for fault in Img().check(Blob("image", b"%PDF-1.7", "cat.jpg"))] == [
        "format"
    ]
    assert list(Img().check(Blob("image", PHOTO, "cat.pdf"))) == []


def test_a_truncated_picture_is_refused() -> None:
    [fault] = faults_of(PHOTO[:-30])
    assert (fault.rule, fault.stage) == ("truncated", "")
    assert fault.message == "The end of this image is missing; please send it again."


def test_a_damaged_picture_is_refused() -> None:
    content = bytearray(pictures.make("PNG", 64, 48))
    content[400] ^= 0xFF
    [fault] = faults_of(bytes(content))
    assert fault.rule == "corrupt"
    assert fault.message == "This image is damaged; please send it again."


def test_a_beginning_without_a_picture_is_refused() -> None:
    assert rules(PHOTO[:20]) == ["truncated"]


def test_height_and_width_bind_by_position_and_are_exact() -> None:
    assert rules(PHOTO, 240, 320) == []
    assert rules(PHOTO, 240) == []
    [high, wide] = faults_of(PHOTO, 241, 319)
    assert (high.rule, high.limit, high.actual) == ("height", 241, 240)
    assert high.message == "This image is 240 pixels high; it must be 241."
    assert (wide.rule, wide.limit, wide.actual) == ("width", 319, 320)


@pytest.mark.parametrize(
    ("limits", "rule", "said"),
    [
        ({"min_height": 241}, "min_height", "240 pixels high; it must be at least 241."),
        ({"max_height": 239}, "max_height", "240 pixels high; it must be at most 239."),
        ({"min_width": 321}, "min_width", "320 pixels wide; it must be at least 321."),
        ({"max_width": 319}, "max_width", "320 pixels wide; it must be at most 319."),
        ({"min_pixels": "2MP"}, "min_pixels", "76800 pixels; at least 2 megapixels are needed."),
        ({"max_pixels": 76_799}, "max_pixels", "76800 pixels; at most 76799 pixels are taken."),
        ({"min_aspect": 1.5}, "min_aspect", "1.333 times as wide as it is high"),
        ({"max_aspect": 1.2}, "max_aspect", "it must be at most 1.2 times."),
        ({"modes": ["L", "RGBA"]}, "mode", "kept as RGB; L or RGBA is taken."),
        ({"animated": True}, "animated", "does not move; send an animation."),
    ],
)
def test_each_limit_is_kept_and_said(limits: dict[str, Any], rule: str, said: str) -> None:
    [fault] = faults_of(PHOTO, **limits)
    assert fault.rule == rule
    assert said in fault.message
    assert fault.limit is not None
    assert fault.actual is not None


@pytest.mark.parametrize(
    "limits",
    [
        {"min_height": 240, "max_height": 240, "min_width": 320, "max_width": 320},
        {"min_pixels": 76_800, "max_pixels": 76_800},
        {"min_aspect": 4 / 3, "max_aspect": 4 / 3},
        {"modes": ["RGB"], "animated": False},
    ],
)
def test_limits_belong_to_what_is_taken(limits: dict[str, Any]) -> None:
    assert rules(PHOTO, **limits) == []


def test_every_fault_is_told_at_once() -> None:
    found = rules(
        PHOTO[:-30], min_height=300, min_width=400, min_pixels="1MP", min_aspect=2, modes=["L"]
    )
    assert found == ["min_height", "min_width", "min_pixels", "min_aspect", "mode", "truncated"]


@pytest.mark.parametrize("limit", [{"max_width": 300}, {"max_height": 200}, {"max_pixels": 1000}])
def test_what_is_too_large_is_not_decoded(
    limit: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def decode(*_: object) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr(picture, "verify", decode)
    assert rules(PHOTO, **limit) == [next(iter(limit))]


def test_a_picture_is_measured_as_people_see_it() -> None:
    assert rules(pictures.make("JPEG", 320, 240, orientation=6), 320, 240) == []


@pytest.mark.parametrize("name", ["PNG", "WEBP", "GIF", "AVIF"])
def test_animations_can_be_asked_for_or_kept_out(name: str) -> None:
    moving = pictures.make(name, 64, 48, frames=3)
    assert rules(moving) == []
    assert rules(moving, animated=True) == []
    [fault] = faults_of(moving, animated=False)
    assert fault.message == "This is an animation of 3 frames; send a still image."


def test_a_cut_in_the_last_frame_is_found() -> None:
    assert rules(pictures.make("GIF", 64, 48, frames=3)[:-200]) == ["truncated"]


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGB", "RGBA", "1", "I;16"])
def test_modes_are_told_as_pillow_calls_them(mode: str) -> None:
    content = pictures.png(Image.new(mode, (8, 8)))
    assert rules(content, modes=[mode]) == []


def test_limits_that_no_image_fits_are_a_problem_at_start() -> None:
    [said] = refused_at_start(min_width=10, max_width=9, min_aspect=2, max_aspect=1)
    assert said.startswith("C[0]: no image fits: ")
    assert "min_width 10 is more than max_width 9" in said
    assert "min_aspect 2.0 is more than max_aspect 1.0" in said
    [said] = refused_at_start(formats=[], modes=[])
    assert said == "C[0]: no image fits: formats is empty; modes is empty"
    [said] = refused_at_start(100, 0, min_height=200)
    assert "h 100 lies outside min_height and max_height" in said


@pytest.mark.parametrize(
    "wrong",
    [
        {"h": -1}, {"formats": [7]}, {"modes": ["grey"]},
        {"animated": "maybe"}, {"min_pixels": "2 miles"}, {"max_aspect": 0}, {"max_width": 0},
    ],
)  # fmt: skip
def test_a_wrong_limit_is_a_problem_at_start_with_its_place(wrong: dict[str, Any]) -> None:
    [said] = refused_at_start(**wrong)
    assert said.startswith(f"C[0].kwargs.{next(iter(wrong))}")


def test_limits_other_than_height_and_width_need_their_names() -> None:
    [said] = refused_at_start(0, 0, 100)
    assert "takes 2 args at most (h, w)" in said
