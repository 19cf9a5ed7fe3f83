"""Are keys, origins, rates and quotas read whole, and is every fault told with its path?"""

import json
from pathlib import Path

import pytest
from pydantic import SecretStr

from librarian.access import keys
from librarian.problem import ConfigError
from librarian.settings import Settings, load
from librarian.settings.access import MOST_SLOW
from librarian.settings.quota import QuotaConfig
from librarian.settings.rate import RateConfig

STORED = {"DATA_ACTOR_CONFIG": "[]", "LABEL_ACTOR_CONFIG": "[]"}
ONE, TWO = (keys.entry_of(keys.make(), name) for name in ("one", "two"))


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each test stand in an empty folder of its own."""
    monkeypatch.chdir(tmp_path)


def read(**variables: str) -> Settings:
    return load({**STORED, **variables})


def problems(**variables: str) -> dict[str, str]:
    with pytest.raises(ConfigError) as caught:
        read(**variables)
    told = {problem.path: problem.message for problem in caught.value.problems}
    assert "canary" not in "".join(told.values())
    return told


def test_a_key_that_a_host_made_is_named_where_it_is(tmp_path: Path) -> None:
    key = keys.make()
    (tmp_path / "key").write_text(f"{key}\n")
    references = ("one:key:${HOSTS_OWN}", f"one:key:${{file:{tmp_path / 'key'}}}")
    for text in references:
        access = read(ACCESS_REVIEW=text, HOSTS_OWN=key).access
        assert access is not None
        assert access.review == (keys.parse(keys.entry_of(key, "one")),)
    told = problems(ACCESS_SUBMIT="one:key:${HOSTS_OWN}")
    assert told == {"ACCESS_SUBMIT": "${HOSTS_OWN} is not set"}


def test_without_them_everybody_may_send_as_often_as_they_like() -> None:
    settings = read()
    assert (settings.access, settings.rate, settings.quotas) == (None, None, ())
    assert not settings.closed


def test_keys_are_read_as_a_list_and_with_commas() -> None:
    whole = read(ACCESS_CONFIG=json.dumps({"submit": [ONE, TWO], "review": [TWO]})).access
    apart = read(ACCESS_SUBMIT=f"{ONE}, {TWO}", ACCESS_REVIEW=TWO).access
    assert whole == apart
    assert whole is not None
    assert [key.name for key in whole.submit] == ["one", "two"]


def test_a_service_is_closed_where_there_are_submit_keys_and_it_is_not_public() -> None:
    assert read(ACCESS_SUBMIT=ONE).closed
    assert not read(ACCESS_SUBMIT=ONE, ACCESS_PUBLIC="true").closed
    assert not read(ACCESS_REVIEW=ONE).closed


def test_a_wrong_key_is_told_with_its_place_and_not_quoted() -> None:
    told = problems(ACCESS_CONFIG=json.dumps({"submit": [ONE, "canary"], "public": "canary"}))
    assert set(told) == {"ACCESS_CONFIG.submit[1]", "ACCESS_CONFIG.public"}
    assert "librarian key new" in told["ACCESS_CONFIG.submit[1]"]
    assert set(problems(ACCESS_SUBMIT=f"canary,{ONE}")) == {"ACCESS_SUBMIT[0]"}


def test_keys_with_slow_hashes_are_few() -> None:
    slow = f"scrypt:14:8:1:c2FsdHNhbHQ:{'A' * 43}"
    assert read(ACCESS_SUBMIT=",".join([slow] * MOST_SLOW)).access
    told = problems(ACCESS_SUBMIT=",".join([slow] * (MOST_SLOW + 1)))
    assert "more than 8 keys" in told["ACCESS_SUBMIT"]


def test_a_wrong_origin_is_told_with_its_place() -> None:
    told = problems(LIBRARIAN_ORIGINS="https://a.example, https://b.example/x, https://*")
    assert set(told) == {"LIBRARIAN_ORIGINS[1]", "LIBRARIAN_ORIGINS[2]"}
    assert read(LIBRARIAN_ORIGINS="https://*.Example.org").origins == ("https://*.example.org",)


def test_rates_are_read_whole_and_member_by_member() -> None:
    rate = read(
        RATE_CONFIG='{"limit": "5 per minute, 9/2hours", "storage": "${REDIS_URL}"}',
        REDIS_URL="redis://:canary@localhost:6379/0",
        RATE_BY="address",
    ).rate
    assert rate == RateConfig(
        limit="5 per minute, 9/2hours",
        by="address",
        storage=SecretStr("redis://:canary@localhost:6379/0"),
    )
    assert "canary" not in repr(rate)


@pytest.mark.parametrize(
    ("member", "wrong"),
    [
        ("LIMIT", "60"), ("LIMIT", "many/minute"), ("LIMIT", "0/minute"), ("KEYED", "1/fortnight"),
        ("LIMIT", "100001/day"), ("BY", "name"), ("STORAGE", "memory://"),
        ("STORAGE", "canary"), ("STORAGE", "redis://:canary@localhost:port"),
        ("STORAGE", "mongodb://u:can@ary@localhost"), ("STORAGE", "postgres://localhost"),
    ],
)  # fmt: skip
def test_a_wrong_rate_is_told(member: str, wrong: str) -> None:
    assert set(problems(**{f"RATE_{member}": wrong})) == {f"RATE_{member}"}


def test_redis_without_its_library_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("librarian.settings.rate.find_spec", lambda _: None)
    assert "data-librarian[redis]" in problems(RATE_STORAGE="redis://localhost")["RATE_STORAGE"]


def test_quotas_are_a_list_of_objects() -> None:
    whole = [{"label": "box.mood", "most": 5}, {"per": "contributor", "every": "day", "most": 2}]
    assert read(QUOTA_CONFIG=json.dumps(whole)).quotas == (
        QuotaConfig(label="box.mood", most=5),
        QuotaConfig(per="contributor", every="day", most=2),
    )


def test_every_wrong_quota_is_told_with_its_path() -> None:
    wrong = [
        {"most": 0}, {"most": True}, {"most": "5"}, {"label": "a..b", "most": 1}, "canary",
        {"most": 1, "every": "canary"}, {"mots": 1},
    ]  # fmt: skip
    told = problems(QUOTA_CONFIG=json.dumps(wrong))
    assert set(told) == {
        "QUOTA_CONFIG[0].most", "QUOTA_CONFIG[1].most", "QUOTA_CONFIG[2].most",
        "QUOTA_CONFIG[3].label", "QUOTA_CONFIG[4]", "QUOTA_CONFIG[5].every",
        "QUOTA_CONFIG[6].mots", "QUOTA_CONFIG[6].most",
    }  # fmt: skip
    assert 'Did you mean "most"?' in told["QUOTA_CONFIG[6].mots"]
    assert set(problems(QUOTA_CONFIG='{"most": 1}')) == {"QUOTA_CONFIG"}


def test_two_quotas_that_count_the_same_are_told() -> None:
    twice = '[{"label": "mood", "most": 5}, {"most": 3}, {"label": "mood", "most": 9}]'
    assert set(problems(QUOTA_CONFIG=twice)) == {"QUOTA_CONFIG[2]"}


def test_quotas_on_a_disk_that_does_not_last_are_a_problem_unless_accepted() -> None:
    quota = {"QUOTA_CONFIG": '[{"most": 5}]', "DYNO": "web.1"}
    assert "RATE_CONFIG" in problems(**quota)["QUOTA_CONFIG"]
    assert read(**quota, RATE_STORAGE="mongodb://localhost").quotas
    assert read(**quota, LIBRARIAN_EPHEMERAL_DISK="accept").quotas
