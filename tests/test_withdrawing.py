"""Does `librarian withdraw` show what is meant, and take back exactly that when it is asked?"""

import json
from pathlib import Path
from typing import Any

import pytest

from librarian.settings import load
from librarian.web import create_app
from tests.pictures import make
from tests.test_cli import librarian

PHOTO = make("JPEG", 32, 32)
FRIEND, OTHER = "anna-from-school", "123e4567-e89b-42d3-a456-426614174000"


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let each test stand in an empty folder of its own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def sent(contributor: str = FRIEND, **variables: str) -> dict[str, Any]:
    """Send one contribution to the embedded default, or another service; give the receipt."""
    client = create_app(load(variables)).test_client()
    named = {"Librarian-Contributor": contributor}
    answer = client.put("/upload?mood=%22glad%22", data=PHOTO, headers=named)
    receipt: dict[str, Any] = answer.get_json()
    assert "uid" in receipt, receipt
    return receipt


def images() -> set[str]:
    return {path.stem for path in Path("librarian-data/images").iterdir()}


@pytest.mark.parametrize("args", [[], ["0" * 24, "--contributor", FRIEND], ["--yes"]])
def test_it_must_be_said_what_is_meant_in_one_way(args: list[str]) -> None:
    run = librarian("withdraw", *args)
    assert (run.returncode, run.stdout) == (2, "")
    assert "a UID, or --token, or --contributor" in run.stderr
    assert not list(Path().iterdir())


def test_nothing_is_done_by_default_and_then_exactly_what_was_shown() -> None:
    mine, other = sent(), sent()
    shown = librarian("withdraw", mine["uid"])
    assert shown.returncode == 0
    assert mine["uid"] in shown.stdout
    assert "Nothing was changed" in shown.stdout
    assert images() == {mine["uid"], other["uid"]}
    done = librarian("withdraw", mine["uid"], "--yes")
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 record withdrawn." in done.stdout
    assert images() == {other["uid"]}
    again = librarian("withdraw", mine["uid"], "--yes")
    assert (again.returncode, again.stdout) == (1, "")
    assert "it was withdrawn" in again.stderr


def test_a_receipt_says_which_by_its_token_or_its_address() -> None:
    first, second, other = sent(), sent(), sent()
    for token in (first["token"], f"https://service.example/receipts/{second['token']}"):
        assert librarian("withdraw", "--token", token, "--yes").returncode == 0
    assert images() == {other["uid"]}


def test_all_of_a_pseudonym_are_withdrawn_and_nothing_else() -> None:
    mine = [sent()["uid"] for _ in range(3)]
    other = sent(OTHER)["uid"]
    shown = librarian("withdraw", "--contributor", FRIEND)
    assert all(uid in shown.stdout for uid in mine)
    assert other not in shown.stdout
    done = librarian("withdraw", "--contributor", FRIEND, "--yes")
    assert "3 records withdrawn." in done.stdout
    assert images() == {other}


def test_what_is_not_there_is_told() -> None:
    sent()
    run = librarian("withdraw", "../secret", "--yes")
    assert (run.returncode, "24 hexadecimal digits" in run.stderr) == (2, True)
    for args, said in (
        (["0" * 24], "There is no record"),
        (["--contributor", "nobody-at-all"], "Nothing is kept"),
        (["--token", f"{'0' * 24}.{'A' * 43}"], "was not made with the secret"),
        (["--token", "nonsense"], "was not made with the secret"),
    ):
        run = librarian("withdraw", *args, "--yes")
        assert (run.returncode, run.stdout) == (1, ""), args
        assert said in run.stderr
    assert len(images()) == 1


def test_a_token_needs_the_secret_it_was_made_with() -> None:
    stores = {
        "DATA_ACTOR_CONFIG": json.dumps([{"actor": "file", "args": ["data"]}]),
        "LABEL_ACTOR_CONFIG": json.dumps([{"actor": "sqlite", "args": ["labels.sqlite"]}]),
    }
    receipt = sent(**stores, LIBRARIAN_SECRET="s" * 40)
    asked = ["withdraw", "--token", receipt["token"], "--yes"]
    none = librarian(*asked, **stores)
    assert (none.returncode, "LIBRARIAN_SECRET is not set" in none.stderr) == (1, True)
    assert librarian(*asked, **stores, LIBRARIAN_SECRET="t" * 40).returncode == 1
    assert librarian(*asked, **stores, LIBRARIAN_SECRET="s" * 40).returncode == 0


def test_where_no_label_store_can_be_read_that_is_a_fault_of_the_configuration() -> None:
    stores = {"DATA_ACTOR_CONFIG": "[]", "LABEL_ACTOR_CONFIG": "[]"}
    run = librarian("withdraw", "0" * 24, **stores)
    assert run.returncode == 2
    assert run.stderr.startswith("LABEL_ACTOR_CONFIG: ")


def test_a_store_that_does_not_answer_is_told_and_is_nothing_withdrawn(dead_port: int) -> None:
    mongo = {"actor": "mongo", "args": [f"mongodb://127.0.0.1:{dead_port}/db"],
             "kwargs": {"timeout": 1}}  # fmt: skip
    stores = {"DATA_ACTOR_CONFIG": "[]", "LABEL_ACTOR_CONFIG": json.dumps([mongo])}
    run = librarian("withdraw", "0" * 24, "--yes", **stores)
    assert (run.returncode, run.stdout) == (1, "")
    assert "do not answer" in run.stderr
