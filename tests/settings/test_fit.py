"""Is a step that cannot work in its place found before anything is served?"""

import json
from pathlib import Path
from typing import Any

import pytest

from librarian.problem import ConfigError
from librarian.settings import fit, load

IMAGE = {"type": "file", "tag": "image"}
ANSWERS = {"type": "json", "tag": "answers"}
STORED: dict[str, Any] = {"DATA_ACTOR_CONFIG": [], "LABEL_ACTOR_CONFIG": []}


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each test stand in an empty folder of its own."""
    monkeypatch.chdir(tmp_path)


def misfits(**chains: Any) -> dict[str, str]:
    environ = {name: json.dumps(value) for name, value in (STORED | chains).items()}
    try:
        load(environ)
    except ConfigError as error:
        return {problem.path: problem.message for problem in error.problems}
    return {}


def test_a_validator_of_files_cannot_look_at_labels() -> None:
    told = misfits(LABEL_VALID_CONFIG=[{"validator": "img"}])
    assert "not for labels" in told["LABEL_VALID_CONFIG[0]"]


def test_a_store_of_images_cannot_keep_labels() -> None:
    told = misfits(LABEL_ACTOR_CONFIG=[{"actor": "image", "args": ["x"]}])
    assert list(told) == ["LABEL_ACTOR_CONFIG[0]"]


def test_a_validator_of_files_cannot_look_at_json_data() -> None:
    told = misfits(INPUT_CONFIG=ANSWERS, DATA_VALID_CONFIG=[{"validator": "img"}])
    assert "“answers”" in told["DATA_VALID_CONFIG[0]"]


def test_with_several_inputs_a_step_may_name_the_one_it_is_for() -> None:
    both = [IMAGE, ANSWERS]
    assert (
        "input"
        in misfits(INPUT_CONFIG=both, DATA_VALID_CONFIG=[{"validator": "img"}])[
            "DATA_VALID_CONFIG[0]"
        ]
    )
    named = {"validator": "img", "input": "image"}
    assert not misfits(INPUT_CONFIG=both, DATA_VALID_CONFIG=[named])
    wrong = {"validator": "img", "input": "imag"}
    told = misfits(INPUT_CONFIG=both, DATA_VALID_CONFIG=[wrong])
    assert '"image"' in told["DATA_VALID_CONFIG[0].input"]


def test_one_input_is_a_file_or_a_document_not_both_by_turns() -> None:
    assert list(misfits(INPUT_CONFIG={"type": ["file", "json"], "tag": "x"})) == ["INPUT_CONFIG"]


def test_a_wrong_input_does_not_make_its_steps_wrong_too() -> None:
    step = {"validator": "img", "input": "mask"}
    told = misfits(INPUT_CONFIG=[IMAGE, {"type": "fil", "tag": "mask"}], DATA_VALID_CONFIG=[step])
    assert list(told) == ["INPUT_CONFIG[1].type"]
    broken = {"DATA_VALID_CONFIG": json.dumps([step]), **dict.fromkeys(STORED, "[]")}
    with pytest.raises(ConfigError) as caught:
        load({**broken, "INPUT_CONFIG": "{"})
    assert [problem.path for problem in caught.value.problems] == ["INPUT_CONFIG"]


def test_chains_that_store_nothing_are_announced() -> None:
    settings = load(dict.fromkeys(STORED, "[]"))
    notes = list(fit.notices(settings.label_act, settings.data_act))
    assert [note.split()[0] for note in notes] == ["DATA_ACTOR_CONFIG", "LABEL_ACTOR_CONFIG", "No"]


def test_the_embedded_default_needs_no_announcement() -> None:
    settings = load({})
    assert not list(fit.notices(settings.label_act, settings.data_act))


def test_a_label_store_that_cannot_amend_is_announced(tmp_path: Path) -> None:
    store = {"actor": "file", "args": [str(tmp_path)]}
    settings = load(dict.fromkeys(STORED, json.dumps([store])))
    (note,) = fit.notices(settings.label_act, settings.data_act)
    assert note == "file keeps label records as they are, so none can be approved or rejected."
