"""Does a record stay in its split, whatever comes, and do those that belong together stay so?"""

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from librarian.collection import data
from librarian.exporting import assigning, together
from librarian.exporting.plan import Plan
from librarian.exporting.split import Splits
from librarian.picture import phash
from tests.exporting.collected import Collected, collected, filled, lines, picture

KEYS = [f"{number:024x}" for number in range(20_000)]


def moved(one: str, other: str) -> float:
    """Give the share of keys that are elsewhere when the shares change."""
    before, after = Splits.read(one), Splits.read(other)
    return sum(before.of(key) != after.of(key) for key in KEYS) / len(KEYS)


def test_each_split_gets_its_share() -> None:
    splits = Splits.read("train=0.8,val=0.15,test=0.05")
    found = [splits.of(key) for key in KEYS]
    assert found.count("train") / len(KEYS) == pytest.approx(0.8, abs=0.01)
    assert found.count("test") / len(KEYS) == pytest.approx(0.05, abs=0.01)


def test_a_key_is_in_the_same_split_for_ever() -> None:
    splits = Splits.read("train=0.5,val=0.25,test=0.25")
    found = "".join(splits.of(key)[1] for key in KEYS[:24])
    assert found == "aeaerraarraeeearrrearaar"


def test_the_order_of_splits_says_nothing() -> None:
    assert moved("train=0.8,val=0.1,test=0.1", "test=0.1,train=0.8,val=0.1") == 0


@pytest.mark.parametrize(
    ("other", "needed"),
    [
        ("train=0.7,val=0.1,test=0.2", 0.1),
        ("train=0.9,test=0.1", 0.1),
        ("train=0.8,val=0.05,test=0.15", 0.05),
        ("train=0.75,val=0.1,test=0.1,more=0.05", 0.05),
    ],
)
def test_where_shares_change_few_more_move_than_must(other: str, needed: float) -> None:
    assert needed - 0.01 < moved("train=0.8,val=0.1,test=0.1", other) < 2 * needed


@pytest.mark.parametrize(
    "text",
    ["", "train", "train=x", "train=0", "train=0.5", "train=0.5,train=0.5", "a b=1", "train=nan"],
)
def test_what_is_no_split_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"split|share|twice"):
        Splits.read(text)


def groups(folder: Path, *records: tuple[str, str, str]) -> list[str]:
    """Give the key of the group of each record, made of contributor, hash and look."""
    folder.mkdir()
    with Plan(folder) as plan:
        bodies = [
            (
                {"uid": f"{n:024x}", "received_at": "", "data": []},
                {"contributor": who, "sha256": sha256, "look": look},
            )
            for n, (who, sha256, look) in enumerate(records)
        ]
        count = plan.enter(bodies)
        return list(together.keys(plan.database, count))


ONE = f"{0xCAFE_0123_4567_89AB:016x}"
NEAR = f"{int(ONE, 16) ^ 0b111:016x}"
NEARER = f"{int(NEAR, 16) ^ (0b111 << 40):016x}"
FAR = f"{int(ONE, 16) ^ (0xF << 20):016x}"


def test_contributor_bytes_and_looks_tie_records_together(tmp_path: Path) -> None:
    found = groups(
        tmp_path / "plan",
        ("", "a", ONE), ("ann", "b", FAR), ("", "c", NEAR), ("ann", "d", ""), ("", "a", ""),
        ("", "e", NEARER), ("bob", "f", ""),
    )  # fmt: skip
    first = f"{0:024x}"
    assert found == [first, "ann", first, "ann", first, first, "bob"]


def test_what_comes_later_moves_nothing_but_where_it_ties_two_groups(tmp_path: Path) -> None:
    three = [("", "a", ""), ("", "b", ""), ("ann", "c", "")]
    before = groups(tmp_path / "before", *three)
    assert groups(tmp_path / "more", *three, ("", "d", ""), ("ann", "b2", ""))[:3] == before
    assert groups(tmp_path / "tied", *three, ("ann", "b", ""))[:3] == [
        before[0], before[1], before[1],
    ]  # fmt: skip


def test_plain_pictures_tie_nothing(tmp_path: Path) -> None:
    plain = ("8000000000000000", "0" * 16, "f" * 16)
    for look in plain:
        found = groups(tmp_path / look, ("", "a", look), ("", "b", look))
        assert len(set(found)) == 2


def test_every_near_pair_is_found_among_thousands(tmp_path: Path) -> None:
    dice = random.Random(7)
    looks = [dice.getrandbits(64) for _ in range(1500)]
    for look in looks[:500]:
        looks.append(look ^ sum(1 << bit for bit in dice.sample(range(64), 3)))
    found = groups(tmp_path / "plan", *(("", str(n), f"{x:016x}") for n, x in enumerate(looks)))
    for number in range(500):
        assert found[1500 + number] == found[number]
    expected = 1500 - sum(
        phash.distance(f"{a:016x}", f"{b:016x}") <= 3
        for n, a in enumerate(looks[:1500])
        for b in looks[:n]
    )
    assert len(set(found)) == expected


def test_the_same_photo_in_another_size_is_in_the_same_split(tmp_path: Path) -> None:
    service: Collected = collected(tmp_path / "service")
    for number in range(12):
        service.send({"n": number}, image=picture(number, 96, 64))
        service.send({"n": number}, image=picture(number, 120, 80, name="PNG"))
    service.export(tmp_path / "out", "jsonl", split="train=0.5,test=0.5")
    splits: dict[int, set[str]] = {}
    for split in ("train", "test"):
        for row in lines(tmp_path / "out" / f"{split}.jsonl"):
            splits.setdefault(row["n"], set()).add(split)
    assert {len(each) for each in splits.values()} == {1}
    assert {name for each in splits.values() for name in each} == {"train", "test"}


def test_each_picture_is_looked_at_once_and_what_it_looks_like_is_noted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = filled(tmp_path / "service", 25)
    monkeypatch.setattr(assigning, "LOOKED_AT", 4)
    read: list[str] = []
    fetch: Callable[..., bytes] = data.read

    def counted(stores: Any, uid: str, item: Any) -> bytes:
        read.append(uid)
        return fetch(stores, uid, item)

    monkeypatch.setattr(data, "read", counted)
    with monkeypatch.context() as broken:
        broken.setattr(assigning, "_places", lambda *_: interrupted())
        with pytest.raises(KeyboardInterrupt):
            service.export(tmp_path / "out", "jsonl", split="train=0.5,test=0.5")
    assert len(read) == len(set(read)) == 25
    service.resume(tmp_path / "out", "jsonl", split="train=0.5,test=0.5")
    assert len(read) == 50


def interrupted() -> Iterator[tuple[str, int, int]]:
    raise KeyboardInterrupt
    yield ("", 0, 0)
