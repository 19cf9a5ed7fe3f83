"""Which running services may an end-to-end test ask for?"""

from collections.abc import Iterator

import pytest

from tests.chaos.proxy import PASS
from tests.e2e.elsewhere import Elsewhere, elsewhere
from tests.e2e.stack import service


@pytest.fixture(scope="session")
def page_elsewhere() -> Iterator[Elsewhere]:
    """Give the embedded default, and a page on another origin."""
    with service({}, "--workers=1") as stack, elsewhere(stack) as place:
        yield place


@pytest.fixture
def there(page_elsewhere: Elsewhere) -> Iterator[Elsewhere]:
    """Give the same with nothing broken; what a test breaks is mended after it."""
    page_elsewhere.proxy.now(PASS)
    yield page_elsewhere
    page_elsewhere.proxy.now(PASS)
