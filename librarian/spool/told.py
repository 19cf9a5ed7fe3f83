"""What does `librarian spool` say and do? A few words for each action; secrets are in no record."""

import json
from collections.abc import Callable, Iterable, Iterator

from librarian import moment
from librarian.commit import Commit
from librarian.disk import folder
from librarian.problem import nearest
from librarian.progress import Progress
from librarian.spool import Corrupt, Spool, Taken, uid_of, waits_since
from librarian.spool import entry as entries
from librarian.spool.deliverer import Deliverer
from librarian.units import say_bytes, written

ACTIONS = ("status", "list", "show", "retry", "drop", "drain")
NAMED = ("show", "retry", "drop")
"""The actions that are done to one record."""


class Unknown(Exception):
    """There is no such record, or it is not in the state for this."""


def status(spool: Spool) -> Iterator[str]:
    """Say how much waits, since when, and whether anybody delivers."""
    config, waiting, dead = spool.config, spool.names(), spool.buried()
    with spool.elected() as free:
        deliverer = "none is running" if free else "running"
    taken = f"{say_bytes(spool.room.taken)} of {say_bytes(config.max_bytes)}"
    rows = [
        ("directory", config.directory),
        ("when", config.when),
        ("waiting", _count(waiting)),
        ("oldest", _since(waiting[0]) if waiting else "none"),
        ("dead", _count(dead)),
        ("room taken", taken),
        ("tried for", written(config.max_age, "seconds")),
        ("deliverer", deliverer),
    ]
    yield from (f"{name:<13} {said}" for name, said in rows)


def listed(spool: Spool) -> Iterator[str]:
    """Say a line for each record: what waits, in order, then what is dead and why."""
    rows = [("NAME", "STATE", "SIZE", "SINCE", "REASON")]
    for name in spool.names():
        rows.append((_short(name), "waiting", _sized(spool, name), _since(name), ""))
    for name in spool.buried():
        why = str(spool.why(name)["reason"])
        rows.append((_short(name), "dead", _sized(spool, name), _since(name), why))
    if len(rows) == 1:
        yield "The spool is empty."
        return
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    for row in rows:
        yield "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip()


def shown(spool: Spool, given: str) -> Iterator[str]:
    """Say everything that one record says of itself; of its data, what they are. Raises Unknown."""
    name, dead = _found(spool, given)
    content = folder.read(spool.dead if dead else spool.waiting, name)
    if content is None:
        raise Unknown(f"“{given}” has just been delivered.")
    rows = [("name", _short(name)), ("state", "dead" if dead else "waiting")]
    if dead:
        why = spool.why(name)
        rows += [("reason", f"{why['reason']}, {why['at']}"), ("", str(why["said"]))]
    rows += [("since", _since(name)), ("size", say_bytes(len(content)))]
    try:
        told = entries.head(content)
    except Corrupt as error:
        rows.append(("damaged", str(error)))
    else:
        rows += [(word, _text(told[member])) for word, member in MEMBERS if told[member]]
        rows += [("labels", _text(told["labels"]))]
        rows += [("data", ", ".join(_facts(part))) for part in told["parts"]]
    yield from (f"{word:<13} {said}" for word, said in rows)


MEMBERS = (
    ("uid", "uid"),
    ("attempt", "attempt"),
    ("received", "received_at"),
    ("fingerprint", "fingerprint"),
    ("config", "config"),
    ("contributor", "contributor"),
    ("flags", "flags"),
)


def retried(spool: Spool, given: str) -> Iterator[str]:
    """Let a dead record wait again. Raises Unknown."""
    name, dead = _found(spool, given)
    if not dead:
        raise Unknown(f"“{given}” waits already.")
    try:
        new = spool.retry(name)
    except Corrupt as error:
        raise Unknown(f"“{given}” cannot be delivered: {error}.") from None
    except Taken:
        raise Unknown(f"Another record waits under the uid {uid_of(name)}.") from None
    yield f"{_short(name)} waits again, as {_short(new)}."


def dropped(spool: Spool, commit: Commit, given: str) -> Iterator[str]:
    """Forget a record for good; what it left in the stores is undone. Raises Unknown."""
    name, dead = _found(spool, given)
    if dead:
        spool.clear(name)
    else:
        with spool.in_hand():
            try:
                entry = spool.read(name)
            except Corrupt:
                entry = None
            if entry is not None:
                commit.abandon(entry.record, entry.attempt)
            spool.remove(name)
    yield f"{_short(name)} is dropped."


def drained(
    spool: Spool, deliverer: Deliverer, progress: Progress, say: Callable[[Iterable[str]], None]
) -> bool:
    """Deliver all that waits, now; say what became of it, and whether nothing is left."""
    spool.mend()
    counts: dict[str, int] = {}
    went_on = True
    while went_on:
        went_on = False
        total = len(spool.names())
        for _, end in progress.over(deliverer.round(), "delivering", total):
            if end != "waits":
                counts[end] = counts.get(end, 0) + 1
                went_on = True
    left = len(spool.names())
    ends = ("delivered", "duplicate", "dead")
    rows = [(end, str(counts[end])) for end in ends if counts.get(end)] + [("left", str(left))]
    say(f"{word:<13} {said}" for word, said in rows)
    if left:
        say([f"{'':<13} the stores do not take what is left; librarian check --connect says why"])
    return not left


def _found(spool: Spool, given: str) -> tuple[str, bool]:
    """Find a record by its name; say whether it is dead. Raises Unknown."""
    name = f"{given.removesuffix('.rec')}.rec"
    waiting, dead = spool.names(), spool.buried()
    if name not in (*waiting, *dead):
        known = [_short(each) for each in (*waiting, *dead)]
        hint = nearest(given, known)
        raise Unknown(f"There is no record “{given}” in the spool.{hint} See librarian spool list.")
    return name, name not in waiting


def _facts(part: dict[str, object]) -> Iterator[str]:
    yield f"{part['tag']}: {part['kind']}"
    if part["filename"]:
        yield _text(part["filename"])
    yield say_bytes(int(str(part["bytes"])))
    yield f"sha256 {part['sha256']}"


def _text(value: object) -> str:
    """Write a value; what a client sent never reaches the terminal as it is."""
    plain = isinstance(value, str) and value.isascii() and value.isprintable()
    return str(value) if plain else json.dumps(value)


def _short(name: str) -> str:
    return name.removesuffix(".rec")


def _since(name: str) -> str:
    return moment.written(waits_since(name))


def _sized(spool: Spool, name: str) -> str:
    return say_bytes(spool.size(name))


def _count(names: list[str]) -> str:
    return "1 record" if len(names) == 1 else f"{len(names)} records"
