"""How does gunicorn say what it does? As everybody here: by `logging`, to the one writer."""

from typing import Any

from gunicorn import glogging


class Logger(glogging.Logger):  # type: ignore[misc]
    """gunicorn's logger, without writers of its own."""

    def setup(self, cfg: Any) -> None:
        """Take the levels over, and leave the writing to others."""
        super().setup(cfg)
        for log in (self.error_log, self.access_log):
            log.handlers.clear()
            log.propagate = True
