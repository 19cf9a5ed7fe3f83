"""Is HEIC taken where the owner asks for it and has the extra, and refused in words elsewhere?"""

import pytest

from librarian import media, picture
from librarian.record import Blob
from librarian.validators import VALIDATORS
from tests import pictures
from tests.configured import refusals, validator

heif = pytest.importorskip("pillow_heif")


@pytest.fixture(scope="module")
def photo() -> bytes:
    """Give a photo as an iPhone takes it."""
    heif.register_heif_opener()
    return pictures.make("HEIF", 128, 96)


def test_a_heic_is_told_by_its_bytes_and_decoded(photo: bytes) -> None:
    assert media.sniff(photo) == media.HEIC
    seen = picture.look(photo, media.HEIC)
    assert (seen.format, seen.width, seen.height, seen.frames) == ("HEIC", 128, 96, 1)
    picture.verify(photo, media.HEIC)


def test_it_is_taken_where_it_is_asked_for_and_only_there(photo: bytes) -> None:
    assert list(validator("img", formats=["JPEG", "heic"]).check(Blob("image", photo))) == []
    [problem] = validator("img").check(Blob("image", photo))
    assert (problem.rule, problem.stage) == ("format", "type")
    assert problem.message.startswith("This is a HEIC image, as iPhones take them; send a JPEG")


def test_one_cut_anywhere_is_refused(photo: bytes) -> None:
    check = validator("img", formats=["HEIC"]).check
    for length in (20, 40, len(photo) // 3, len(photo) - 1):
        [problem] = check(Blob("image", photo[:length]))
        assert problem.rule == "truncated"


def test_without_the_extra_to_ask_for_it_is_a_problem_at_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(picture.FORMATS, media.HEIC.type)
    [said] = refusals(VALIDATORS, "img", formats=["HEIC"]).values()
    assert "data-librarian[heic]" in said
