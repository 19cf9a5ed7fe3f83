"""Can records be given a state, and does the trail tell who did so?"""

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from librarian.collection import Collection, Fixed, Selection
from librarian.commit import Commit
from librarian.record import PROVENANCE, Stored
from librarian.state import STATES, Amendment, Event
from tests.collection.conftest import Bench, marks
from tests.contract import HOSTILE, at_once

FLAG = {"stage": "label-validation", "rule": "range", "message": "x is at most 9."}


def states(bench: Bench, *asked: str) -> list[str]:
    return [entry.uid for entry in bench.collection.select(Selection.read(asked))]


def test_a_record_begins_as_received_and_as_flagged_where_a_validator_marked_it(
    bench: Bench,
) -> None:
    plain, marked = bench.add({"x": 1}), bench.add({"x": 10}, FLAG)
    assert states(bench, "received") == [plain]
    assert states(bench, "flagged") == [marked]
    found = bench.entry(marked)
    assert (found.state, found.flags, found.reason) == ("flagged", (FLAG,), "")
    assert "state" not in bench.entry(plain).whole[PROVENANCE]
    assert list(bench.collection.events()) == []


def test_a_record_that_was_flagged_before_there_were_states_reads_so(bench: Bench) -> None:
    own = bench.put(1, flags=[FLAG])
    assert states(bench, "flagged", "approved") == [own]
    assert states(bench, "received", "rejected") == []


def test_a_state_and_its_reason_are_seen_by_everybody_who_reads(amending: Bench) -> None:
    own, other = amending.add({**HOSTILE, "n": 1}), amending.add({"n": 2})
    before = dict(amending.entry(own).whole)
    told = amending.collection.amend(own, "rejected", by="anna", reason="It is blurred.")
    assert told is not None
    assert (told.uid, told.what, told.by) == (own, "rejected", "anna")
    assert (told.before, told.reason) == ("received", "It is blurred.")
    seen = [amending.entry(own), *amending.collection.select(Selection.read(["rejected"]))]
    seen += [e for e in amending.collection.select() if e.uid == own]
    assert len(seen) == 3
    for entry in seen:
        assert (entry.state, entry.reason) == ("rejected", "It is blurred.")
        assert entry.whole[PROVENANCE]["amended"] == {"at": told.at, "by": "anna"}
        assert entry.labels == {name: v for name, v in before.items() if name in entry.labels}
    scanned = [json.loads(each) for each in amending.mark.scan()]
    assert [w[PROVENANCE].get("state") for w in scanned if w["_id"] == own] == ["rejected"]
    assert states(amending, "not-rejected") == [other]
    again = amending.collection.amend(own, "approved", by="berta")
    assert again is not None
    assert (again.before, again.reason) == ("rejected", "")
    after = dict(amending.entry(own).whole)
    assert amending.entry(own).reason == ""
    changed = {"state", "reason", "amended"}
    for whole in (before, after):
        whole[PROVENANCE] = {k: v for k, v in whole[PROVENANCE].items() if k not in changed}
    assert json.dumps(before, sort_keys=True) == json.dumps(after, sort_keys=True)
    assert list(amending.collection.events(own)) == [told, again]


def test_back_to_received_is_received_whatever_flags_there_are(amending: Bench) -> None:
    own = amending.add({"x": 10}, FLAG)
    amending.collection.amend(own, "received", by="anna")
    assert states(amending, "received") == [own]
    assert states(amending, "flagged") == []
    assert amending.entry(own).flags == (FLAG,)
    assert amending.collection.count(Selection.read(["received"])) == 1


def test_flags_can_be_given_and_taken(amending: Bench) -> None:
    own = amending.add({"x": 1})
    doubt = {"stage": "rule", "rule": "often", "message": "This contributor sends often."}
    told = amending.mark.amend(own, Amendment("flagged", "", "rule often", [doubt]))
    assert told.by == "rule often"
    assert amending.entry(own).flags == (doubt,)
    amending.mark.amend(own, Amendment("approved", "", "anna", []))
    assert amending.entry(own).flags == ()


