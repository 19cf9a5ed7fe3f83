"""What does a client see of the spool? 202 and a receipt, and the same record afterwards."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.pictures import make
from tests.web.conftest import Service

PHOTO = make("JPEG", 32, 24)
KEY = {"Idempotency-Key": "k" * 16}


class Spooling(Service):
    """A service with a spool whose data store can be switched off: a file lies in its way."""

    def __init__(self, folder: Path, **variables: str) -> None:
        super().__init__(folder, {"SPOOL_DIRECTORY": str(folder / "spool"), **variables})
        self.pipeline = self.app.extensions["librarian"]

    def off(self) -> None:
        (self.folder / "data").write_bytes(b"")

    def on(self) -> None:
        (self.folder / "data").unlink()

    def put(self, path: str = "/upload?label=cat", **more: Any) -> Any:
        return self.client.put(path, data=PHOTO, content_type="image/jpeg", **more)

    def deliver(self) -> list[str]:
        return [end for _, end in self.pipeline.deliverer.round()]

    def assert_once(self, receipt: dict[str, Any]) -> None:
        (label,) = self.kept_labels()
        assert (label["uid"], label["label"]) == (receipt["uid"], "cat")
        assert [path.read_bytes() for path in self.kept_files()] == [PHOTO]
        assert label["_librarian"]["received_at"] == receipt["received_at"]


@pytest.fixture
def spooling(tmp_path: Path) -> Callable[..., Spooling]:
    (tmp_path / "service").mkdir()
    raw = {"INPUT_CONFIG": '{"type": "raw", "tag": "image"}'}
    return lambda **variables: Spooling(tmp_path / "service", **{**raw, **variables})


def test_a_store_that_is_down_is_202_and_the_record_comes_later(
    spooling: Callable[..., Spooling],
) -> None:
    service = spooling()
    service.off()
    answer = service.put()
    assert answer.status_code == 202
    receipt = answer.get_json()
    assert receipt["spooled"] is True
    assert receipt["replayed"] is False
    assert (receipt["data"][0]["width"], receipt["labels"]) == (32, {"label": "cat"})
    assert service.kept_labels() == []
    service.on()
    assert service.deliver() == ["delivered"]
    service.assert_once(receipt)


def test_a_key_that_waits_is_202_again_and_200_once_it_is_stored(
    spooling: Callable[..., Spooling],
) -> None:
    service = spooling()
    service.off()
    first = service.put(headers=KEY).get_json()
    again = service.put(headers=KEY)
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (202, "true")
    assert again.get_json() == {**first, "replayed": True}
    reused = service.put("/upload?label=dog", headers=KEY)
    assert (reused.status_code, reused.get_json()["type"]) == (422, "key-reused")
    service.on()
    assert service.deliver() == ["delivered"]
    stored = service.put(headers=KEY)
    assert stored.status_code == 200
    assert stored.get_json() == {k: v for k, v in first.items() if k != "spooled"} | {
        "replayed": True
    }
    service.assert_once(first)


def test_put_stays_200_and_the_pages_own_form_says_that_it_is_safe(
    spooling: Callable[..., Spooling],
) -> None:
    service = spooling(INPUT_CONFIG='{"type": ["file", "base64"], "tag": "image"}')
    service.off()
    form = {"image": base64.b64encode(PHOTO).decode()}
    legacy = service.client.post("/put?label=cat", data=form)
    assert (legacy.status_code, legacy.get_json()["spooled"]) == (200, True)
    page = service.client.post("/", data={**form, "label": "cat"})
    assert page.status_code == 202
    assert "safe with us" in page.get_data(as_text=True)


def test_always_answers_202_although_the_stores_are_well(
    spooling: Callable[..., Spooling],
) -> None:
    service = spooling(SPOOL_WHEN="always")
    answer = service.put()
    assert answer.status_code == 202
    assert service.is_empty()
    assert service.deliver() == ["delivered"]
    service.assert_once(answer.get_json())


def test_a_full_spool_is_507_data_store(spooling: Callable[..., Spooling]) -> None:
    service = spooling(SPOOL_MAX_BYTES="100")
    service.off()
    answer = service.put()
    assert (answer.status_code, answer.get_json()["type"]) == (507, "data-store")
    assert answer.headers["Retry-After"]
    assert not service.kept_labels()


def test_what_is_refused_never_reaches_the_spool(spooling: Callable[..., Spooling]) -> None:
    service = spooling(SPOOL_WHEN="always")
    assert service.client.put("/upload", data=PHOTO[:-200]).status_code == 406
    assert not list((service.folder / "spool").rglob("*.rec"))


def test_it_is_ready_while_the_spool_takes_records(spooling: Callable[..., Spooling]) -> None:
    service = spooling()
    service.off()
    answer = service.client.get("/readyz")
    assert answer.status_code == 200
    assert answer.get_json() == {
        "status": "ready",
        "spool": "takes",
        "not_answering": ["DATA_ACTOR_CONFIG[0]"],
    }


def test_it_is_not_ready_when_the_spool_takes_nothing(spooling: Callable[..., Spooling]) -> None:
    service = spooling()
    (service.folder / "spool").write_bytes(b"")
    answer = service.client.get("/readyz")
    assert answer.status_code == 503
    assert [each["rule"] for each in answer.get_json()["errors"]] == ["spool"]


def test_the_contract_tells_202_only_with_a_spool(spooling: Callable[..., Spooling]) -> None:
    document = spooling().client.get("/openapi.json").get_json()
    OpenAPIV31SpecValidator(document).validate()
    assert "202" in document["paths"]["/upload"]["put"]["responses"]
    assert "202" not in document["paths"]["/put"]["post"]["responses"]


def test_without_a_spool_nothing_speaks_of_it(tmp_path: Path) -> None:
    service = Service(tmp_path, {"INPUT_CONFIG": '{"type": "raw", "tag": "image"}'})
    answer = service.client.put("/upload", data=PHOTO, content_type="image/jpeg")
    assert "spooled" not in answer.get_json()
    assert service.client.get("/readyz").get_json() == {"status": "ready"}
    assert '"202"' not in json.dumps(service.client.get("/openapi.json").get_json()["paths"])
