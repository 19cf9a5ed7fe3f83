"""How is a fact of a value worked out once? When first asked for, and kept beside its fields.

`functools.cached_property` does the same, but until Python 3.11 under one lock for all values of a
class, so that threads hash and look at their pictures one after another. Without it two threads
that ask one value at one time both work the fact out, and find the same.
"""

from collections.abc import Callable
from typing import Any, Generic, Self, TypeVar, overload

T = TypeVar("T")


class once(Generic[T]):  # noqa: N801 - it stands where `property` does
    """A property that is worked out when it is first asked for, and then kept."""

    def __init__(self, work: Callable[[Any], T]) -> None:
        self._work = work
        self.__doc__ = work.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, value: None, owner: type) -> Self: ...
    @overload
    def __get__(self, value: object, owner: type) -> T: ...
    def __get__(self, value: object | None, owner: type) -> Self | T:
        """Give the fact; it is asked only as long as the value does not have it."""
        if value is None:
            return self
        found = value.__dict__[self._name] = self._work(value)
        return found
