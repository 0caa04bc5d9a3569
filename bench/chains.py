"""How long a trace takes, and how little the size of the park matters: both directions of a random batch, over HTTP, in
a park of 100,000 batches and in one of ten times as many."""

import contextlib
import os
import random
import statistics
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import Connection, text
from uuid_utils.compat import uuid7

from api.app import create_app
from api.config import Config
from bench import graph, serving
from tracker import cluster, facts, people, registry, store, trace, verify
from tracker.catalogue import validate
from tracker.parties import Caller, Settings
from tracker.rules.context import PermitKnown
from tracker.trace.graph import load

SIZES = (100_000, 1_000_000)
#: A larger park has more enterprises, not larger ones: the chains are as long, and what is measured is the size alone.
BATCHES_A_TELLER = 2_500
REQUESTS = 240
_WARM_UP = 40
#: Folding the log of a million batches takes as long as all the rest; ``TRACKER_BENCH_VERIFY`` asks for it.
_VERIFIED_MAX = 10**9 if os.environ.get("TRACKER_BENCH_VERIFY") else 100_000
#: What nothing hashes to: these people work by API key.
_NO_HASH = "-"
_TREATMENTS = ("R4", "D10", "C5")


def figure(sizes: Sequence[int]) -> dict[str, Any]:
    """The figure for these sizes, smallest first: p95 in milliseconds at the largest, and its ratio to the smallest."""
    measured = {size: _measure(size) for size in sizes}
    first, last = measured[sizes[0]], measured[sizes[-1]]
    return {
        "bench": "trace",
        "value": last["http_p95_ms"],
        "unit": "ms p95",
        "beside": {f"{size}_batches": found for size, found in measured.items()},
        "ratio": round(last["http_p95_ms"] / first["http_p95_ms"], 3),
    }


def chains() -> Iterator[dict[str, Any]]:
    """``TRACKER_BENCH_BATCHES=10000,100000`` measures other sizes."""
    asked = os.environ.get("TRACKER_BENCH_BATCHES")
    yield figure(tuple(int(size) for size in asked.split(",")) if asked else SIZES)


def _measure(size: int) -> dict[str, Any]:
    with park(size) as (bench, loaded_s, caller):
        roots = _roots(bench, caller)
        inside = _inside(bench, caller, roots)
        with serving.served(bench) as process, bench.client("R") as client:
            times, reached = [], []
            for at, root in enumerate(roots):
                began = time.perf_counter()
                answer = client.get(f"/api/v1/trace/{root}", params={"direction": "both"})
                took = time.perf_counter() - began
                answer.raise_for_status()
                if at >= _WARM_UP:
                    times.append(took)
                    reached.append(answer.json())
            memory = serving.memory_mb(process)
        return {
            "http_p50_ms": _quantile(times, 50),
            "http_p95_ms": _quantile(times, 95),
            **inside,
            "batches_down_p50": statistics.median(_count(found, 1) for found in reached),
            "batches_up_p50": statistics.median(_count(found, -1) for found in reached),
            "facts_p50": statistics.median(len(found["facts"]) for found in reached),
            "closes": all(found["balance"]["closes"] for found in reached),
            "server_memory_mb": memory,
            "loaded_s": loaded_s,
            "verify": _verified(bench) if size <= _VERIFIED_MAX else "not in this run",
            "sql_statements_a_request": _statements(bench, roots[0]),
        }


def _count(found: dict[str, Any], sign: int) -> int:
    return sum(1 for node in found["nodes"] if node["level"] * sign > 0)


def _quantile(seconds: Sequence[float], percent: int) -> float:
    return round(statistics.quantiles(seconds, n=100, method="inclusive")[percent - 1] * 1000, 2)


