"""Are access keys told apart by their hashes alone, all of them compared, at a bounded cost?"""

import hashlib
import hmac
import re
import threading

import pytest

from librarian.access import keys

CHOSEN = "correct-horse-battery-staple"


def test_a_key_that_is_made_has_256_random_bits_and_is_another_each_time() -> None:
    made = {keys.make() for _ in range(50)}
    assert len(made) == 50
    for key in made:
        assert keys.TOKEN.fullmatch(key)
        assert len(key.removeprefix(keys.PREFIX)) == 43  # 32 bytes in base64url


def test_a_made_key_is_found_by_its_entry_and_no_other_is() -> None:
    key = keys.make()
    known = keys.parse(keys.entry_of(key, "phones"))
    ring = keys.Keyring([known, keys.parse(keys.entry_of(keys.make()))])
    assert ring.find(key) == (known,)
    assert known.name == "phones"
    for wrong in (key[:-1], key + "a", key.lower(), keys.make(), "x"):
        assert ring.find(wrong) == ()


def test_a_key_that_a_host_made_is_found_and_only_its_hash_is_held() -> None:
    made = "0123456789abcdef" * 4
    for name in ("", "phones:", "key:", "mykey:", "sha256:"):
        known = keys.parse(f"{name}key:{made}")
        assert keys.Keyring([known]).find(made) == (known,)
        assert known.name == name.removesuffix(":")
        assert made not in repr(known)
    with pytest.raises(ValueError, match="32 characters") as raised:
        keys.parse("key:tooshort4711")
    assert "tooshort" not in str(raised.value)


def test_a_chosen_key_is_salted_and_found() -> None:
    entries = [keys.entry_of_chosen(CHOSEN) for _ in range(2)]
    assert entries[0] != entries[1]
    known = keys.parse(entries[0])
    ring = keys.Keyring([known])
    assert ring.find(CHOSEN) == (known,)
    assert ring.find(CHOSEN + "r") == ()


@pytest.mark.parametrize("chosen", ["short", "with a blank in it", "ümläute-und-mehr", "x" * 513])
def test_a_chosen_key_that_no_header_carries_is_not_hashed(chosen: str) -> None:
    with pytest.raises(ValueError, match="letters, digits") as caught:
        keys.entry_of_chosen(chosen)
    assert chosen not in str(caught.value)


WRONG = {
    "nothing": "",
    "no scheme": "a" * 64,
    "too few digits": "sha256:" + "a" * 63,
    "no digits": "sha256:" + "g" * 64,
    "the key itself": keys.PREFIX + "canary",
    "a name with a blank": "my phone:sha256:" + "a" * 64,
    "too cheap": "scrypt:9:8:1:c2FsdHNhbHQ:" + "A" * 43,
    "too dear": "scrypt:17:8:1:c2FsdHNhbHQ:" + "A" * 43,
    "a short salt": "scrypt:14:8:1:c2Fs:" + "A" * 43,
    "a short hash": "scrypt:14:8:1:c2FsdHNhbHQ:AAAA",
    "no base64": "scrypt:14:8:1:c2FsdHNhbHQ:" + "A" * 41,
    "a number": 3,
}


@pytest.mark.parametrize("entry", WRONG.values(), ids=WRONG.keys())
def test_an_entry_that_is_none_is_told_and_not_quoted(entry: object) -> None:
    with pytest.raises(ValueError, match=r"must be|asks for|needs a salt|base64url") as caught:
        keys.parse(entry)
    assert "canary" not in str(caught.value)


def test_every_entry_is_compared_in_constant_time_also_after_one_fits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = [keys.make() for _ in range(20)]
    ring = keys.Keyring([keys.parse(keys.entry_of(key)) for key in made])
    compared: list[bytes] = []

    def counting(sent: bytes, known: bytes) -> bool:
        compared.append(known)
        return sent == known

    monkeypatch.setattr(hmac, "compare_digest", counting)
    for key in (made[0], made[19], keys.make()):
        compared.clear()
        ring.find(key)
        assert len(compared) == 20


def test_a_slow_hash_is_computed_once_for_a_right_key(monkeypatch: pytest.MonkeyPatch) -> None:
    ring = keys.Keyring([keys.parse(keys.entry_of_chosen(CHOSEN))])
    computed: list[int] = []
    really = hashlib.scrypt

    def counting(*args: object, **kwargs: object) -> bytes:
        computed.append(1)
        return really(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(hashlib, "scrypt", counting)
    for _ in range(5):
        assert ring.find(CHOSEN)
    assert len(computed) == 1
    for _ in range(3):
        assert not ring.find("another-wrong-key")
    assert len(computed) == 4


def test_a_key_is_not_remembered_in_the_clear() -> None:
    ring = keys.Keyring([keys.parse(keys.entry_of_chosen(CHOSEN))])
    ring.find(CHOSEN)
    assert ring._seen
    plain = hashlib.sha256(CHOSEN.encode()).digest()
    for mark in ring._seen:
        assert mark not in (CHOSEN.encode(), plain)
    assert CHOSEN not in repr(vars(ring))


def test_many_unknown_keys_do_not_hold_every_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "QUEUE", 0.01)
    ring = keys.Keyring([keys.parse(keys.entry_of_chosen(CHOSEN))])
    inside, go = threading.Event(), threading.Event()
    really = hashlib.scrypt

    def slow(*args: object, **kwargs: object) -> bytes:
        inside.set()
        assert go.wait(30)
        return really(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(hashlib, "scrypt", slow)
    first = threading.Thread(target=ring.find, args=("unknown-key-one",))
    first.start()
    assert inside.wait(30)
    with pytest.raises(keys.Busy):
        ring.find("unknown-key-two")
    go.set()
    first.join()
    assert ring.find(CHOSEN)


def test_a_configured_key_shows_no_hash() -> None:
    entry = keys.entry_of_chosen(CHOSEN, "phones")
    known = keys.parse(entry)
    shown = f"{known!r} {known.scope}"
    assert "phones" in shown
    for part in entry.split(":")[-2:]:
        assert part not in shown
    assert known.digest.hex() not in shown


def test_another_name_is_the_same_caller() -> None:
    key = keys.make()
    scopes = {keys.parse(keys.entry_of(key, name)).scope for name in ("", "a", "b")}
    assert len(scopes) == 1
    assert re.fullmatch(r"access [0-9a-f]{32}", scopes.pop())
