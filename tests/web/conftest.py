"""What do the tests of the web floor share? A service over real local stores."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from librarian.settings import load
from librarian.web import create_app


class Service:
    """One configured service, its test client, and a look into its stores."""

    def __init__(self, folder: Path, variables: dict[str, str]) -> None:
        self.folder = folder
        stores = {
            "DATA_VALID_CONFIG": '[{"validator": "img"}]',
            "DATA_ACTOR_CONFIG": json.dumps([{"actor": "file", "args": [str(folder / "data")]}]),
            "LABEL_ACTOR_CONFIG": json.dumps(
                [{"actor": "sqlite", "args": [str(folder / "labels.sqlite")]}]
            ),
        }
        own = {"LIBRARIAN_DATA_DIR": str(folder / "own")}
        self.app = create_app(load({**stores, **own, **variables}))
        self.client: FlaskClient = self.app.test_client()

    def kept_files(self) -> list[Path]:
        """List every file that the data store holds."""
        return sorted(path for path in (self.folder / "data").rglob("*") if path.is_file())

    def kept_labels(self) -> list[dict[str, Any]]:
        """List every label record, read past the service."""
        database = self.folder / "labels.sqlite"
        if not database.exists():
            return []
        with closing(sqlite3.connect(database)) as connection:
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
            if "contributions" not in tables:
                return []
            rows = connection.execute("SELECT document FROM contributions").fetchall()
        return [json.loads(document) for (document,) in rows]

    def is_empty(self) -> bool:
        """Say whether nothing at all was kept."""
        return not self.kept_files() and not self.kept_labels()


@pytest.fixture
def service(tmp_path: Path) -> Callable[..., Service]:
    """Make a service; keyword arguments are its variables."""
    return lambda **variables: Service(tmp_path, variables)
