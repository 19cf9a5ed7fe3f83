from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from librarian.cross import CROSS
from librarian.record import Blob, Document
from tests.configured import contradictions, cross, picture, record, refusals

PHOTO = picture(40, 30)
PIXELS = st.integers(-5, 50) | st.floats(-5, 50)
PARTS = st.floats(-0.5, 1.5)
XYWH = ("x", "y", "width", "height")


def box(*numbers: Any) -> dict[str, Any]:
    return dict(zip(XYWH, numbers, strict=True))


@given(PIXELS, PIXELS, PIXELS, PIXELS)
def test_a_box_in_pixels_is_fine_exactly_if_it_lies_inside(
    x: float, y: float, width: float, height: float
) -> None:
    fine = x >= 0 and y >= 0 and width > 0 and height > 0 and x + width <= 40 and y + height <= 30
    found = contradictions(cross("inside", tolerance=0), box(x, y, width, height), PHOTO)
    assert fine == (not found)


@given(PARTS, PARTS, PARTS, PARTS)
def test_edges_in_fractions_are_fine_exactly_if_they_lie_inside(
    top: float, left: float, bottom: float, right: float
) -> None:
    step = cross("inside", ["top", "left", "bottom", "right"], unit="fractions", tolerance=0)
    fine = 0 <= top < bottom <= 1 and 0 <= left < right <= 1
    labels = {"top": top, "left": left, "bottom": bottom, "right": right}
    assert fine == (not contradictions(step, labels, PHOTO))


def test_every_side_that_stands_out_is_told_at_its_label() -> None:
    assert contradictions(cross("inside"), box(-1, -1, 50, 50), PHOTO) == [
        ("inside", ("labels", "x")),
        ("inside", ("labels", "width")),
        ("inside", ("labels", "y")),
        ("inside", ("labels", "height")),
    ]


def test_the_message_names_labels_limit_and_number() -> None:
    (problem,) = cross("inside").check(record(box(10, 0, 31, 30), PHOTO))
    assert problem.message == (
        "“x” and “width” together must be at most 40, the picture's width; it is 41."
    )
    assert (problem.limit, problem.actual) == (40, 41)


def test_the_size_is_the_one_that_people_see() -> None:
    turned = picture(40, 30, orientation=6)
    assert contradictions(cross("inside"), box(0, 0, 30, 40), turned) == []
    assert contradictions(cross("inside"), box(0, 0, 40, 30), turned) != []


@pytest.mark.parametrize("flat", [box(1, 1, 0, 5), box(1, 1, 5, -1)])
def test_a_box_without_area_is_refused(flat: dict[str, Any]) -> None:
    assert [rule for rule, _ in contradictions(cross("inside"), flat, PHOTO)] == ["area"]


def test_edges_in_the_wrong_order_have_no_area() -> None:
    step = cross("inside", ["top", "left", "bottom", "right"])
    assert contradictions(step, {"top": 9, "left": 1, "bottom": 2, "right": 5}, PHOTO) == [
        ("area", ("labels", "bottom"))
    ]


def test_labels_with_none_of_the_four_are_let_through() -> None:
    assert contradictions(cross("inside"), {"mood": "glad"}, PHOTO) == []


def test_half_a_box_is_refused_with_what_is_missing() -> None:
    assert contradictions(cross("inside"), {"x": 1, "y": "2"}, PHOTO) == [
        ("type", ("labels", "y")),
        ("required", ("labels", "width")),
        ("required", ("labels", "height")),
    ]


@pytest.mark.parametrize("odd", [True, "3", None, float("nan"), [1]])
def test_what_is_no_number_is_refused(odd: Any) -> None:
    assert contradictions(cross("inside"), box(odd, 1, 2, 3), PHOTO) == [("type", ("labels", "x"))]


def test_numbers_of_any_size_are_refused_without_a_crash() -> None:
    (problem,) = cross("inside").check(record(box(1e308, 0, 1e308, 3), PHOTO))
    assert (problem.rule, problem.actual) == ("inside", None)


def test_members_are_found_and_names_tell_the_form_in_any_order() -> None:
    step = cross("inside", ["crop.left", "crop.top", "crop.right", "crop.bottom"])
    labels = {"crop": {"left": 1, "top": 2, "right": 41, "bottom": 30}}
    assert contradictions(step, labels, PHOTO) == [("inside", ("labels", "crop", "right"))]
    assert step.declares() == dict.fromkeys(step.labels, "number")


def test_other_names_stand_in_the_order_of_their_form() -> None:
    step = cross("inside", ["t", "l", "b", "r"], form="edges")
    assert contradictions(step, {"t": 0, "l": 0, "b": 30, "r": 40}, PHOTO) == []
    assert contradictions(step, {"t": 0, "l": 0, "b": 40, "r": 30}, PHOTO) == [
        ("inside", ("labels", "b"))
    ]


def test_rounding_of_decimal_fractions_is_forgiven_and_no_more() -> None:
    step = cross("inside", unit="fractions")
    assert contradictions(step, box(0.1, 0.7, 0.9, 0.1 + 0.2), PHOTO) == []
    assert contradictions(step, box(0.1, 0.7, 0.9001, 0.3), PHOTO) != []
    assert contradictions(cross("inside", tolerance=2), box(-2, 0, 44, 30), PHOTO) == []


def test_fractions_need_no_picture_and_pixels_do() -> None:
    text = Blob("note", b"hello")
    whole = box(0, 0, 1, 1)
    assert contradictions(cross("inside", unit="fractions"), whole, text) == []
    assert contradictions(cross("inside"), whole, text) == [("picture", ("labels",))]
    assert contradictions(cross("inside"), whole) == [("picture", ("labels",))]
    assert contradictions(cross("inside", input="image"), whole) == [("picture", ("image",))]


def test_a_picture_that_cannot_be_read_is_none() -> None:
    broken = Blob("image", b"\xff\xd8\xff nothing of a JPEG")
    assert contradictions(cross("inside"), box(0, 0, 1, 1), broken) == [("picture", ("labels",))]


def test_it_looks_at_the_first_picture_or_at_the_one_it_is_told() -> None:
    parts = (Document("answers", {}), picture(10, 10, tag="mask"), picture(40, 30, tag="image"))
    big = box(0, 0, 40, 30)
    assert contradictions(cross("inside", input="image"), big, *parts) == []
    assert contradictions(cross("inside"), big, *parts) != []


@pytest.mark.parametrize(
    ("args", "kwargs", "path"),
    [
        ([["a", "b", "c", "d"]], {}, ""),
        ([["top", "left", "bottom", "right"]], {"form": "xywh"}, ""),
        ([["x", "y", "width"]], {}, "args[0]"),
        ([["x", "x", "width", "height"]], {}, "args[0]"),
        ([["x", "y.", "width", "height"]], {}, "args[0]"),
        ([], {"unit": "cm"}, "kwargs.unit"),
        ([], {"tolerance": -1}, "kwargs.tolerance"),
        ([], {"tolerance": "NaN"}, "kwargs.tolerance"),
    ],
)
def test_a_box_that_cannot_be_is_refused_at_start(args: Any, kwargs: Any, path: str) -> None:
    assert [p.removeprefix("CHAIN[0]") for p in refusals(CROSS, "inside", *args, **kwargs)] == [
        path
    ]
