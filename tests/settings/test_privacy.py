"""Is PRIVACY_CONFIG read whole and member by member, with the careful default where nothing is?"""

from pathlib import Path

import pytest

from librarian import summary
from librarian.problem import ConfigError
from librarian.settings import load
from librarian.settings.privacy import PrivacyConfig


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each test stand in an empty folder of its own."""
    monkeypatch.chdir(tmp_path)


def problems(**variables: str) -> dict[str, str]:
    with pytest.raises(ConfigError) as caught:
        load(variables)
    return {problem.path: problem.message for problem in caught.value.problems}


def test_where_nothing_is_said_places_go_and_no_address_is_kept() -> None:
    assert load({}).privacy == PrivacyConfig(strip="location", keep_ip="no")


def test_members_are_read_one_by_one_and_together() -> None:
    read = load({"PRIVACY_CONFIG": '{"strip": "none", "keep_ip": "yes"}', "PRIVACY_STRIP": "all"})
    assert read.privacy == PrivacyConfig(strip="all", keep_ip="yes")


def test_a_text_needs_a_name_and_a_name_a_text() -> None:
    assert "is missing" in problems(PRIVACY_CONSENT_TEXT="Yes.")["PRIVACY_CONFIG.consent_version"]
    assert "names no text" in problems(PRIVACY_CONSENT_VERSION="v1")["PRIVACY_CONSENT_VERSION"]
    told = problems(PRIVACY_CONSENT_TEXT="Yes.", PRIVACY_CONSENT_VERSION="the first")
    assert "letters, digits" in told["PRIVACY_CONSENT_VERSION"]


def test_a_wrong_member_is_told_with_what_is_allowed() -> None:
    told = problems(PRIVACY_CONFIG='{"strip": "some", "keepip": "no"}')
    assert "'location', 'all' or 'none'" in told["PRIVACY_CONFIG.strip"]
    assert 'Did you mean "keep_ip"?' in told["PRIVACY_CONFIG.keepip"]


@pytest.mark.parametrize(("variables", "says"), [
    ({}, "where pictures were taken is left out; no addresses kept"),
    ({"PRIVACY_STRIP": "all"}, "no other metadata"),
    ({"PRIVACY_STRIP": "none", "PRIVACY_KEEP_IP": "yes"}, "as sent, with the place"),
    ({"PRIVACY_CONSENT_TEXT": "Yes.", "PRIVACY_CONSENT_VERSION": "v1"}, "consent v1"),
])  # fmt: skip
def test_check_says_what_is_kept(variables: dict[str, str], says: str) -> None:
    (line,) = [each for each in summary.standing(load(variables)) if each.startswith("privacy")]
    assert says in line
