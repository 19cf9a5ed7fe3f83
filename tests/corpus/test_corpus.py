"""Is all of the corpus answered as it says, within one process and by a service that runs?"""

from collections import Counter
from collections.abc import Iterator
from functools import partial

import pytest

from librarian.settings import load
from librarian.stage import BY_SLUG
from librarian.web import create_app
from tests.corpus import Case, characters, encodings, headers, images, labels, variables
from tests.corpus.judging import Judge
from tests.corpus.sending import into, over
from tests.e2e.stack import service

KINDS = {
    "images": images,
    "encodings": encodings,
    "labels": labels,
    "characters": characters,
    "headers": headers,
}
CASES = [case for kind in KINDS.values() for case in kind.cases()]
NAMES = [case.name for case in CASES]


@pytest.fixture(scope="module")
def within(tmp_path_factory: pytest.TempPathFactory) -> Judge:
    """Give an application in this process."""
    folder = tmp_path_factory.mktemp("within")
    app = create_app(load(variables(folder)))
    return Judge(folder, partial(into, app))


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judge]:
    """Give a service as `librarian serve` runs it."""
    folder = tmp_path_factory.mktemp("served")
    with service(variables(folder), "--workers=1") as running:
        yield Judge(folder, partial(over, running.url))


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_each_case_is_answered_as_it_says_and_a_refusal_keeps_nothing(
    within: Judge, case: Case
) -> None:
    within.try_case(case)


def test_a_running_service_answers_the_whole_corpus_alike(served: Judge) -> None:
    for case in CASES:
        served.try_case(case)


def test_the_corpus_is_large_and_says_each_thing_once() -> None:
    assert len(CASES) >= 150
    assert [name for name, count in Counter(NAMES).items() if count > 1] == []
    slugs = {case.answer.partition("/")[0] for case in CASES}
    assert slugs - {"accepted"} <= set(BY_SLUG)
    assert {"size", "receive", "type", "label-validation", "data-validation"} < slugs
