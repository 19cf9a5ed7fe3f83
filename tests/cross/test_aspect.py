from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from librarian.cross import CROSS
from tests.configured import contradictions, cross, picture, record, refusals

PHOTO = picture(60, 40)
WRONG = [("aspect", ("labels", "aspect_ratio"))]


@given(st.floats(0.5, 3))
def test_the_pictures_ratio_is_fine_exactly_within_the_tolerance(claimed: float) -> None:
    fine = abs(claimed - 1.5) <= 0.1 * 1.5
    found = contradictions(cross("aspect", tolerance=0.1), {"aspect_ratio": claimed}, PHOTO)
    assert found == ([] if fine else WRONG)


@pytest.mark.parametrize(
    ("claimed", "fine"), [(1.5, True), (1.51, True), (1.48, False), (0, False), (-1.5, False)]
)
def test_one_percent_is_forgiven(claimed: float, fine: bool) -> None:
    assert (contradictions(cross("aspect"), {"aspect_ratio": claimed}, PHOTO) == []) is fine


def test_the_ratio_is_that_of_the_picture_as_people_see_it() -> None:
    turned = picture(60, 40, orientation=8)
    assert contradictions(cross("aspect", "r"), {"r": 40 / 60}, turned) == []


def test_the_message_names_both_ratios() -> None:
    (problem,) = cross("aspect").check(record({"aspect_ratio": 2}, PHOTO))
    assert problem.message == "“aspect_ratio” is 2, but the picture is 1.5 times as wide as high."
    assert (problem.limit, problem.actual) == (1.5, 2)


def test_the_ratio_of_a_box_in_pixels_needs_no_picture() -> None:
    step = cross("aspect", box=["x", "y", "width", "height"])
    labels = {"x": 0, "y": 0, "width": 20, "height": 10}
    assert contradictions(step, {**labels, "aspect_ratio": 2}) == []
    assert contradictions(step, {**labels, "aspect_ratio": 1.5}, PHOTO) == WRONG


def test_the_ratio_of_a_box_in_fractions_is_that_of_its_pixels() -> None:
    step = cross("aspect", box=["top", "left", "bottom", "right"], unit="fractions")
    labels = {"top": 0.1, "left": 0.2, "bottom": 0.7, "right": 0.6, "aspect_ratio": 1.0}
    assert contradictions(step, labels, PHOTO) == []
    assert contradictions(step, {**labels, "aspect_ratio": 0.4 / 0.6}, PHOTO) == WRONG
    assert contradictions(step, labels) == [("picture", ("labels",))]


def test_without_the_ratio_or_without_a_box_there_is_nothing_to_compare() -> None:
    step = cross("aspect", box=["x", "y", "width", "height"])
    assert contradictions(step, {"x": 1}, PHOTO) == []
    assert contradictions(step, {"aspect_ratio": 3}, PHOTO) == []


def test_half_a_box_and_a_box_without_area_are_refused() -> None:
    step = cross("aspect", box=["x", "y", "width", "height"])
    half = {"aspect_ratio": 1, "x": 1, "y": 1, "width": 1}
    assert contradictions(step, half, PHOTO) == [("required", ("labels", "height"))]
    flat = contradictions(step, {**half, "height": 0}, PHOTO)
    assert flat == [("area", ("labels", "height"))]


def test_a_ratio_without_a_picture_is_refused() -> None:
    assert contradictions(cross("aspect"), {"aspect_ratio": 1}) == [("picture", ("labels",))]


@pytest.mark.parametrize("odd", ["1.5", True, None, float("inf")])
def test_what_is_no_number_is_refused(odd: Any) -> None:
    found = contradictions(cross("aspect"), {"aspect_ratio": odd}, PHOTO)
    assert found == [("type", ("labels", "aspect_ratio"))]


def test_text_of_its_labels_is_read_as_numbers() -> None:
    step = cross("aspect", "r", box=["x", "y", "width", "height"])
    assert step.declares() == dict.fromkeys(["r", "x", "y", "width", "height"], "number")


def test_a_box_that_cannot_be_is_refused_at_start() -> None:
    assert list(refusals(CROSS, "aspect", box=["a", "b", "c", "d"])) == ["CHAIN[0]"]
    assert list(refusals(CROSS, "aspect", box=["a"])) == ["kwargs.box"]
