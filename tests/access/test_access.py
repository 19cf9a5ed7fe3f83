"""Does each key let do what it is for, and nothing else?"""

import pytest

from librarian.access import Access, Caller, keys
from librarian.stage import AUTH, FORBIDDEN, OVERLOAD, Failure, Stage
from librarian.uid import PUBLIC

SUBMIT, OTHER, REVIEW, BOTH = (keys.make() for _ in range(4))


def entries(*made: str) -> list[keys.Key]:
    return [keys.parse(keys.entry_of(key)) for key in made]


def closed(*, public: bool = False) -> Access:
    return Access(entries(SUBMIT, OTHER, BOTH), entries(REVIEW, BOTH), public=public)


def bearer(key: str) -> str:
    return f"Bearer {key}"


def refusal(access: Access, authorization: str, verb: str = "submitter") -> tuple[Stage, str]:
    with pytest.raises(Failure) as caught:
        getattr(access, verb)(authorization)
    assert SUBMIT not in repr(caught.value)
    return caught.value.stage, caught.value.problems[0].rule


def test_without_keys_everybody_may_send_whatever_they_send_along() -> None:
    for header in ("", bearer("anything"), "Basic dTpw"):
        assert Access().submitter(header) == Caller(PUBLIC)


def test_a_submit_key_lets_send_within_a_scope_of_its_own() -> None:
    callers = [closed().submitter(bearer(key)) for key in (SUBMIT, OTHER)]
    assert all(caller.keyed for caller in callers)
    assert len({caller.scope for caller in callers} | {PUBLIC}) == 3
    assert closed(public=True).submitter(bearer(SUBMIT)) == callers[0]


@pytest.mark.parametrize(
    "header",
    ["", "Basic dTpw", f"Token {SUBMIT}", SUBMIT, "Bearer"],
    ids=["nothing", "Basic", "another scheme", "no scheme", "no key"],
)
def test_where_keys_are_needed_nothing_but_a_bearer_key_is_taken(header: str) -> None:
    assert refusal(closed(), header) in ((AUTH, "key-missing"), (AUTH, "key-wrong"))


@pytest.mark.parametrize(
    "header",
    [bearer(keys.make()), bearer(SUBMIT + "x"), bearer("ü"), bearer(f"{SUBMIT}, Bearer {SUBMIT}")],
    ids=["unknown", "longer", "no ASCII", "two"],
)
@pytest.mark.parametrize("public", [True, False])
def test_a_wrong_key_is_refused_also_where_none_is_needed(header: str, public: bool) -> None:
    assert refusal(closed(public=public), header) == (AUTH, "key-wrong")


def test_the_scheme_is_read_in_any_case() -> None:
    for scheme in ("bearer", "BEARER", "Bearer "):
        assert closed().submitter(f"{scheme} {SUBMIT}").keyed


def test_a_public_service_beside_keys_takes_those_without_one() -> None:
    assert closed(public=True).submitter("") == Caller(PUBLIC)


def test_a_review_key_looks_and_does_not_send() -> None:
    for access in (closed(), closed(public=True), Access(review=entries(REVIEW))):
        assert access.reviewer(bearer(REVIEW)).keyed
        assert refusal(access, bearer(REVIEW)) == (FORBIDDEN, "key")


def test_a_submit_key_sends_and_does_not_look() -> None:
    assert refusal(closed(), bearer(SUBMIT), "reviewer") == (FORBIDDEN, "key")
    for header in ("", "Basic dTpw"):
        assert refusal(closed(), header, "reviewer") == (AUTH, "key-missing")
    assert refusal(closed(), bearer("nonsense"), "reviewer") == (AUTH, "key-wrong")


def test_nobody_looks_where_there_are_no_review_keys() -> None:
    assert refusal(Access(), bearer(REVIEW), "reviewer") == (AUTH, "key-missing")


def test_a_key_listed_for_both_uses_does_both() -> None:
    access = closed()
    assert access.submitter(bearer(BOTH)) == access.reviewer(bearer(BOTH))


def test_a_key_that_cannot_be_looked_at_now_is_our_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(_: keys.Keyring, __: str) -> None:
        raise keys.Busy

    monkeypatch.setattr(keys.Keyring, "find", busy)
    assert refusal(closed(), bearer(SUBMIT)) == (OVERLOAD, "keys")
