"""What is said of a look at the stores? Each finding on a line, and a table at the end."""

from collections import Counter
from collections.abc import Iterator

from librarian.reconcile.look import Finding, Look

GROUPS = {
    "orphans": "data without a record",
    "records": "records without data",
    "copies": "copies of records",
    "intents": "attempts without an end",
}


class Tally:
    """Counts what was found and what was mended of it."""

    def __init__(self) -> None:
        self.found: Counter[str] = Counter()
        self.mended: Counter[str] = Counter()

    def add(self, finding: Finding) -> str:
        """Count one finding, and give its line."""
        self.found[finding.group] += 1
        self.mended[finding.group] += finding.mended
        place = f"{finding.path:<22} {finding.name}"
        return f"{finding.fault:<12} {place}{f'  {finding.done}' if finding.done else ''}"

    @property
    def clean(self) -> bool:
        """Whether everything agrees now."""
        return self.found == self.mended

    def table(self, look: Look) -> Iterator[str]:
        """Say how much was looked at, found and mended, and what was left alone."""
        yield f"{'':<24} {'checked':>10} {'found':>8} {'mended':>8}"
        for group, said in GROUPS.items():
            counts = look.checked[group], self.found[group], self.mended[group]
            yield f"{said:<24} {counts[0]:>10,} {counts[1]:>8,} {counts[2]:>8,}"
        if look.young:
            yield f"{look.young:,} younger than an hour left alone."
        if look.waiting:
            yield f"{look.waiting:,} wait in the spool to be delivered."
        if look.checked["elsewhere"]:
            yield f"{look.checked['elsewhere']:,} pieces of data lie in no store configured now."
        yield from look.notes
        if not look.fix and not self.clean:
            yield "Nothing was changed; --fix mends what can be mended."
