"""A park and a server for a benchmark: a database of its own on the private cluster, a real granian, real HTTP."""

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import httpx
import psutil
from sqlalchemy import Engine, text
from uuid_utils.compat import uuid7

from manifests import keys
from tracker import catalogue_books, cluster, people, registry, schema, store
from tracker.catalogue import validate
from tracker.parties import Caller, Settings


def _free_port() -> int:
    """A port nobody listens on, so that two benches do not talk to one server."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


PORT = _free_port()
CLASS = {"scheme": "CN-SW", "edition": "2024", "code": "900-099-S07"}


@dataclass(slots=True)
class Bench:
    """A park with a generator P, a carrier T and a receiver D, each with an API key."""

    url: str
    engine: Engine
    park: int
    companies: dict[str, UUID]
    api_keys: dict[str, str]
    var: Path

    def client(self, who: str) -> httpx.Client:
        """An HTTP client that is logged in by key; one connection, kept."""
        return httpx.Client(
            base_url=f"http://127.0.0.1:{PORT}",
            headers={"Authorization": f"Bearer {self.api_keys[who]}"},
            timeout=60,
        )


def database(name: str, *, fresh: bool = True) -> tuple[cluster.Cluster, str]:
    """A database of this name with the newest schema and lists, emptied where it is to be fresh."""
    running = cluster.start()
    if fresh:
        with running.superuser() as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')  # type: ignore[call-overload]
    running.create_database(name)
    url = running.url(name, "postgres")
    engine = store.engine(url, role=None, pool_size=1)
    schema.upgrade(engine)
    with store.transaction(engine) as connection:
        catalogue_books.load_shipped(connection)
    engine.dispose()
    return running, url


def _uscc(serial: int) -> str:
    body = f"91110302MA{serial:07d}"
    return body + validate.uscc_check_character(body)


@contextlib.contextmanager
def park(name: str) -> Iterator[Bench]:
    """A fresh park in a fresh database, removed afterwards."""
    running, url = database(name)
    engine = store.engine(url, pool_size=4)
    with TemporaryDirectory(prefix="bench-") as folder:
        yield _furnish(url, engine, Path(folder))
    engine.dispose()
    with running.superuser() as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')  # type: ignore[call-overload]


def _furnish(url: str, engine: Engine, folder: Path) -> Bench:
    made = Bench(url, engine, 0, {}, {}, folder)
    with store.transaction(engine) as connection:
        uuid = uuid7()
        made.park = registry.add_park(
            connection, code="BENCH", name_zh="测速园区", name_en="Bench park", division="110115", uuid=uuid,
            boundary=[(116.4, 39.7), (116.6, 39.7), (116.6, 39.9)], settings={"number_code": "BENCH"},
        )  # fmt: skip
        registry.add_park_key(connection, made.park, 1, keys.public_bytes(keys.create(folder / "keys", made.park, 1)))
        for serial, (who, roles) in enumerate({"P": ["generator"], "T": ["carrier"], "D": ["receiver"]}.items()):
            made.companies[who] = uuid7()
            company = registry.add_enterprise(
                connection, uscc=_uscc(serial), name_zh=f"{who} 厂", roles=roles, uuid=made.companies[who]
            )
            if who != "P":
                registry.add_permit(
                    connection, enterprise=company, number=f"P-{who}", acts_as=roles[0], codes=["CN-SW:*"],
                    treatments=["D10"] if who == "D" else [], valid_from=date(2020, 1, 1), valid_to=date(2040, 1, 1),
                )  # fmt: skip
            made.api_keys[who] = _key(connection, made.park, uuid, company, made.companies[who], who)
    return made


def _key(connection: Any, park_key: int, park_uuid: UUID, company: int, company_uuid: UUID, who: str) -> str:
    person_uuid = uuid7()
    person = registry.add_person(
        connection, login=f"bench-{who}".lower(), password_hash="-", called=who, enterprise=company,
        roles={park_key: "manager"}, uuid=person_uuid,
    )  # fmt: skip
    caller = Caller(person, person_uuid, "manager", company, company_uuid, park_key, park_uuid, "zh", Settings())
    return people.make_key(connection, caller, "bench", datetime.now(UTC))


@contextlib.contextmanager
def served(bench: Bench, *, workers: int = 2) -> Iterator[psutil.Process]:
    """The server, ready; the process whose children are its workers."""
    environment = os.environ | {
        "TRACKER_DATABASE_URL": bench.url,
        "TRACKER_VAR": str(bench.var),
        "TRACKER_SECRET_KEY": "x" * 40,
    }
    command = [sys.executable, "-m", "api.cli", "serve", "--port", str(PORT), "--workers", str(workers)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            _await(process)
            yield psutil.Process(process.pid)
        finally:
            process.terminate()


def _await(process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        if process.poll() is not None:
            message = "the server ended before it was ready"
            raise SystemExit(message)
        with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{PORT}/readyz", timeout=2):
            return
        time.sleep(0.1)
    message = "the server was not ready in 30 s"
    raise SystemExit(message)


def quiet_class(connection: Any) -> Any:
    """A waste class that is verified and in force, so that no rule has anything to say: id, scheme, edition, code."""
    return connection.execute(
        text(
            "SELECT c.id, s.scheme, s.edition, c.code FROM waste_class c JOIN waste_scheme s ON s.id = c.scheme_id"
            " WHERE c.verified AND NOT c.hazardous AND c.valid_to IS NULL AND s.valid_to IS NULL ORDER BY c.id LIMIT 1"
        )
    ).one()


def looked_over(bench: Bench) -> None:
    """What autovacuum does within the first seconds of a park: until it has counted the rows, plans made while the
    tables were empty read all of them, for every foreign key of every row."""
    with cluster.start().superuser(str(bench.engine.url.database)) as connection:
        connection.execute("ANALYZE")


def memory_mb(process: psutil.Process) -> float:
    """Resident memory of the server and its workers together, in MB."""
    family = [process, *process.children(recursive=True)]
    return round(sum(each.memory_info().rss for each in family) / 1e6, 1)


def cpu_s(process: psutil.Process) -> float:
    """CPU seconds the server and its workers have taken: what others do on the machine does not lengthen them much."""
    family = [process, *process.children(recursive=True)]
    return sum(times.user + times.system for times in (each.cpu_times() for each in family))


def statements_of(engine: Engine, work: Any) -> int:
    """How many SQL statements a piece of work sends, counted at the engine."""
    from sqlalchemy import event

    seen: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        work()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return len(seen)


def counted(engine: Engine, park_key: int) -> int:
    """How many facts the park's log holds."""
    with store.transaction(engine, park_key) as connection:
        return int(connection.execute(text("SELECT size FROM log_head")).scalar_one())
