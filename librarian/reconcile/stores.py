"""Which data stores are compared, and which of their names can be data of this service?"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from librarian import uid
from librarian.chain import Step
from librarian.component import Lists
from librarian.reconcile.references import key_in
from librarian.record import Document, label_record
from librarian.state import is_buried

ATTEMPT = re.compile(r"-[0-9a-f]{8}")


@dataclass(frozen=True, slots=True)
class Store:
    """One place where data are kept, and the steps that keep theirs there."""

    steps: tuple[Step, ...]

    @property
    def step(self) -> Step:
        """The first of its steps, by which it is asked."""
        return self.steps[0]

    def sees(self, tag: str) -> bool:
        """Say whether data of this input are kept here."""
        return any(step.input in ("", tag) for step in self.steps)

    def uid_of(self, name: str) -> str:
        """Give the uid in a name of this store."""
        before, _, _ = self.step.component.name_of("\n", "").partition("\n")
        return name.removeprefix(before)[: uid.LENGTH]

    def key_of(self, name: str) -> str:
        """Give the key in a name of this store, as `key_in` finds it in any store's."""
        return key_in(name, self.uid_of(name))

    def may_be_data(self, name: str, tags: Collection[str]) -> bool:
        """Say whether the service calls data so; `uid-thumb.jpg` may be its owner's thumbnail."""
        before, _, after = self.step.component.name_of("\n", "").partition("\n")
        rest = name.removeprefix(before).removesuffix(after)
        rest = rest.partition(".")[0][uid.LENGTH :]
        attempted = ATTEMPT.match(rest)
        endings = {"", *(f"-{tag}" for tag in tags)}
        return rest in endings or (attempted is not None and rest[attempted.end() :] in endings)

    def is_label_record(self, name: str) -> bool:
        """Say whether it is no data but a label record or a tombstone, where both share a place."""
        component = self.step.component
        if Document not in component.takes or name != component.name_of(self.uid_of(name), ".json"):
            return False
        found = self.step.fetch(name)
        return found is not None and (label_record(found) is not None or is_buried(found))


def stores(steps: Sequence[Step]) -> list[Store]:
    """Put the steps together that keep their data in one place."""
    places: list[list[Step]] = []
    for step in steps:
        if isinstance(step.component, Lists):
            same = (place for place in places if place[0].component == step.component)
            place = next(same, None)
            if place is None:
                places.append([step])
            else:
                place.append(step)
    return [Store(tuple(place)) for place in places]
