"""A real PostGIS for every test: one database per test process, made by the migrations, each test in a transaction that
is rolled back."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection, Engine

from manifests import keys
from manifests.signing import Signer
from tests import makers
from tracker import catalogue_books, cluster, registry, schema, store

_TEMPLATE = "tracker_test_template"


@contextmanager
def a_database(worker_id: str, purpose: str) -> Iterator[str]:
    """A database of this test process, with the newest schema and the shipped catalogues, removed afterwards. Tests that
    commit have one of their own (``purpose``), so that others find theirs as it was."""
    running = cluster.start()
    name = f"tracker_test_{worker_id}_{purpose}_{os.getpid()}"
    with running.superuser() as connection:
        # One process makes the template, the others wait for it and copy.
        connection.execute("SELECT pg_advisory_lock(hashtext('waste-tracker tests'))")
        wanted = _fingerprint()
        made = connection.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [_TEMPLATE]
        ).fetchone()
        if made is None or made[0] != wanted:
            connection.execute(f"DROP DATABASE IF EXISTS {_TEMPLATE} WITH (FORCE)")
            _make_template(running)
            connection.execute(f"COMMENT ON DATABASE {_TEMPLATE} IS '{wanted}'")
        _clear_the_dead(connection)
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}")
    yield running.url(name, "postgres")
    with running.superuser() as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def database_url(worker_id: str) -> Iterator[str]:
    with a_database(worker_id, "rolled_back") as url:
        yield url


def _clear_the_dead(connection: psycopg.Connection) -> None:
    """Databases of test processes that were killed before they could clean up."""
    for (name,) in connection.execute("SELECT datname FROM pg_database WHERE datname ~ '^tracker_test_.*_[0-9]+$'"):
        if not Path(f"/proc/{name.rsplit('_', 1)[1]}").exists():
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _fingerprint() -> str:
    """Changes whenever a migration, a guard or a shipped list does, so an old template is never mistaken for new."""
    import hashlib

    root = Path(__file__).resolve().parents[1]
    files = sorted(
        [*root.glob("migrations/**/*.py"), *root.glob("tracker/tables/*.py"), *root.glob("tracker/catalogue/data/*")]
    )
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


def _make_template(running: cluster.Cluster) -> None:
    running.create_database(_TEMPLATE)
    engine = store.engine(running.url(_TEMPLATE, "postgres"), role=None, pool_size=1)
    schema.upgrade(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("SET ROLE tracker_owner")
        catalogue_books.load_shipped(connection)
    engine.dispose()


@pytest.fixture(scope="session")
def worker_id(request: pytest.FixtureRequest) -> str:
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


@pytest.fixture(scope="session")
def engine(database_url: str) -> Iterator[Engine]:
    """As the application: it may append facts and neither change nor delete one."""
    made = store.engine(database_url, pool_size=10)
    yield made
    made.dispose()


@pytest.fixture
def db(engine: Engine) -> Iterator[Connection]:
    """A connection in a transaction that is rolled back."""
    with engine.connect() as connection:
        transaction = connection.begin()
        yield connection
        transaction.rollback()


@pytest.fixture
def world(db: Connection) -> makers.World:
    """A fresh park, with P, T, S, D and a regulator R."""
    return makers.world(db)


@pytest.fixture
def signer(world: makers.World, tmp_path: Path) -> Signer:
    """Signs labels for the park of this test."""
    folder = tmp_path / "keys"
    key = keys.create(folder, world.park, 1)
    registry.add_park_key(world.connection, world.park, 1, keys.public_bytes(key))
    return Signer(folder)
