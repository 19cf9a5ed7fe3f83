"""Does `quality` tell what a person would see at a glance, and do its docs say the same?"""

import re
import sys
from dataclasses import fields
from pathlib import Path
from subprocess import run
from typing import Any

import pytest
from PIL import Image, ImageFilter
from pydantic import TypeAdapter, ValidationError

from librarian.picture.grey import grey
from librarian.record import Blob
from librarian.validators.quality import SIDE, Measures, Quality, measure
from tests import pictures

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "quality.md").read_text(encoding="utf-8")
ROWS = re.findall(
    r"^\| !\[(\w+)\]\((\S+)\) \| (\S+) \| (\S+) \| (\S+) \| `?(\w+)`? \|$", PAGE, re.M
)


def made(**kwargs: Any) -> Quality:
    return TypeAdapter(Quality).validate_python(kwargs)


def rules(content: bytes, **kwargs: Any) -> list[str]:
    return [fault.rule for fault in made(**kwargs).check(Blob("image", content))]


def seen(image: Image.Image) -> Measures:
    blob = Blob("image", pictures.png(image))
    return measure(grey(blob.content, blob.media, SIDE))


@pytest.mark.parametrize("size", [(64, 48), (320, 240), (1600, 1200)])
@pytest.mark.parametrize("name", pictures.FORMATS)
def test_a_good_picture_of_any_format_and_size_is_taken(name: str, size: tuple[int, int]) -> None:
    assert rules(pictures.make(name, *size)) == []


@pytest.mark.parametrize(
    ("spoilt", "rule", "said"),
    [
        (pictures.scene().point(lambda v: v // 10), "dark", "This picture is too dark."),
        (
            pictures.scene().point(lambda v: min(255, v * 3 + 100)),
            "bright",
            "This picture is too bright.",
        ),
        (
            pictures.scene(800, 600).filter(ImageFilter.GaussianBlur(5)),
            "blurred",
            "This picture is blurred.",
        ),
        (
            Image.new("RGB", (320, 240), (200, 190, 180)),
            "blank",
            "This picture is blank: there is nothing to be seen in it.",
        ),
    ],
    ids=["dark", "bright", "blurred", "blank"],
)
def test_a_spoilt_picture_is_refused_in_plain_words(
    spoilt: Image.Image, rule: str, said: str
) -> None:
    [fault] = made().check(Blob("image", pictures.png(spoilt)))
    assert (fault.rule, fault.message) == (rule, said)
    limit, actual = fault.limit, fault.actual
    assert actual > limit if rule == "bright" else actual < limit


@pytest.mark.parametrize("colour", ["black", "white", "red"])
def test_a_picture_of_one_colour_is_blank_whatever_the_colour(colour: str) -> None:
    assert rules(pictures.png(Image.new("RGB", (64, 64), colour))) == ["blank"]


@pytest.mark.parametrize("name", ["JPEG", "PNG"])
def test_blur_is_measured_alike_at_any_size_and_in_any_format(name: str) -> None:
    for size in (512, 2048):
        image = pictures.scene(size, size * 3 // 4).filter(ImageFilter.GaussianBlur(size / 128))
        blob = Blob("image", pictures.png(image))
        assert rules(blob.content) == ["blurred"]


def test_a_transparent_picture_is_seen_on_white() -> None:
    clear = Image.new("RGBA", (200, 150), (0, 0, 0, 0))
    assert rules(pictures.png(clear)) == ["blank"]
    sketch = pictures.scene(200, 150).convert("RGBA")
    sketch.putalpha(Image.linear_gradient("L").resize((200, 150)))
    assert rules(pictures.png(sketch)) == []


@pytest.mark.parametrize("size", [(1, 1), (2, 2), (1, 300), (3000, 1)])
def test_tiny_pictures_are_no_trouble(size: tuple[int, int]) -> None:
    assert rules(pictures.png(Image.new("L", size, 128))) == ["blank"]


@pytest.mark.parametrize(
    "content", [b"%PDF-1.7", b"hello", pictures.make("JPEG")[:500], pictures.make("PNG")[:30]]
)
def test_what_is_no_picture_or_a_broken_one_is_for_img_to_refuse(content: bytes) -> None:
    assert rules(content) == []


def test_each_check_can_be_switched_off() -> None:
    off = {"min_spread": 0, "min_mean": 0, "max_mean": 255, "min_sharpness": 0}
    for colour in ("black", "white"):
        assert rules(pictures.png(Image.new("L", (64, 64), colour)), **off) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"min_mean": 200, "max_mean": 100},
        {"min_mean": -1},
        {"max_mean": 256},
        {"min_sharpness": "x"},
    ],
)
def test_thresholds_that_nothing_fits_are_a_problem_at_start(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        made(**wrong)


def test_the_page_names_every_threshold_with_its_default() -> None:
    said = dict(re.findall(r"^\| `(\w+)` \| (\S+) \| `\w+` \|", PAGE, re.M))
    own = made()
    assert {name: float(value) for name, value in said.items()} == {
        field.name: getattr(own, field.name) for field in fields(Quality)
    }
    assert f"{SIDE} pixels" in PAGE


def test_the_page_has_a_picture_of_each_verdict() -> None:
    assert [row[-1] for row in ROWS] == ["taken", "blurred", "dark", "bright", "blank"]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_the_pages_figures_are_what_is_measured(row: tuple[str, ...]) -> None:
    _, place, mean, spread, sharpness, result = row
    content = (ROOT / "docs" / place).read_bytes()
    assert len(content) < 15_000
    with Image.open(ROOT / "docs" / place) as image:
        found = [f"{value:.1f}" for value in seen(image)]
    assert found == [mean, spread, sharpness]
    assert rules(content) == ([] if result == "taken" else [result])


def test_the_pages_pictures_are_what_the_script_draws(tmp_path: Path) -> None:
    script = (ROOT / "examples" / "quality_pictures.py").read_text(encoding="utf-8")
    (tmp_path / "examples").mkdir()
    (tmp_path / "examples" / "draw.py").write_text(script, encoding="utf-8")
    run([sys.executable, tmp_path / "examples" / "draw.py"], check=True, timeout=60)
    for name, *_ in ROWS:
        drawn = Image.open(tmp_path / "docs" / "quality" / f"{name}.png")
        kept = Image.open(ROOT / "docs" / "quality" / f"{name}.png")
        with drawn, kept:
            assert drawn.tobytes() == kept.tobytes()


def test_the_pages_row_of_blurs_is_what_is_measured() -> None:
    said = re.search(r"^\| hills \| (.+) \|$", PAGE, re.M)
    radii = re.search(r"^\| blur \| (.+) \|$", PAGE, re.M)
    assert said
    assert radii
    scene = pictures.scene(1600, 1200)
    for radius, figure in zip(radii[1].split(" | "), said[1].split(" | "), strict=True):
        pixels = float(radius) * 1600 / SIDE
        image = scene.filter(ImageFilter.GaussianBlur(pixels)) if pixels else scene
        assert f"{seen(image).sharpness:.1f}" == figure
