"""Which attempts ended without an end? What the journal has left is settled, as in the service."""

from collections.abc import Iterator
from dataclasses import replace

from librarian.reconcile.look import Finding, Look


def compare(look: Look) -> Iterator[Finding]:
    """Yield the attempts that were left, settled where that was asked for."""
    journal = look.commit.journal
    if journal is None or not journal.folder.is_dir():
        return
    if not look.fix:
        for intent in journal.dangling():
            look.checked["intents"] += 1
            if look.old(intent["at"]):
                yield Finding("intents", "no end", "journal", intent["uid"])
        return
    with journal.elected() as mine:
        if not mine:
            look.notes.append("The service is settling its intents just now; they are left to it.")
        for left in journal.left() if mine else ():
            look.checked["intents"] += 1
            if look.old(left.intent["at"]):
                found = Finding("intents", "no end", "journal", left.intent["uid"])
                if look.commit.settle(left.intent) != "later":
                    left.settled()
                    yield replace(found, done="settled", mended=True)
                else:
                    yield replace(found, done="could not be settled")
