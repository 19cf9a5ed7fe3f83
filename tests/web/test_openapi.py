"""Is the contract valid OpenAPI 3.1, and does it say what this configuration takes?"""

from collections.abc import Callable
from typing import Any

from openapi_spec_validator import validate

from librarian.stage import STAGES
from tests.web.conftest import Service

Make = Callable[..., Service]
TYPED = '[{"validator": "type", "args": [{"x": "int", "box.y": "float?"}]}]'


def contract(service: Service) -> dict[str, Any]:
    document: dict[str, Any] = service.client.get("/openapi.json").get_json()
    return document


def test_the_document_is_valid_openapi(service: Make) -> None:
    inputs = (
        '[{"type": ["base64", "file", "raw"], "tag": "image"}, {"type": "json", "tag": "more"}]'
    )
    running = service(INPUT_CONFIG=inputs, DATA_VALID_CONFIG="[]", LABEL_VALID_CONFIG=TYPED)
    validate(contract(running))


def test_the_labels_stand_as_schema_and_as_query_parameters(service: Make) -> None:
    document = contract(service(LABEL_VALID_CONFIG=TYPED))
    labels = document["components"]["schemas"]["Labels"]
    assert labels["required"] == ["x"]
    assert labels["properties"]["x"]["type"] == "integer"
    assert labels["properties"]["box"]["properties"]["y"]["type"] == "number"
    names = [each["name"] for each in document["paths"]["/upload"]["put"]["parameters"]]
    assert {"x", "box.y", "Idempotency-Key"} <= set(names)


def test_only_the_configured_encodings_are_offered(service: Make) -> None:
    document = contract(service(INPUT_CONFIG='{"type": "file", "tag": "image"}'))
    assert set(document["paths"]["/upload"]["put"]["requestBody"]["content"]) == {
        "multipart/form-data"
    }


def test_every_stage_stands_with_its_configured_status(service: Make) -> None:
    document = contract(service(STATUS_DATA_STORE="503"))
    responses = document["paths"]["/upload"]["put"]["responses"]
    said = " ".join(each["description"] for each in responses.values())
    assert all(
        f"`{stage.slug}`" in said
        for stage in STAGES
        if stage.slug not in ("not-found", "method", "range")
    )
    assert "`data-store`" in responses["503"]["description"]
    assert "507" not in responses
