"""How long people wait who look at manifests: one of them in a park of ten thousand, and pages of the list in a park of
a million; and that the number of statements does not grow with either."""

import base64
import contextlib
import itertools
import os
import random
import statistics
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
from sqlalchemy import Connection, text
from uuid_utils.compat import uuid7

from api.app import create_app
from api.config import Config
from bench import papers, serving
from tracker import facts, people, registry, store, verify
from tracker.catalogue import validate
from tracker.parties import Caller, Settings

#: ``TRACKER_BENCH_MANIFESTS`` asks for other sizes of the two parks.
IN_THE_PARK = int(os.environ.get("TRACKER_BENCH_MANIFESTS", "10000"))
IN_THE_LIST = int(os.environ.get("TRACKER_BENCH_MANIFESTS", "1000000"))
GENERATORS, CARRIERS, RECEIVERS = 400, 30, 20
REQUESTS = 200
_WARM_UP = 20
_DETAIL_MS, _LIST_MS = 25, 40


def manifest() -> Iterator[dict[str, Any]]:
    """The whole of one manifest over HTTP, p95."""
    with _park("bench_manifest") as (bench, ground, running):
        with running.superuser("bench_manifest") as copying:
            _copy(copying, ground, IN_THE_PARK)
        ids = _sample(bench, IN_THE_PARK)
        with serving.served(bench) as process:
            by_id = _times(bench, "R", [f"manifests/{row.uuid}" for row in ids])
            by_number = _times(bench, "R", [f"manifests/{row.number}" for row in ids])
            memory = serving.memory_mb(process)
        p95 = _quantile(by_id, 95)
        yield {
            "bench": "manifest",
            "value": p95,
            "unit": "ms p95",
            "beside": {
                "manifests": IN_THE_PARK,
                "p50_ms": _quantile(by_id, 50),
                "by_number_p95_ms": _quantile(by_number, 95),
                "sql_statements_a_request": _statements(bench, "R", f"manifests/{ids[0].uuid}"),
                "server_memory_mb": memory,
                "load_average": round(os.getloadavg()[0], 1),
                "verify": _verified(bench),
            },
            "ratio": round(p95 / _DETAIL_MS, 3),
        }


def lists() -> Iterator[dict[str, Any]]:
    """Pages of the list over HTTP, p95 of the slowest question."""
    with _park("bench_lists") as (bench, ground, running):
        began = time.monotonic()
        with running.superuser("bench_lists") as loading:
            _fill(loading, ground, IN_THE_LIST)
        loaded_s = round(time.monotonic() - began, 1)
        rows = _sample(bench, IN_THE_LIST)
        with serving.served(bench) as process:
            asked = {name: _asked(bench, who, paths) for name, who, paths in _questions(rows)}
            memory = serving.memory_mb(process)
        slowest = max(asked.values(), key=lambda one: one["p95_ms"])
        yield {
            "bench": "lists",
            "value": slowest["p95_ms"],
            "unit": "ms p95",
            "beside": asked
            | {
                "manifests": IN_THE_LIST,
                "loaded_s": loaded_s,
                "server_memory_mb": memory,
                "load_average": round(os.getloadavg()[0], 1),
            },
            "ratio": round(slowest["p95_ms"] / _LIST_MS, 3),
        }


def _questions(rows: Sequence[Any]) -> Iterator[tuple[str, str, list[str]]]:
    """What people ask of a list: name, who asks, and the addresses."""
    chance = random.Random(3)
    for who in ("R", "G", "C", "D"):
        yield f"{who}: first page", who, ["manifests"]
        yield f"{who}: deep page", who, [f"manifests?cursor={_cursor(row.id)}" for row in rows]
        yield f"{who}: issued", who, ["manifests?state=issued"]
        yield f"{who}: refused, deep", who, [f"manifests?state=refused&cursor={_cursor(row.id)}" for row in rows]
        yield f"{who}: by name", who, [f"manifests?q={chance.randrange(GENERATORS)} 号" for _ in rows]
    yield "R: by number", "R", [f"manifests?q={row.number}" for row in rows]
    for who in ("R", "G", "C"):
        yield f"{who}: by the beginning of a number", who, [f"manifests?q={row.number[:14]}" for row in rows]
    yield "R: find a number", "R", [f"search?q={row.number}" for row in rows]
    yield "R: find a code", "R", [f"search?q={row.human_code}" for row in rows]
    yield "R: find a name", "R", [f"search?q={chance.randrange(GENERATORS)} 号" for _ in rows]


def _cursor(key: int) -> str:
    return base64.urlsafe_b64encode(str(key).encode()).decode().rstrip("=")


def _asked(bench: serving.Bench, who: str, paths: list[str]) -> dict[str, float]:
    times = _times(bench, who, paths)
    return {
        "p50_ms": _quantile(times, 50),
        "p95_ms": _quantile(times, 95),
        "sql_statements": _statements(bench, who, paths[0]),
    }