def _roots(bench: serving.Bench, caller: Caller) -> list[UUID]:
    """Batches of every level, in random order. They are evenly spaced over the keys, which grow with the levels: a few
    hundred drawn at random would have another median reach in every park."""
    with store.transaction(bench.engine, caller.park) as connection:
        last = int(connection.execute(text("SELECT max(id) FROM batch")).scalar_one())
        wanted = [1 + at * (last - 1) // (REQUESTS + _WARM_UP) for at in range(REQUESTS + _WARM_UP)]
        random.Random(11).shuffle(wanted)
        rows = connection.execute(text("SELECT id, uuid FROM batch WHERE id = ANY (:ids)"), {"ids": wanted})
        known = {row.id: row.uuid for row in rows}
    return [known[key] for key in wanted]


def _inside(bench: serving.Bench, caller: Caller, roots: Sequence[UUID]) -> dict[str, Any]:
    """The same traces without HTTP: the whole of ``trace.chain``, its walk of the graph alone, and its statements."""
    whole: list[float] = []
    walk: list[float] = []
    statements: list[int] = []
    for root in roots[: len(roots) // 2]:
        with store.transaction(bench.engine, caller.park) as connection:
            found = trace.roots_of(connection, caller.park, str(root)).keys
            began = time.perf_counter()
            load(connection, caller.park, found, "both", trace.BATCHES_MAX)
            walk.append(time.perf_counter() - began)
            began = time.perf_counter()
            seen = _chain(connection, caller, found)
            whole.append(time.perf_counter() - began)
            statements.append(seen)
    half = len(whole) // 4  # the first quarter warms up
    return {
        "graph_p50_ms": _quantile(walk[half:], 50),
        "graph_p95_ms": _quantile(walk[half:], 95),
        "chain_p50_ms": _quantile(whole[half:], 50),
        "chain_p95_ms": _quantile(whole[half:], 95),
        "chain_sql_statements": max(statements),
    }


def _verified(bench: serving.Bench) -> str:
    """What ``tracker verify`` says of the park that was loaded."""
    with store.transaction(bench.engine, bench.park) as connection:
        report = verify.park(connection, bench.park)
    return "ok" if report.ok else "; ".join(report.differences[:3])


def _statements(bench: serving.Bench, root: UUID) -> int:
    """SQL statements one request sends, counted in an app of this process against the same database."""
    app = create_app(Config(database_url=bench.url, var=bench.var, secret_key="x" * 40))
    headers = {"Authorization": f"Bearer {bench.api_keys['R']}"}
    client = app.test_client()
    return serving.statements_of(app.extensions["engine"], lambda: client.get(f"/api/v1/trace/{root}", headers=headers))


def _chain(connection: Connection, caller: Caller, roots: Sequence[int]) -> int:
    return serving.statements_of(connection.engine, lambda: trace.chain(connection, caller, roots, "both"))


# --- the park ------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def park(size: int) -> Iterator[tuple[serving.Bench, float, Caller]]:
    """A park of this many batches in a database of its own, the seconds it took to load, and its regulator. It is
    removed afterwards, unless ``TRACKER_BENCH_KEEP`` is set: then the next run finds it."""
    name, keep = f"bench_trace_{size}", bool(os.environ.get("TRACKER_BENCH_KEEP"))
    here = keep and _is_whole(name)
    running, url = serving.database(name, fresh=not here)
    engine = store.engine(url, pool_size=2)
    with TemporaryDirectory(prefix="bench-") as folder:
        bench = serving.Bench(url, engine, 0, {}, {}, Path(folder))
        began = time.monotonic()
        if not here:
            with store.transaction(engine) as connection:
                ground = _ground(connection, size)
            with running.superuser(name) as copying:
                fill(copying, ground, size)
                copying.execute(f"COMMENT ON DATABASE {name} IS '{_WHOLE}'")  # type: ignore[call-overload]
        loaded_s = round(time.monotonic() - began, 1)
        yield bench, loaded_s, _regulator(bench)
    engine.dispose()
    if not keep:
        with running.superuser() as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")  # type: ignore[call-overload]


_WHOLE = "a whole park"


def _is_whole(name: str) -> bool:
    with cluster.start().superuser() as connection:
        found = connection.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [name]
        ).fetchone()
    return found is not None and found[0] == _WHOLE


def _ground(connection: Connection, size: int) -> graph.Ground:
    """An empty park with its tellers, their sites and permits, and a regulator."""
    uuid = uuid7()
    key = registry.add_park(
        connection, code="BENCH", name_zh="测速园区", name_en="Bench park", division="110115", uuid=uuid,
        boundary=[(116.4, 39.7), (116.6, 39.7), (116.6, 39.9)],
    )  # fmt: skip
    waste = serving.quiet_class(connection)
    tellers = tuple(
        _teller(connection, key, serial, waste.scheme) for serial in range(max(size // BATCHES_A_TELLER, 1))
    )
    registry.add_person(
        connection, login="bench-regulator", password_hash=_NO_HASH, called="监管员", enterprise=None,
        roles={key: "regulator"},
    )  # fmt: skip
    permit = PermitKnown(
        uuid=uuid7(), enterprise=tellers[0].key, number="-", acts_as="receiver", codes=[f"{waste.scheme}:*"],
        treatments=_TREATMENTS, annual_grams=None, valid_from=date(2020, 1, 1), valid_to=date(2040, 1, 1),
    )  # fmt: skip
    ref = facts.ClassRef(scheme=waste.scheme, edition=waste.edition, code=waste.code)
    return graph.Ground(key, uuid, tellers, ref, waste.id, permit)


def _uscc(serial: int) -> str:
    body = f"91110302MA{serial:07d}"
    return body + validate.uscc_check_character(body)


def _teller(connection: Connection, park_key: int, serial: int, scheme: str) -> graph.Teller:
    uuid, person_uuid = uuid7(), uuid7()
    longitude, latitude = 116.4203 + serial % 20 / 200, 39.7301 + serial // 20 / 400
    key = registry.add_enterprise(
        connection, uscc=_uscc(serial), name_zh=f"{serial} 号厂", roles=["generator", "receiver"], uuid=uuid
    )
    registry.add_place(
        connection, enterprise=key, kind="site", name_zh=f"{serial} 号厂区", longitude=longitude, latitude=latitude
    )
    registry.add_permit(
        connection, enterprise=key, number=f"P-{serial}", acts_as="receiver", codes=[f"{scheme}:*"],
        treatments=_TREATMENTS, valid_from=date(2020, 1, 1), valid_to=date(2040, 1, 1),
    )  # fmt: skip
    person = registry.add_person(
        connection, login=f"bench-{serial}", password_hash=_NO_HASH, called=f"{serial} 号员工", enterprise=key,
        roles={park_key: "manager"}, uuid=person_uuid,
    )  # fmt: skip
    return graph.Teller(key, uuid, person, person_uuid, longitude, latitude)


def _regulator(bench: serving.Bench) -> Caller:
    """The park's regulator, with a fresh API key as client R."""
    with store.transaction(bench.engine) as connection:
        row = connection.execute(
            text("SELECT p.id, p.uuid, k.id AS park, k.uuid AS park_uuid FROM person p, park k WHERE p.login = :login"),
            {"login": "bench-regulator"},
        ).one()
        caller = Caller(row.id, row.uuid, "regulator", None, None, row.park, row.park_uuid, "zh", Settings())
        bench.park = row.park
        bench.api_keys["R"] = people.make_key(connection, caller, "bench", datetime.now(UTC))
    return caller


def fill(copying: psycopg.Connection, ground: graph.Ground, size: int, seed: int = 7) -> None:
    """Load a graph of ``size`` batches into an empty park, as the superuser. Foreign keys are not asked row by row:
    ``tracker verify`` compares every row with the log."""
    maker = graph.Maker(ground, seed)
    copying.execute("SET synchronous_commit = off")
    copying.execute("SET session_replication_role = replica")
    for rows in maker.live(size):
        for table, columns in graph.COLUMNS.items():
            with copying.cursor().copy(f"COPY {table} ({columns}) FROM STDIN") as copy:  # type: ignore[arg-type]
                copy.write("".join(getattr(rows, table)))
    park_key = ground.park
    copying.execute("UPDATE log_head SET size = %s WHERE park_id = %s", [maker.size, park_key])
    copying.execute("SELECT setval('batch_key', %s)", [size])
    with copying.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO balance (park_id, enterprise_id, class_id, account, grams) VALUES (%s, %s, %s, %s, %s)",
            [
                (park_key, key, ground.class_id, account, grams)
                for (key, account), grams in maker.balance.items()
                if grams
            ],
        )
    copying.execute("SET session_replication_role = origin")
    # Index-only scans want the visibility map, and the planner its statistics.
    for table in graph.COLUMNS:
        copying.execute(f"VACUUM (ANALYZE) {table}")  # type: ignore[call-overload]
    copying.execute("CHECKPOINT")
