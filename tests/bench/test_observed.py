"""Does the measure of counting do what it measures, both ways?"""

from collections.abc import Callable

import pytest

from bench import observed


@pytest.mark.parametrize("way", [observed.ours, observed.plain])
def test_an_upload_can_be_counted_and_said_again_and_again(
    way: Callable[[], observed.Way],
) -> None:
    once = way()
    for _ in range(3):
        once()