def _times(bench: serving.Bench, who: str, paths: Sequence[str]) -> list[float]:
    times = []
    with bench.client(who) as client:
        for path in itertools.islice(itertools.cycle(paths), REQUESTS + _WARM_UP):
            began = time.perf_counter()
            answer = client.get(f"/api/v1/{path}")
            times.append(time.perf_counter() - began)
            answer.raise_for_status()
    return times[_WARM_UP:]


def _quantile(seconds: Sequence[float], percent: int) -> float:
    return round(statistics.quantiles(seconds, n=100, method="inclusive")[percent - 1] * 1000, 2)


def _statements(bench: serving.Bench, who: str, path: str) -> int:
    app = create_app(Config(database_url=bench.url, var=bench.var, secret_key="x" * 40))
    headers = {"Authorization": f"Bearer {bench.api_keys[who]}"}
    client = app.test_client()
    found = serving.statements_of(app.extensions["engine"], lambda: client.get(f"/api/v1/{path}", headers=headers))
    app.extensions["engine"].dispose()
    return found


def _verified(bench: serving.Bench) -> str:
    with store.transaction(bench.engine, bench.park) as connection:
        report = verify.park(connection, bench.park)
    return "ok" if report.ok else "; ".join(report.differences[:3])


def _sample(bench: serving.Bench, size: int) -> list[Any]:
    """Manifests all over the park, in random order."""
    keys = random.Random(11).sample(range(1, size + 1), min(REQUESTS, size))
    with store.transaction(bench.engine, bench.park) as connection:
        found = connection.execute(
            text(
                "SELECT m.id, m.uuid, m.number, l.human_code FROM manifest m JOIN label l"
                " ON l.park_id = m.park_id AND l.manifest_uuid = m.uuid WHERE m.id = ANY (:keys)"
            ),
            {"keys": keys},
        )
        return list(found)


# --- the parks -----------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _park(name: str) -> Iterator[tuple[serving.Bench, papers.Ground, Any]]:
    running, url = serving.database(name)
    engine = store.engine(url, pool_size=2)
    with TemporaryDirectory(prefix="bench-") as folder:
        bench = serving.Bench(url, engine, 0, {}, {}, Path(folder))
        with store.transaction(engine) as connection:
            ground = _ground(connection, bench)
        yield bench, ground, running
    engine.dispose()
    with running.superuser() as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _ground(connection: Connection, bench: serving.Bench) -> papers.Ground:
    """A park with its companies, and keys for a regulator R, a generator G, a carrier C and the largest receiver D."""
    uuid = uuid7()
    bench.park = registry.add_park(
        connection, code="BENCH", name_zh="测速园区", name_en="Bench park", division="110115", uuid=uuid,
        boundary=[(116.4, 39.7), (116.6, 39.7), (116.6, 39.9)],
        settings={"number_code": "BENCH", "general_number": "{park}-{year}-{serial:07d}"},
    )  # fmt: skip
    waste = serving.quiet_class(connection)
    serials = itertools.count()
    made = {
        role: [_company(connection, bench.park, next(serials), role) for _ in range(count)]
        for role, count in (("generator", GENERATORS), ("carrier", CARRIERS), ("receiver", RECEIVERS))
    }
    person = uuid7()
    key = registry.add_person(
        connection, login="bench-r", password_hash="-", called="监管员", enterprise=None,
        roles={bench.park: "regulator"}, uuid=person,
    )  # fmt: skip
    tellers = {"G": made["generator"][7], "C": made["carrier"][3], "D": made["receiver"][0]}
    callers = {"R": Caller(key, person, "regulator", None, None, bench.park, uuid, "zh", Settings())} | {
        who: Caller(one.person, one.person_uuid, "manager", one.key, one.uuid, bench.park, uuid, "zh", Settings())
        for who, one in tellers.items()
    }
    for who, caller in callers.items():
        bench.api_keys[who] = people.make_key(connection, caller, "bench", datetime.now(UTC))
    ref = facts.ClassRef(scheme=waste.scheme, edition=waste.edition, code=waste.code)
    return papers.Ground(bench.park, uuid, made["generator"], made["carrier"], made["receiver"], ref, waste.id)


def _company(connection: Connection, park: int, serial: int, role: str) -> papers.Company:
    uuid, person = uuid7(), uuid7()
    body = f"91110302MA{serial:07d}"
    key = registry.add_enterprise(
        connection, uscc=body + validate.uscc_check_character(body), name_zh=f"{serial} 号厂", roles=[role], uuid=uuid
    )
    teller = registry.add_person(
        connection, login=f"bench-{serial}", password_hash="-", called=f"{serial} 号员工", enterprise=key,
        roles={park: "manager"}, uuid=person,
    )  # fmt: skip
    return papers.Company(key, uuid, teller, person)