def test_a_record_that_is_not_there_is_not_amended_and_nothing_is_noted(amending: Bench) -> None:
    own, gone = amending.add({"x": 1}), amending.add({"x": 2})
    amending.collection.withdraw(gone, by="anna")
    for uid in ("0" * 24, gone):
        assert amending.collection.amend(uid, "approved", by="anna") is None
        assert amending.collection.get(uid) is None
    assert [(e.uid, e.what) for e in amending.collection.events()] == [(gone, "withdrawn")]
    assert [entry.uid for entry in amending.collection.select()] == [own]


def test_amendments_at_one_moment_follow_each_other_and_all_are_noted(amending: Bench) -> None:
    own = amending.add({"x": 1})
    given = [*STATES, *STATES]
    calls: list[Any] = [
        partial(amending.collection.amend, own, state, by=f"person {n}", reason=state)
        for n, state in enumerate(given)
    ]
    results = at_once(calls)
    assert all(isinstance(result, Event) for result in results), results
    noted = list(amending.collection.events(own))
    assert sorted(noted, key=repr) == sorted(results, key=repr)
    last = amending.entry(own)
    assert last.reason == last.state
    # each began where another ended: what was left is what the last one left
    left, begun = [each.what for each in noted], [each.before for each in noted]
    begun.remove("received")
    left.remove(last.state)
    assert sorted(left) == sorted(begun)


def test_two_amendments_of_different_records_do_not_wait_for_each_other_in_vain(
    amending: Bench,
) -> None:
    made = [amending.add({"n": n}) for n in range(8)]
    calls: list[Any] = [partial(amending.collection.amend, own, "approved", by="a") for own in made]
    assert all(isinstance(result, Event) for result in at_once(calls))
    assert sorted(states(amending, "approved")) == sorted(made)


def test_events_are_read_in_pages_of_one_record_and_of_all(
    amending: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("librarian.actors.mongo.PAGE", 2)
    monkeypatch.setattr("librarian.disk.audit.PAGE", 2)
    made = [amending.add({"n": n}) for n in range(2)]
    told = [
        amending.collection.amend(own, state, by="anna") for state in STATES[1:] for own in made
    ]
    assert list(amending.collection.events()) == told
    for number, own in enumerate(made):
        assert list(amending.collection.events(own)) == told[number::2]


def test_a_store_that_only_creates_says_that_states_cannot_be_given(fixed: Bench) -> None:
    own = fixed.add({"x": 1})
    assert not fixed.collection.amends
    with pytest.raises(Fixed, match="no state can be changed"):
        fixed.collection.amend(own, "approved", by="anna")
    assert fixed.entry(own).state == "received"


@pytest.mark.parametrize("kind", ["json", "jsonl"])
def test_states_survive_the_index_and_lie_beside_a_file_that_stays_as_it_is(
    tmp_path: Path, kind: str, request: pytest.FixtureRequest
) -> None:
    with marks(kind, tmp_path, request) as mark:
        bench = Bench(tmp_path, mark)
        own = bench.add({"x": 1})
        text = Path(mark.path).read_bytes()
        bench.collection.amend(own, "rejected", by="anna", reason="blurred")
        assert Path(mark.path).read_bytes() == text
        for beside in tmp_path.glob(f"{Path(mark.path).name}.index*"):
            beside.unlink()
        again = Bench(tmp_path, type(mark)(mark.path))
        again.add({"x": 2})
        assert (again.entry(own).state, again.entry(own).reason) == ("rejected", "blurred")
        assert states(again, "rejected") == [own]
        assert [event.by for event in again.collection.events(own)] == ["anna"]
        # a record undone and made anew begins anew
        mark.undo(Stored(mark.name, own))
        assert again.collection.get(own) is None
        assert states(again, "rejected") == []


def test_a_collection_without_a_store_that_can_be_read_is_none(tmp_path: Path) -> None:
    assert Collection.of(Commit.of([], [])) is None
