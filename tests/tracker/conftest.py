"""The roads of a park, for tests of what befalls waste on them, and databases of one's own."""

import os
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Engine
from uuid_utils.compat import uuid7

from manifests import keys
from manifests.signing import Signer
from tests import makers
from tests.makers import World
from tests.telling import Road
from tests.watching import Park
from tracker import cluster, registry, store


@pytest.fixture
def road(world: World, signer: Signer) -> Road:
    return Road(world, signer)


@pytest.fixture(scope="session")
def new_database(database_url: str, worker_id: str) -> Iterator[Callable[[bool], str]]:
    """Makes databases that a test may fill, break and commit to: with the newest schema, or empty."""
    running, made, serial = cluster.start(), [], count()

    def make(filled: bool) -> str:
        name = f"tracker_test_own{next(serial)}_{worker_id}_{os.getpid()}"
        with running.superuser() as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            if filled:
                connection.execute(f"CREATE DATABASE {name} TEMPLATE tracker_test_template")
        if not filled:
            running.create_database(name)
        made.append(name)
        return running.url(name, "postgres")

    yield make
    with running.superuser() as connection:
        for name in made:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def watched(new_database: Callable[[bool], str]) -> Iterator[Engine]:
    """The database of parks that stay: what they commit must not be found by tests that look at all parks."""
    made = store.engine(new_database(True), pool_size=10)  # noqa: FBT003 - a database with the schema
    yield made
    made.dispose()


@pytest.fixture
def found(watched: Engine, tmp_path: Path) -> Callable[..., Park]:
    """Founds parks that stay: each test has its own."""

    def make(**settings: object) -> Park:
        code = f"W{uuid7().hex[-9:].upper()}"
        with watched.begin() as connection:
            world = makers.world(connection, code=code, settings=settings)
            key = keys.create(tmp_path / "keys", world.park, 1)
            registry.add_park_key(connection, world.park, 1, keys.public_bytes(key))
        return Park(world, watched, Signer(tmp_path / "keys"))

    return make
