"""Is what is said of the page read, and is it told what nobody could read or hear?"""

from pathlib import Path

import pytest

from librarian.colours import contrast
from librarian.problem import ConfigError
from librarian.settings import load

STORED = {"DATA_ACTOR_CONFIG": "[]", "LABEL_ACTOR_CONFIG": "[]"}


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each test stand in an empty folder of its own."""
    monkeypatch.chdir(tmp_path)


def test_there_is_a_page_in_english_unless_it_is_said_otherwise() -> None:
    page = load(STORED).page
    assert (page.enabled, page.language, page.downscale) == (True, "en", False)
    variables = {"PAGE_CONFIG": '{"title": "Cats", "language": "en"}', "PAGE_LANGUAGE": "fi"}
    page = load({**STORED, **variables, "PAGE_ENABLED": "no"}).page
    assert (page.enabled, page.language, page.title) == (False, "fi", "Cats")


def test_colours_that_cannot_be_read_and_languages_that_are_not_there_are_told_at_once() -> None:
    told = {"PAGE_COLOUR": "#ffcc00", "PAGE_COLOUR_DARK": "navy", "PAGE_LANGUAGE": "tlh"}
    with pytest.raises(ConfigError) as caught:
        load({**STORED, **told})
    said = {problem.path: problem.message for problem in caught.value.problems}
    assert said.keys() == told.keys()
    assert "the contrast is 1." in said["PAGE_COLOUR"]


@pytest.mark.parametrize(
    ("one", "other", "ratio"), [("#000000", "#ffffff", 21), ("#777777", "#ffffff", 4.48)]
)
def test_contrast_is_that_of_wcag(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == pytest.approx(ratio, abs=0.01)
    assert contrast(other, one) == contrast(one, other)
