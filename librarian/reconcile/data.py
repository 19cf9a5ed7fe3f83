"""Do records and data belong together? Data without a record are removed; the rest is told."""

import hashlib
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from librarian.component import Fetches
from librarian.reconcile.look import Finding, Look, reading
from librarian.reconcile.references import Named, key_in, places_of
from librarian.reconcile.stores import Store
from librarian.record import Stored


def orphans(look: Look, stores: Sequence[Store]) -> Iterator[Finding]:
    """Yield the data that no record names, removed where that was asked for."""
    believable = look.believable("data", *look.known.data())
    tags = {*look.tags, *look.known.tags()}
    for place, name, at in look.known.unnamed():
        store = stores[place]
        if not store.may_be_data(name, tags):
            continue
        with reading(store.step):
            if store.is_label_record(name):
                continue
        uid = store.uid_of(name)
        if not look.old(at) or look.waits(uid) or _is_named(look, uid, name):
            continue
        found = Finding("orphans", "no record", store.step.path, name)
        gone = Stored(store.step.component.name, name)
        yield look.mended(found, "removed", partial(store.step.undo, gone)) if believable else found


def records(look: Look, stores: Sequence[Store]) -> Iterator[Finding]:
    """Yield what the records of the mark name and the stores have not, or not as it was."""
    for named in look.progress.over(look.known.named(), "comparing", look.known.count_named()):
        places = [
            (place, store)
            for place, store in enumerate(stores)
            if store.step.component.name == named.actor and store.sees(named.tag)
        ]
        look.checked["elsewhere"] += not places
        faults = [
            (store, fault)
            for place, store in places
            if (fault := _fault(look, place, store, named))
        ]
        sound = len(places) - len(faults)
        short = min(named.times, len(places)) - sound
        if short > 0 and look.marked(named.uid) is not None:
            for store, fault in faults[:short]:
                yield Finding("records", fault, store.step.path, named.name)


def _is_named(look: Look, uid: str, name: str) -> bool:
    """Ask the mark anew, immediately before something is removed."""
    whole = look.marked(uid)
    named = () if whole is None else places_of(whole)
    return any(key_in(each, uid) == key_in(name, uid) for _, _, _, each in named)


def _fault(look: Look, place: int, store: Store, named: Named) -> str:
    """Say what is wrong with one piece of data in one store; a deep look reads every byte."""
    if not look.deep and look.known.holds(place, named.name):
        return ""
    component: Any = store.step.component
    # documents and converted images are kept in another form than the one that was hashed
    comparable = look.deep and component.verbatim
    if not isinstance(component, Fetches):
        return "" if look.known.holds(place, named.name) else "data missing"
    with reading(store.step):
        found = store.step.fetch(named.name)
    if found is None:
        return "data missing"
    if comparable and hashlib.sha256(found).hexdigest() != named.sha256:
        return "data changed"
    return ""
