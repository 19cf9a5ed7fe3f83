"""Can nobody make, change or guess what shows that a contribution is one's own?"""

import hashlib
import uuid
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from librarian.signed import token
from librarian.signed.secret import Secret

KEY, OTHER = bytes(range(32)), bytes(range(1, 33))
OWN = "0123456789abcdef01234567"
MADE = token.make(KEY, OWN)


def test_a_token_leads_to_its_uid_on_every_machine_with_the_same_secret() -> None:
    keys = [Secret("s" * 40).key(token.USE) for _ in range(2)]
    assert keys[0] is not None
    assert keys[1] is not None
    assert token.uid_of(keys[1], token.make(keys[0], OWN)) == OWN


def test_a_token_of_another_secret_is_none() -> None:
    assert token.uid_of(OTHER, MADE) is None


def test_a_key_of_one_use_is_no_key_of_another() -> None:
    secret = Secret("s" * 40)
    assert secret.key("receipt") != secret.key("desk")
    assert Secret("t" * 40).key("receipt") != secret.key("receipt")


@given(st.integers(0, len(MADE) - 1), st.characters())
def test_no_character_of_a_token_can_be_another(at: int, other: str) -> None:
    changed = MADE[:at] + other + MADE[at + 1 :]
    assert token.uid_of(KEY, changed) == (OWN if changed == MADE else None)


@pytest.mark.parametrize(
    "shown",
    ["", OWN, f"{OWN}.", MADE[:-1], f"{MADE}A", f"{MADE}=", f"{MADE}\n", f" {MADE}", MADE.upper(),
     f"{OWN}.{'A' * 43}", f"{OWN[::-1]}.{MADE.partition('.')[2]}", MADE.replace(".", "/"),
     "٠" * 24 + "." + "A" * 43, "." * 68, "\0" * 68],
)  # fmt: skip
def test_what_is_truncated_or_made_up_is_no_token(shown: str) -> None:
    assert token.uid_of(KEY, shown) is None


@pytest.mark.parametrize("_", range(20))
def test_a_key_made_by_chance_as_browsers_make_it_cannot_be_guessed(_: int) -> None:
    made = str(uuid.uuid4())
    assert token.unguessable(made)
    assert token.unguessable(made.upper())
    assert token.unguessable(made.replace("-", ""))


@pytest.mark.parametrize(
    "key",
    ["", "photo-0000000001", "IMG_20261123_101500", "MyHolidayPhoto2026-11-23-001",
     "00000000-0000-4000-8000-000000000001", "11111111-1111-4111-8111-111111111111",
     "c232ab00-9414-11ec-b3c8-9f68deced846", "5f0c9d1e7b3a8642",
     str(uuid.uuid5(uuid.NAMESPACE_URL, "photo.jpg")),
     hashlib.sha256(b"the content, which others have, too").hexdigest(), "٠" * 32],
)  # fmt: skip
def test_a_key_that_others_may_know_can_be_guessed(key: str) -> None:
    assert not token.unguessable(key)


def test_without_a_secret_there_is_no_key(tmp_path: Path) -> None:
    assert Secret().key(token.USE) is None
    assert Secret(directory=tmp_path).key(token.USE) == Secret(directory=tmp_path).key(token.USE)
    (tmp_path / "file").touch()
    assert Secret(directory=tmp_path / "file").key(token.USE) is None
