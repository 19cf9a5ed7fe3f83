"""Does librarian.js bring each kind of data as the service's inputs take it?"""

import base64
import hashlib
import json
from typing import Any

import pytest
from playwright.sync_api import BrowserContext

from tests.e2e.elsewhere import PHOTO, Elsewhere, elsewhere
from tests.e2e.stack import service

SEVERAL: list[dict[str, Any]] = [
    {"tag": "image", "type": "file"},
    {"tag": "mask", "type": "base64"},
    {"tag": "note", "type": "text"},
    {"tag": "answers", "type": "json"},
    {"tag": "more", "type": "file", "required": False},
]


@pytest.mark.parametrize("way", ["base64", "file", "raw"])
def test_a_photo_arrives_in_each_way_with_labels_of_every_type(
    tabs: BrowserContext, there: Elsewhere, way: str
) -> None:
    page = there.open(tabs, inputs=[{"tag": "image", "types": [way]}])
    box: Any = {"x": "left", "y": {"z": "deep"}}
    told = page.evaluate(
        """async (labels) => {
          const file = photo(1000), steps = [];
          const onProgress = ({ loaded, total }) => steps.push([loaded, total]);
          const receipt = await librarian.send(file, labels, { onProgress });
          return { receipt, steps, size: file.size, sha256: await sha256(file) };
        }""",
        {"name": "å & ü #1", "box": box},
    )
    (item,) = told["receipt"]["data"]
    assert (item["sha256"], item["bytes"]) == (told["sha256"], told["size"])
    assert told["receipt"]["labels"] == {"name": "å & ü #1", "box": box}
    assert told["steps"][-1] == [told["size"], told["size"]]


@pytest.mark.parametrize("prefix", ["data:image/jpeg;base64,", ""])
def test_text_for_a_base64_input_is_sent_as_it_is(
    tabs: BrowserContext, there: Elsewhere, prefix: str
) -> None:
    page = there.open(tabs)
    code = prefix + base64.b64encode(PHOTO).decode()
    receipt = page.evaluate("(code) => librarian.send(code, { from: 'canvas' })", code)
    assert receipt["data"][0]["sha256"] == hashlib.sha256(PHOTO).hexdigest()


def test_several_inputs_go_in_one_request_each_as_it_is_taken(tabs: BrowserContext) -> None:
    variables = {
        "INPUT_CONFIG": json.dumps(SEVERAL),
        "DATA_ACTOR_CONFIG": '[{"actor": "file", "args": ["data"]}]',
        "LABEL_ACTOR_CONFIG": '[{"actor": "sqlite", "args": ["labels.sqlite"]}]',
    }
    inputs = [{"tag": each["tag"], "types": [each["type"]]} for each in SEVERAL]
    note = "Zeile\neins\r\nåß"
    answers: dict[str, Any] = {"who": ["me", 1, 2.5, None], "1.0": 1.5}
    with service(variables, "--workers=1") as stack, elsewhere(stack) as place:
        page = place.open(tabs, inputs=inputs)
        receipt = page.evaluate(
            """async ([note, answers]) => {
              const data = { image: photo(), mask: photo(), note, answers, more: null };
              return librarian.send(data, { all: true });
            }""",
            [note, answers],
        )
        alone = page.evaluate("librarian.send(photo()).catch(({ errors }) => errors)")
        files = {path.read_bytes() for path in stack.folder.glob("*/data/**/*") if path.is_file()}
    assert [item["tag"] for item in receipt["data"]] == ["image", "mask", "note", "answers"]
    assert note.encode() in files
    assert answers in [json.loads(each) for each in files if each[:1] == b"{"]
    missing = {each["pointer"] for each in alone if each["rule"] == "required"}
    assert missing == {"/mask", "/note", "/answers"}
