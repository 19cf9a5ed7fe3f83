"""Who may read the numbers, and do they tell what happened?"""

import base64
import json
from collections.abc import Callable

import pytest
from prometheus_client.parser import text_string_to_metric_families as parsed

from librarian.access import keys
from tests.pictures import make
from tests.web.conftest import Service

Make = Callable[..., Service]
PHOTO = make("PNG", 64, 48)
HERE = {"REMOTE_ADDR": "127.0.0.1"}
ELSEWHERE = {"REMOTE_ADDR": "203.0.113.9"}
REVIEW, SUBMIT = keys.make(), keys.make()
GUARDED = {"ACCESS_REVIEW": keys.entry_of(REVIEW), "ACCESS_SUBMIT": keys.entry_of(SUBMIT)}


def numbers(service: Service, name: str) -> dict[tuple[str, ...], float]:
    """Give a metric's series: label values, in the order of their names, to number."""
    text = service.client.get("/metrics", environ_base=HERE).text
    return {
        tuple(value for _, value in sorted(sample.labels.items())): sample.value
        for family in parsed(text)
        for sample in family.samples
        if sample.name == name
    }


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.9.1", "::1"])
def test_this_machine_may_read(service: Make, address: str) -> None:
    told = service().client.get("/metrics", environ_base={"REMOTE_ADDR": address})
    assert told.status_code == 200
    assert told.content_type.startswith("text/plain; version=0.0.4")


@pytest.mark.parametrize("address", ["203.0.113.9", "10.0.0.3", "", "::ffff:203.0.113.9"])
def test_nobody_else_may_without_a_key(service: Make, address: str) -> None:
    told = service().client.get("/metrics", environ_base={"REMOTE_ADDR": address})
    assert (told.status_code, told.get_json()["type"]) == (401, "auth")
    assert "librarian_" not in told.text


@pytest.mark.parametrize(
    "header",
    [
        {"X-Forwarded-For": "127.0.0.1"},
        {"X-Forwarded-Proto": "https"},
        {"X-Real-IP": "127.0.0.1"},
        {"Forwarded": "for=127.0.0.1"},
        {"Via": "1.1 proxy"},
        {"Host": "librarian.example"},
        {"Host": "127.0.0.1.evil.example"},
    ],
    ids=str,
)
@pytest.mark.parametrize("hops", ["0", "1"])
def test_what_came_through_a_proxy_is_not_local(
    service: Make, header: dict[str, str], hops: str
) -> None:
    running = service(LIBRARIAN_PROXY_HOPS=hops)
    told = running.client.get("/metrics", environ_base=HERE, headers=header)
    assert told.status_code == 401


def test_a_review_key_opens_it_from_anywhere_and_a_submit_key_does_not(service: Make) -> None:
    running = service(**GUARDED)

    def status(key: str) -> int:
        headers = {"Authorization": f"Bearer {key}", "X-Forwarded-For": "198.51.100.7"}
        return running.client.get("/metrics", environ_base=ELSEWHERE, headers=headers).status_code

    assert (status(REVIEW), status(SUBMIT), status(keys.make())) == (200, 403, 401)


def test_behind_a_declared_proxy_the_machine_itself_may_still_read(service: Make) -> None:
    running = service(LIBRARIAN_PROXY_HOPS="1")
    assert running.client.get("/metrics", environ_base=HERE).status_code == 200


def test_contributions_and_refusals_are_counted_with_their_reasons(service: Make) -> None:
    running = service(LABEL_VALID_CONFIG='[{"validator": "type", "args": [{"x": "int"}]}]')
    client = running.client
    key = {"Idempotency-Key": "k" * 16}
    for _ in range(2):
        client.put("/upload?x=1", data=PHOTO, headers=key)
    client.post("/put?x=1", data=PHOTO)
    client.put("/upload?x=no", data=PHOTO)
    client.put("/upload?x=1", data=b"%PDF-")
    client.put("/upload", data=b"")
    client.get("/nothing")
    assert numbers(running, "librarian_contributions_total") == {
        ("stored",): 2, ("replayed",): 1, ("spooled",): 0,
    }  # fmt: skip
    refused = {key: n for key, n in numbers(running, "librarian_refusals_total").items() if n}
    assert refused == {
        ("type", "label-validation"): 1,
        ("format", "type"): 1,
        ("empty", "receive"): 1,
        ("not-found", "not-found"): 1,
    }
    assert numbers(running, "librarian_request_seconds_count")["upload", "none"] == 2
    assert numbers(running, "librarian_request_seconds_count")["put", "none"] == 1
    assert numbers(running, "librarian_request_seconds_count")["upload", "type"] == 1
    assert numbers(running, "librarian_stored_bytes_total")[()] == 2 * len(PHOTO)
    assert numbers(running, "librarian_received_bytes_total")[()] == 4 * len(PHOTO) + 5
    assert numbers(running, "librarian_in_flight")[()] == 0
    stages = numbers(running, "librarian_stage_seconds_count")
    assert stages["data-validation",] == 5
    assert stages["cross-validation",] == 3


def test_a_store_is_timed_under_its_place_in_the_configuration(service: Make) -> None:
    running = service()
    running.client.put("/upload", data=PHOTO)
    counts = numbers(running, "librarian_store_seconds_count")
    assert counts == {
        ("done", "data-store", "DATA_ACTOR_CONFIG[0]", "act"): 1,
        ("done", "label-store", "LABEL_ACTOR_CONFIG[0]", "act"): 1,
    }


def test_a_bug_shows_as_internal(service: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError

    running = service()
    assert numbers(running, "librarian_refusals_total")["internal", "internal"] == 0
    monkeypatch.setattr("librarian.reading.fingerprint", broken)
    running.client.put("/upload", data=PHOTO)
    assert numbers(running, "librarian_refusals_total")["internal", "internal"] == 1
    assert numbers(running, "librarian_in_flight")[()] == 0


def test_what_waits_in_the_spool_and_the_outbox_is_told(service: Make, dead_port: int) -> None:
    secret = "whsec_" + base64.b64encode(b"s" * 24).decode()
    receiving = {"url": f"http://127.0.0.1:{dead_port}/", "secret": secret}
    hook = {"actor": "webhook", "kwargs": receiving}
    assert not numbers(service(), "librarian_spool_records")
    running = service(SPOOL_DIRECTORY=str(service().folder / "spool"), SPOOL_WHEN="always")
    running.client.put("/upload", data=PHOTO)
    assert numbers(running, "librarian_spool_records") == {("waiting",): 1, ("dead",): 0}
    assert numbers(running, "librarian_spool_bytes")[()] > len(PHOTO)
    assert numbers(running, "librarian_contributions_total")[("spooled",)] == 1
    stores = [{"actor": "sqlite", "args": [f"{running.folder}/labels.sqlite"]}, hook]
    telling = service(LABEL_ACTOR_CONFIG=json.dumps(stores))
    telling.client.put("/upload", data=PHOTO)
    assert numbers(telling, "librarian_outbox_deliveries") == {("waiting",): 1, ("dead",): 0}


def test_no_label_and_no_name_of_a_file_becomes_a_series(service: Make) -> None:
    running = service()
    running.client.put("/upload?mood=secretly", data=PHOTO)
    running.client.put("/upload?_secretly=secretly", data=PHOTO)
    running.client.get("/secretly")
    running.client.open("/upload", method="SECRETLY")
    assert "secretly" not in running.client.get("/metrics", environ_base=HERE).text.lower()
