"""The roads of a park, for tests of what befalls waste on them, and databases of one's own."""

import os
from collections.abc import Callable, Iterator
from itertools import count

import pytest

from manifests.signing import Signer
from tests.makers import World
from tests.telling import Road
from tracker import cluster


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
