"""Is an owner told what to look at, whatever MongoDB's driver says?"""

from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.errors import ConfigurationError, PyMongoError

from librarian.mongodb import faults
from tests.process import HOST


def said_of(uri: str) -> str:
    """Give what the driver says of a server that is not there."""
    client: MongoClient[Any] = MongoClient(uri, serverSelectionTimeoutMS=500)
    with client, pytest.raises(PyMongoError) as caught:
        client.db.labels.find_one()
    return str(caught.value)


def test_a_host_that_nobody_knows_is_told_from_one_that_does_not_listen(dead_port: int) -> None:
    assert faults.unreached(said_of("mongodb://no-such-host.invalid/")) == (
        "there is no server of this name"
    )
    said = faults.unreached(said_of(f"mongodb://{HOST}:{dead_port}/"))
    assert said == "nothing listens at the server's address"


def test_a_server_that_is_silent_is_asked_after_its_list_of_addresses(hanging_port: int) -> None:
    said = faults.unreached(said_of(f"mongodb://{HOST}:{hanging_port}/"))
    assert said == "the server does not answer; does it let this machine's address in?"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("bad auth : Authentication failed., full error", "this user with this password"),
        ("a:27017: [SSL: CERTIFICATE_VERIFY_FAILED] unable to get", "TLS"),
        ("No primary available for writes, Timeout: 4.0s", "primary"),
    ],
)
def test_what_a_driver_says_is_told_in_fixed_words(said: str, told: str) -> None:
    assert told in faults.unreached(said)
    assert faults.unreached(said).isascii()


@pytest.mark.parametrize(
    "said",
    [
        "The DNS query name does not exist: _mongodb._tcp.cluster0.example.invalid.",
        "The resolution lifetime expired after 4.021 seconds",
        "All nameservers failed to answer the query _mongodb._tcp.cluster0.example.invalid",
    ],
)
def test_a_host_behind_srv_that_nobody_knows_is_told_so(said: str) -> None:
    assert faults.given_up(str(ConfigurationError(said))) == (
        "no name server knows the address's host"
    )


def test_of_a_refusal_the_code_is_told_where_it_has_no_words() -> None:
    assert faults.refused(18) == faults.refused(8000)
    assert "user" in faults.refused(13)
    assert faults.refused(20) == "the server refuses, code 20"
    assert faults.refused(None) == "the server refuses, code None"
