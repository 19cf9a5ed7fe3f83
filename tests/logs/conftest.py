"""What do the tests of logs share? A service over real local stores."""

from tests.web.conftest import service

__all__ = ["service"]
