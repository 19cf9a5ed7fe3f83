"""Does the page speak every shipped language whole, and an owner's as far as it goes?"""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from librarian import languages
from librarian.problem import Problem
from librarian.record import LABELS
from librarian.stage import BY_SLUG
from librarian.state import STATES

ROOT = Path(__file__).parent.parent.parent
FILES = {code: json.loads((languages.FOLDER / f"{code}.json").read_text()) for code in ("en", "fi")}


def written(folder: Path, value: Any) -> str:
    file = folder / "own.json"
    file.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
    return str(file)


@pytest.mark.parametrize("code", languages.SHIPPED)
def test_a_shipped_language_has_every_word_with_the_same_places_to_fill(code: str) -> None:
    own, english = FILES[code], FILES["en"]
    assert own.keys() == english.keys()
    for name in english.keys() - {"faults", "stages"}:
        assert set(re.findall(r"\{\w+\}", own[name])) == set(re.findall(r"\{\w+\}", english[name]))
    assert own["stages"].keys() <= BY_SLUG.keys()


def test_every_word_is_said_somewhere() -> None:
    folder = ROOT / "librarian/web"
    sources = [*folder.rglob("*.js"), *folder.rglob("*.html"), *folder.glob("*.py")]
    text = "".join(file.read_text(encoding="utf-8") for file in sources)
    made = {"choose_picture", "choose_pictures", "choose", "box_pixels", "box_fractions", "name"}
    made |= {f"state_{each}" for each in (*STATES, "waiting")}
    made |= {"kept_none", "kept_location", "kept_all", "kept_ip_yes", "kept_ip_hashed"}
    unsaid = {
        name
        for name in FILES["en"].keys() - made
        if f'"{name}"' not in text and f".{name}" not in text
    }
    assert unsaid == set()


def test_what_an_own_file_leaves_out_is_english(tmp_path: Path) -> None:
    words = languages.load(written(tmp_path, {"send": "Skicka", "faults": {"required": "Fel"}}))
    assert words["send"] == "Skicka"
    assert words["thanks"] == "Thank you"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("{", "no JSON"), ([], "path of a JSON file"), ({"sned": "x"}, "never says"),
        ({"send": 1}, "text in “send”"), ({"faults": {"type": 1}}, "texts only"),
        ({"dir": "up"}, "ltr or rtl"), ('{"a": "' + "x" * 70_000 + '"}', "more than"),
    ],
)  # fmt: skip
def test_a_file_of_words_that_cannot_be_is_told(tmp_path: Path, value: Any, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        languages.load(written(tmp_path, value))


def test_a_language_that_is_not_there_is_told() -> None:
    with pytest.raises(ValueError, match="must be auto, en, fi"):
        languages.load("tlh")


def test_a_fault_is_said_in_the_language_and_in_english_where_that_has_no_words() -> None:
    finnish = languages.load("fi")
    least = Problem("minimum", "“x” must be at least 2; it is 1.", (LABELS, "x"), limit=2, actual=1)
    captions = {"x": "Leveys"}
    assert languages.said(least, finnish, captions) == "“Leveys”: vähintään 2; nyt 1."
    assert languages.said(least, FILES["en"], captions).startswith("“Leveys” must be")
    blank = Problem("blank", "There is nothing to be seen.", ("image",))
    assert languages.said(blank, finnish, captions) == blank.message
    nameless = Problem("minimum", "This is too little.")
    assert languages.said(nameless, finnish, captions) == nameless.message
