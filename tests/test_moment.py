"""Is a moment written as the standard library writes it?"""

import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from librarian import moment


@given(st.integers(0, 2**62))
def test_this_moment_is_written_in_utc(nanoseconds: int) -> None:
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=nanoseconds // 1000)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "time_ns", lambda: nanoseconds)
        now, precisely = moment.now(), moment.precisely_now()
    assert now == at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    assert precisely == at.isoformat(timespec="microseconds").replace("+00:00", "Z")
    assert moment.seconds(precisely) == at.timestamp()


def test_it_is_this_moment_that_is_written() -> None:
    before = time.time()
    told = moment.seconds(moment.precisely_now())
    assert told is not None
    assert before - 0.001 <= told <= time.time() + 0.001
