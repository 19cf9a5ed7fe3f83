"""How is a key made at a terminal? Shown once, with what to store of it; nothing is written."""

from collections.abc import Iterator

from librarian.access import keys

ACTIONS = ("new", "hash")


def new(name: str, *, review: bool) -> Iterator[str]:
    """Make a key and tell it with its entry. Raises ValueError for a name that cannot be."""
    key = keys.make()
    entry = keys.entry_of(key, name)
    yield f"key    {key}"
    yield from _stored(entry, review=review)
    yield "The key is shown only here: give it to who will use it, as Authorization: Bearer KEY."


def hashed(key: str, name: str, *, review: bool) -> Iterator[str]:
    """Tell the entry of a key that a person chose. Raises ValueError for one that cannot be."""
    yield from _stored(keys.entry_of_chosen(key, name), review=review)


def _stored(entry: str, *, review: bool) -> Iterator[str]:
    member = "review" if review else "submit"
    yield f"entry  {entry}"
    yield f"Store the entry in ACCESS_{member.upper()}, or under “{member}” in ACCESS_CONFIG."
