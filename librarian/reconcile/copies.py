"""Do the other label stores say what the mark says? What they lack is written, the rest removed."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from librarian.chain import Step
from librarian.reconcile.look import Finding, Look, reading
from librarian.reconcile.references import fingerprint
from librarian.record import LABELS, Document, Stored, label_record


def compare(look: Look, place: int, step: Step) -> Iterator[Finding]:
    """Yield what one label store has without a mark, lacks, or has otherwise than the mark."""
    yield from _left(look, place, step)
    for uid, at in look.known.lacking(place):
        if not look.old(at):
            continue
        whole, there = look.marked(uid), _written_there(step, uid)
        if whole is None or there == fingerprint(whole):
            continue
        found = Finding("copies", "differs" if there else "missing", step.path, _name(step, uid))
        yield look.mended(found, "written", partial(_write, step, uid, whole, anew=bool(there)))


def _left(look: Look, place: int, step: Step) -> Iterator[Finding]:
    believable = look.believable(step.path, *look.known.copies(place))
    first = look.known.first()
    for uid, at, seen in look.known.left(place):
        if not look.old(at) or look.waits(uid) or look.marked(uid) is not None:
            continue
        found = Finding("copies", "no mark", step.path, _name(step, uid))
        if at < first:
            # there was no mark yet, it seems, when this was written: it may be the record itself
            yield replace(found, done="left: it is older than every mark")
        elif not believable:
            yield found
        else:
            look.known.forget(place, uid)
            if _written_there(step, uid) == seen:  # and not what another attempt wrote since
                gone = Stored(step.component.name, found.name)
                yield look.mended(found, "removed", partial(step.undo, gone))


def _name(step: Step, uid: str) -> str:
    name: str = step.component.name_of(uid, ".json")
    return name


def _written_there(step: Step, uid: str) -> str:
    """Give the fingerprint of what the store has of a uid now, empty for nothing."""
    with reading(step):
        found = step.fetch(_name(step, uid))
    whole = None if found is None else label_record(found)
    return "" if whole is None else fingerprint(whole)


def _write(step: Step, uid: str, whole: Mapping[str, Any], *, anew: bool) -> None:
    if anew:
        step.undo(Stored(step.component.name, _name(step, uid)))
    step.act(uid, Document(LABELS, whole))
