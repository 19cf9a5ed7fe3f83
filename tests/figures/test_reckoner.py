"""Are figures read beside the requests that ask for them, whatever becomes of the reading?"""

from librarian.collection import Selection
from librarian.figures.crop import Crops
from librarian.figures.reckoner import Reckoner
from tests.threads import no_more


class Nothing:
    """A collection without records."""

    def select(self, _: Selection) -> tuple[()]:
        return ()


def test_where_no_thread_can_be_had_it_is_said_and_tried_again() -> None:
    reckoner = Reckoner(Nothing(), Crops(None))  # type: ignore[arg-type]
    with no_more():
        found = reckoner.figures(Selection(), 0)
    assert found.fault
    assert found.tally is None
    found = reckoner.figures(Selection(), 30)
    assert not found.fault
    assert found.tally is not None
