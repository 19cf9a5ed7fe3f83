"""How does a host behave that allows no more threads? They cannot be begun, and Python says so."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest


@contextmanager
def no_more() -> Iterator[None]:
    """Let this thread begin no other while the block runs."""
    ours, begin = threading.get_ident(), threading._start_new_thread  # type: ignore[attr-defined]

    def refuse(*asked: Any) -> Any:
        if threading.get_ident() == ours:
            raise RuntimeError("can't start new thread")
        return begin(*asked)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(threading, "_start_new_thread", refuse)
        yield
