"""What is a component? One frozen, typed declaration with one verb; everything else is read off it.

A component's configuration name, its docstring (the first sentence is help text), its fields with
their limits, and its verb stand in one small file. Binding, JSON Schema, help, the reference page
and masked secrets are derived. Which kind of part it takes is the type argument of its family:
`class Img(Validator[Blob])` sees blobs, `class Mongo(Actor[Document])` keeps documents.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import UnionType
from typing import (
    Any,
    ClassVar,
    Generic,
    Protocol,
    TypeVar,
    dataclass_transform,
    get_args,
    runtime_checkable,
)

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass as pydantic_dataclass

from librarian.problem import Problem
from librarian.record import Blob, Carrier, Document, Part, Record, Stored
from librarian.selection import Cursor, Selection
from librarian.state import Amendment, Event

P = TypeVar("P", Blob, Document, Part, contravariant=True)
T = TypeVar("T")
PYDANTIC = ConfigDict(extra="forbid", hide_input_in_errors=True, defer_build=True)


@dataclass_transform(frozen_default=True, field_specifiers=(Field,))
def component(cls: type[T]) -> type[T]:
    """Make a class a component: a frozen pydantic dataclass that takes its own fields only."""
    made: Any = pydantic_dataclass(cls, frozen=True, config=PYDANTIC)
    return made  # type: ignore[no-any-return]


class Component:
    """A step that a configuration can name."""

    name: ClassVar[str]
    example: ClassVar[Mapping[str, Any]] = {}
    """An entry as an owner would write it, without its name: `{"args": [...]}`."""
    takes: ClassVar[frozenset[type]] = frozenset()
    """Which kinds of part it sees: Blob, Document or both."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        for parent in getattr(cls, "__orig_bases__", ()):
            for kind in get_args(parent):
                if not isinstance(kind, TypeVar):
                    union = isinstance(kind, UnionType)
                    cls.takes = frozenset(get_args(kind) if union else (kind,))


class Input(Component, Generic[T]):
    """Reads one piece of a submission into a part; `takes` says which kind it gives."""

    carriers: ClassVar[frozenset[str]]
    """Which forms of arrival it reads: `field`, `member`, `file`, `body`."""
    said: ClassVar[str]
    """How people call this form of sending."""

    def reads(self, carrier: Carrier) -> bool:
        """Say whether it reads this form of arrival."""
        return carrier.kind in self.carriers

    def read(self, tag: str, carrier: Carrier) -> T:
        """Read the piece. Raises Failure at the stage `receive`."""
        raise NotImplementedError


class Validator(Component, Generic[P]):
    """Looks at one part and yields what is wrong with it; silence means valid."""

    looks_back: ClassVar[bool] = False
    """Whether it asks the label store what was kept before; see librarian/seen.py."""

    @property
    def compares_looks(self) -> bool:
        """Whether it does so by what pictures look like, which must then be kept."""
        return False

    def check(self, part: P) -> Iterator[Problem]:
        """Yield every fault of the part."""
        raise NotImplementedError

    def declares(self) -> Mapping[str, str]:
        """Say how text is read: label name (`box.x`) to type name. Most validators say nothing."""
        return {}

    def schema(self) -> Mapping[str, Any]:
        """Give the JSON Schema (2020-12) of the labels it lets through, as far as it knows."""
        return {}

    def accepts(self) -> frozenset[str] | None:
        """Say which media types it lets through; None where it does not look at them."""
        return None

    def tells(self) -> Mapping[str, Any]:
        """Give the limits that a client can keep by itself, for /contract. Most say nothing."""
        return {}


class CrossValidator(Component):
    """Looks at a whole record and yields what in it does not fit together."""

    def check(self, record: Record) -> Iterator[Problem]:
        """Yield every contradiction; paths begin with `labels` or an input's tag."""
        raise NotImplementedError

    def declares(self) -> Mapping[str, str]:
        """Say how text is read, where no label validator does: label name to type name."""
        return {}

    def tells(self) -> Mapping[str, Any]:
        """Give the rules that a client can keep by itself, for /contract: `box`, `ratio`."""
        return {}

    def inputs(self) -> frozenset[str]:
        """Name the inputs that its params speak of beside `input`; there must be such ones."""
        return frozenset()


