"""The app on the test database, and a committed park for each file of tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine

from api.app import create_app
from api.config import Config
from tests.api import parks
from tests.conftest import a_database
from tracker import store


@pytest.fixture(scope="session")
def database_url(worker_id: str) -> Iterator[str]:
    """A database of the tests of the API alone: they commit."""
    with a_database(worker_id, "api") as url:
        yield url


@pytest.fixture(scope="session")
def engine(database_url: str) -> Iterator[Engine]:
    made = store.engine(database_url, pool_size=10)
    yield made
    made.dispose()


@pytest.fixture(scope="session")
def var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("var")


@pytest.fixture(scope="session")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A built page, small enough to know by heart."""
    folder = tmp_path_factory.mktemp("dist")
    (folder / "index.html").write_text("<!doctype html><title>waste</title>", encoding="utf-8")
    (folder / "assets").mkdir()
    (folder / "assets/main-1a2b.js").write_text("export {}", encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def app(engine: Engine, database_url: str, var: Path, dist: Path) -> Flask:
    config = Config(
        database_url=database_url, var=var, secret_key="for tests only", dist=dist, logins_per_minute=10_000
    )
    made = create_app(config, engine=engine)
    made.testing = False
    return made


@pytest.fixture(scope="module")
def park(app: Flask, engine: Engine, var: Path, request: pytest.FixtureRequest) -> parks.Park:
    """A park of this file's own."""
    # Keys are read at most once a second, and the park before this one may have had them read just now.
    app.extensions.pop("label_keys_read", None)
    return parks.found(app, engine, var / "keys", f"{_code(request)}1")


@pytest.fixture(scope="module")
def other(app: Flask, engine: Engine, var: Path, request: pytest.FixtureRequest) -> parks.Park:
    """Another park of the same installation."""
    return parks.found(app, engine, var / "keys", f"{_code(request)}2")


def _code(request: pytest.FixtureRequest) -> str:
    return request.module.__name__.rpartition(".")[2].removeprefix("test_").upper().replace("_", "")[:9]
