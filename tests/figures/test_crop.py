"""Is a box found where it is on its picture, whatever labels tell it?"""

from typing import Any

import pytest

from librarian.collection import Entry
from librarian.figures.crop import Crop, Crops

PIXELS = {
    "form": "xywh", "unit": "pixels", "input": "",
    "labels": {"x": "box.x", "y": "box.y", "width": "box.width", "height": "box.height"},
}  # fmt: skip


def entry(labels: dict[str, Any], **item: Any) -> Entry:
    data = [{"tag": "image", "media_type": "image/jpeg", "width": 200, "height": 100, **item}]
    ours = {"received_at": "2026-11-24T10:00:00.000Z", "data": data}
    return Entry({"_id": "0" * 24, "uid": "0" * 24, **labels, "_librarian": ours})


def edges(crop: Crop | None) -> tuple[float, ...]:
    assert crop is not None
    return crop.left, crop.top, crop.right, crop.bottom


def test_a_declared_box_in_pixels_is_told_in_fractions() -> None:
    labels = {"box": {"x": 50, "y": 10, "width": 100, "height": 40}}
    assert edges(Crops(PIXELS).of(entry(labels))) == (0.25, 0.1, 0.75, 0.5)


@pytest.mark.parametrize(
    ("labels", "found"),
    [
        ({"top": 0.1, "left": 0.2, "bottom": 0.7, "right": 0.6}, (0.2, 0.1, 0.6, 0.7)),
        ({"x": 50, "y": 10, "width": 100, "height": 40}, (0.25, 0.1, 0.75, 0.5)),
        ({"top": 0, "left": 0, "bottom": 1, "right": 1}, (0, 0, 1, 1)),
        ({"crop": {"x": 0.5, "y": 0, "width": 0.5, "height": 1}}, (0.5, 0, 1, 1)),
    ],
)
def test_a_box_that_nobody_declared_is_told_by_the_names_of_numbers(
    labels: dict[str, Any], found: tuple[float, ...]
) -> None:
    assert edges(Crops(None).of(entry(labels))) == found


@pytest.mark.parametrize(
    "labels",
    [
        {}, {"x": 1}, {"x": "1", "y": "2", "width": "3", "height": "4"},
        {"top": 0.1, "left": 0.2, "bottom": 0.7, "right": 10**400},
        {"top": 0.1, "left": 0.2, "bottom": 0.7, "right": 1e300},
        {"top": True, "left": 0.2, "bottom": 0.7, "right": 0.5},
    ],
)  # fmt: skip
def test_what_is_no_box_is_none(labels: dict[str, Any]) -> None:
    assert Crops(None).of(entry(labels)) is None


def test_pixels_of_a_picture_whose_size_is_not_told_are_no_box() -> None:
    labels = {"box": {"x": 50, "y": 10, "width": 100, "height": 40}}
    assert Crops(PIXELS).of(entry(labels, width=None)) is None
    assert Crops(PIXELS).of(entry(labels, media_type="audio/wav")) is None


def test_a_turned_box_has_its_corners_where_they_were_drawn() -> None:
    labels = {"x": 50, "y": 25, "width": 100, "height": 50, "rotate": 90}
    crop = Crops(None).of(entry(labels))
    assert crop is not None
    # a quarter turn about the middle (100, 50): 50 wide and 100 high
    corners = {(round(x * 200), round(y * 100)) for x, y in crop.corners()}
    assert corners == {(75, 0), (125, 0), (125, 100), (75, 100)}
    assert crop.ratio == 2