class Actor(Component, Generic[P]):
    """Keeps a part somewhere, or passes it on.

    Stores only create, and never under a name that the client chose. What an actor can do beyond
    `act` shows by its methods: see Undoes, Fetches, Lists, Scans, Selects and Amends.
    """

    local: ClassVar[bool] = False
    """Whether it keeps things on this machine's own disk."""
    labels_only: ClassVar[bool] = False
    """Whether it is for label records alone, and not for data that are JSON."""

    @property
    def kept_in(self) -> tuple[str, ...]:
        """Where it keeps things, told alike however it is written; empty where nobody can say."""
        return ()

    @property
    def verbatim(self) -> bool:
        """Whether it gives files back byte for byte, so that their hash can be compared."""
        return Blob in self.takes

    def act(self, key: str, part: P) -> Stored:
        """Keep the part under `key`, durably, before it returns. Raises StoreError, Exists."""
        raise NotImplementedError

    def ping(self) -> None:
        """Ask whether the store can be reached and written to. Raises StoreError."""
        raise NotImplementedError


@runtime_checkable
class Undoes(Protocol):
    """An actor that can take back what it kept; without this it acts after the commit."""

    def name_of(self, key: str, extension: str) -> str:
        """Tell the name under which `act` keeps a part of this key and extension."""

    def undo(self, stored: Stored) -> None:
        """Remove what `act` kept; what is not there is no fault. Raises StoreError."""


@runtime_checkable
class Fetches(Undoes, Protocol):
    """An actor that can also give back what it kept."""

    def fetch(self, name: str) -> bytes | None:
        """Give the bytes kept under this name (a document as JSON), None if there are none."""


@runtime_checkable
class Lists(Undoes, Protocol):
    """An actor that can say what it keeps; what others put beside it is passed over."""

    def names(self) -> Iterator[tuple[str, float]]:
        """Yield each name and the Unix time of its last change, in constant memory.

        A row of documents does not change; its time is that at which it was received. Raises
        StoreError.
        """


@runtime_checkable
class Scans(Fetches, Protocol):
    """An actor that can give every label record it keeps."""

    def scan(self) -> Iterator[bytes]:
        """Yield the label records as JSON, in constant memory. Raises StoreError.

        Their order is (`_librarian.received_at`, uid) where the store has one; files and objects
        come as the store has them.
        """


@runtime_checkable
class Selects(Scans, Protocol):
    """An actor that can look label records up by time and state, a page at a time."""

    def select(
        self,
        selection: Selection,
        after: Cursor | None = None,
        *,
        newest_first: bool = False,
        limit: int | None = None,
    ) -> Iterator[bytes]:
        """Yield the label records that fit, in their order or against it, in constant memory.

        `after` is where an earlier reading ended. `limit` says how many are asked for, so that no
        more is read at first; more may come. Raises StoreError.
        """

    def count(self, selection: Selection) -> int | None:
        """Count what fits, None where every record would have to be read. Raises StoreError."""


@runtime_checkable
class Amends(Fetches, Protocol):
    """An actor that can change the state of a label record, and keeps who did so, and when."""

    def amend(self, uid: str, amendment: Amendment) -> Event | None:
        """Change a label record and note that; None where there is no such. Raises StoreError."""

    def withdraw(self, uid: str, event: Event) -> bool:
        """Put a tombstone under a uid, in place of its label record, and note that, in one step.

        False says that no record but something else stands there already. To do so again with the
        same event goes on with what was broken off. Raises StoreError.
        """

    def events(self, uid: str = "") -> Iterator[Event]:
        """Yield what was noted, of one record or of all, oldest first. Raises StoreError."""


@runtime_checkable
class Finds(Fetches, Protocol):
    """An actor that can find label records by what their data are."""

    def find(self, tag: str, name: str, values: Sequence[str]) -> Iterator[tuple[str, str]]:
        """Yield uid and difference hash of records whose data of this tag have one of the values.

        `name` is a member of an item of `_librarian.data`, or one that lists them. Raises
        StoreError.
        """


@runtime_checkable
class Posts(Protocol):
    """An actor that tells others of what is stored: it acts from the outbox, until it could."""

    @property
    def outlet(self) -> str:
        """What tells its receiver from others, eight hexadecimal digits."""

    @property
    def max_age(self) -> float:
        """Seconds after which a delivery is given up."""


@dataclass(frozen=True)
class Family:
    """One kind of component: its name, the word that names one in an entry, and its table."""

    name: str
    word: str
    table: Mapping[str, type[Any]]

    def find(self, name: str) -> type[Any] | None:
        """Find a component by its configuration name, in any case."""
        return self.table.get(name.lower())


def table(*components: type[Component]) -> dict[str, type[Any]]:
    """Make a family's table: name in lower case to class, sorted."""
    return {each.name.lower(): each for each in sorted(components, key=lambda c: c.name.lower())}
