"""Does the actor file keep data as files, in the very bytes that were sent?"""

from pathlib import Path

import pytest

from librarian.actors.file import File
from librarian.record import Blob
from tests.actors.local import LocalStoreContract
from tests.contract import document, labels

KEY = "0123456789abcdef01234567"


class TestTheContract(LocalStoreContract):
    @pytest.fixture
    def actor(self, tmp_path: Path) -> File:
        return File(str(tmp_path / "files"))

    @pytest.fixture
    def reopened(self, actor: File) -> File:
        return File(actor.directory)


def test_a_file_has_the_extension_of_its_bytes_and_never_that_of_its_sender(tmp_path: Path) -> None:
    part = Blob("sound", b"OggS and so on", "../evil.php")
    assert File(str(tmp_path)).act(KEY, part).name == f"{KEY}.ogg"
    assert [path.name for path in tmp_path.iterdir()] == [f"{KEY}.ogg"]


def test_json_data_keep_their_text_and_labels_become_json(tmp_path: Path) -> None:
    actor = File(str(tmp_path))
    actor.act(f"{KEY}-answers", document())
    actor.act(KEY, labels(KEY))
    assert (tmp_path / f"{KEY}-answers.json").read_bytes() == document().sent
    assert (tmp_path / f"{KEY}.json").read_bytes() == labels(KEY).content


def test_a_folder_of_the_home_directory_can_be_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    File("~/files").act(KEY, labels(KEY))
    assert (tmp_path / "files" / f"{KEY}.json").exists()
