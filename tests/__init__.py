"""What proves the service? Tests that mirror the tree, and what they share."""

import pytest

pytest.register_assert_rewrite("tests.contract", "tests.actors.local")
