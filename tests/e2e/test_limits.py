"""Do several workers of a served service allow together what one limit says, and no more?"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from librarian.access import keys
from tests.e2e.stack import Stack, service
from tests.pictures import make
from tests.servers import fresh

PHOTO = make("JPEG", 64, 48)
KEY = keys.make()
LABEL = fresh("mood")
KIND = {"files": "", "redis": "redis", "mongodb": "mongodb"}


@pytest.fixture(params=KIND)
def stack(request: pytest.FixtureRequest) -> Iterator[Stack]:
    """Give a service of three workers that counts in each storage in turn."""
    server = KIND[request.param] and request.getfixturevalue(KIND[request.param])
    variables = {
        "RATE_LIMIT": "25/hour",
        "RATE_KEYED": "1000/hour",
        "RATE_STORAGE": getattr(server, "uri", ""),
        "QUOTA_CONFIG": f'[{{"label": "{LABEL}", "most": 10}}]',
        "ACCESS_SUBMIT": keys.entry_of(KEY),
        "ACCESS_PUBLIC": "true",
    }
    with service(variables, "--workers=3") as running:
        yield running


def all_at_once(stack: Stack, count: int, path: str, **headers: str) -> list[int]:
    with ThreadPoolExecutor(12) as pool:
        answers = pool.map(
            lambda _: stack.request("PUT", path, body=PHOTO, headers=headers).status, range(count)
        )
        return sorted(answers)


def test_workers_together_let_through_what_the_limit_says(stack: Stack) -> None:
    assert all_at_once(stack, 60, "/upload") == [201] * 25 + [429] * 35
    kept = [*stack.folder.glob("*/librarian-data/images/*")]
    assert len(kept) == 25
    answers = all_at_once(stack, 40, f"/upload?{LABEL}=happy", Authorization=f"Bearer {KEY}")
    assert answers == [201] * 10 + [429] * 30
    assert len([*stack.folder.glob("*/librarian-data/images/*")]) == 35
    assert KEY not in stack.logs()