def _copy(copying: psycopg.Connection, ground: papers.Ground, size: int) -> None:
    """Load manifests with all their facts, as the superuser; ``tracker verify`` compares every row with the log."""
    maker = papers.Maker(ground)
    copying.execute("SET synchronous_commit = off")
    copying.execute("SET session_replication_role = replica")
    for rows in maker.live(size):
        for table, columns in papers.COLUMNS.items():
            with copying.cursor().copy(f"COPY {table} ({columns}) FROM STDIN") as copy:  # type: ignore[arg-type]
                copy.write("".join(rows.lines[table]))
    park = ground.park
    copying.execute("UPDATE log_head SET size = %s WHERE park_id = %s", [maker.size, park])
    copying.execute("INSERT INTO number_series VALUES (%s, 'general-2026', %s)", [park, maker.serial])
    with copying.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO balance (park_id, enterprise_id, class_id, account, grams) VALUES (%s, %s, %s, %s, %s)",
            [(park, key, ground.class_id, account, grams) for (key, account), grams in maker.balance.items() if grams],
        )
    copying.execute("SET session_replication_role = origin")
    _settle(copying)


#: What lists are read from, and no facts: a million lives would take an hour to live. Every constraint holds; most are
#: closed, the newest open, as ``bench.papers`` has it.
_FILL = (
    """CREATE TEMP TABLE planned AS SELECT n AS id, gen_random_uuid() AS uuid, gen_random_uuid() AS batch,
  (%(generators)s::int[])[1 + floor(random() * %(g)s)::int] AS generator,
  (%(carriers)s::int[])[1 + floor(random() * %(c)s)::int] AS carrier,
  (%(receivers)s::int[])[1 + floor(random() * random() * %(r)s)::int] AS receiver,
  CASE WHEN n > %(size)s - 2000 THEN 'issued' WHEN n > %(size)s - 4000 THEN 'under_way'
    ELSE (ARRAY['voided', 'voided', 'voided', 'delivered', 'delivered', 'delivered', 'refused'])
         [1 + floor(random() * 100)::int] END AS state,
  timestamptz '2026-01-05' + n * interval '20 s' AS at FROM generate_series(1, %(size)s) n""",
    "UPDATE planned SET state = 'closed' WHERE state IS NULL",
    """INSERT INTO batch (park_id, id, uuid, class_id, generator_id, holder_id, state, free_state, grams,
  grams_at_start, measured, mass_fact, generated_at, held_since, last_fact, last_index, last_observed_at)
SELECT %(park)s, id, batch, %(class)s, generator, generator, 'on_site', 'on_site', 1000000, 1000000, true, uuid, at,
  at, uuid, id, at FROM planned""",
    """INSERT INTO manifest (park_id, id, uuid, number, state, hazardous, generator_id, receiver_id, treatment,
  revision, made_at, issued_at, due_pickup_at)
OVERRIDING SYSTEM VALUE SELECT %(park)s, id, uuid, 'BENCH-2026-' || lpad(id::text, 7, '0') || '-0', state, false,
  generator, receiver, 'D10', 1, at, at, at + interval '7 days' FROM planned""",
    """INSERT INTO manifest_carrier (park_id, manifest_id, leg, enterprise_id, plate, what, lapsed)
SELECT %(park)s, id, 1, carrier, '京A12345', 'carrier', false FROM planned""",
    """INSERT INTO manifest_line (park_id, manifest_id, batch_id, planned_grams, outcome, finished)
SELECT %(park)s, id, id, 1000000, CASE WHEN state IN ('issued', 'under_way') THEN 'planned' ELSE 'whole' END,
  state = 'closed' FROM planned""",
    """INSERT INTO label (park_id, id, human_code, signed, what, manifest_uuid, issued_at)
SELECT %(park)s, uuid, substr(h, 1, 4) || '-' || substr(h, 5, 4) || '-' || substr(h, 9, 2) || '-0',
  decode(repeat(md5(h), 6) || substr(md5(h), 1, 8), 'hex'), 'manifest', uuid, at
FROM (SELECT *, upper(md5(id::text)) AS h FROM planned) AS named""",
)


def _fill(loading: psycopg.Connection, ground: papers.Ground, size: int) -> None:
    given = {
        "size": size,
        "park": ground.park,
        "class": ground.class_id,
        "generators": [company.key for company in ground.generators],
        "carriers": [company.key for company in ground.carriers],
        "receivers": [company.key for company in ground.receivers],
        "g": GENERATORS,
        "c": CARRIERS,
        "r": RECEIVERS,
    }
    loading.execute("SET synchronous_commit = off")
    loading.execute("SET session_replication_role = replica")
    for statement in _FILL:
        loading.execute(statement, given)
    loading.execute("SET session_replication_role = origin")
    _settle(loading)


def _settle(loading: psycopg.Connection) -> None:
    # Index-only scans want the visibility map, and the planner its statistics.
    for table in papers.COLUMNS:
        loading.execute(f"VACUUM (ANALYZE) {table}")  # type: ignore[call-overload]
    loading.execute("CHECKPOINT")
