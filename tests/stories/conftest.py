"""The same app on the same kind of database as the tests of the API have, in one of its own: these commit too."""

from collections.abc import Iterator

import pytest

from tests.api.conftest import app, dist, engine, var
from tests.conftest import a_database

__all__ = ["app", "dist", "engine", "var"]


@pytest.fixture(scope="session")
def database_url(worker_id: str) -> Iterator[str]:
    with a_database(worker_id, "stories") as url:
        yield url
