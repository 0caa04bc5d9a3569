"""How fast facts come in by the one door: fifty a request, and single custody steps.

Each stands beside raw pgbench that writes the same rows into the same tables in the same run."""

import json
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import psutil
from sqlalchemy import make_url
from uuid_utils.compat import uuid7

from api.app import create_app
from api.config import Config
from bench import serving
from tracker import cluster

CLIENTS = 4
SYNC_FACTS = 50
SECONDS = 8.0
_PLACE = {"longitude": 116.5, "latitude": 39.8, "accuracy_m": 10.0}


def sync() -> Iterator[dict[str, Any]]:
    """Facts a second through POST /api/v1/sync, fifty new batches a request."""
    with serving.park("bench_sync") as bench, serving.served(bench) as process:
        bodies = [sync_body() for _ in range(600)]
        _drive(bench, "P", bodies[:40], SECONDS)
        serving.looked_over(bench)
        bodies = bodies[40:]
        done, seconds = _drive(bench, "P", bodies, SECONDS)
        rate = done * SYNC_FACTS / seconds
        raw = _pgbench(bench, _RAW_GENERATED)
        yield _figure("sync", rate, "facts/s", raw, bench, process, sync_body(), "P")


def custody() -> Iterator[dict[str, Any]]:
    """Single custody steps a second: one pickup, one request."""
    with serving.park("bench_custody") as bench, serving.served(bench) as process:
        picked = _ready_to_pick_up(bench, 2_500)
        bodies = [_pickup_body(manifest, batch) for manifest, batch in picked]
        serving.looked_over(bench)
        done, seconds = _drive(bench, "T", bodies[:-1], SECONDS)
        raw = _pgbench(bench, _RAW_CUSTODY)
        yield _figure("custody", done / seconds, "steps/s", raw, bench, process, bodies[-1], "T")


def _figure(
    name: str,
    rate: float,
    unit: str,
    raw: float,
    bench: serving.Bench,
    process: psutil.Process,
    body: bytes,
    who: str,
) -> dict[str, Any]:
    return {
        "bench": name,
        "value": round(rate, 1),
        "unit": unit,
        "beside": {
            "raw_pgbench_single_row_transactions_per_s": round(raw, 1),
            "sql_statements_a_request": _statements(bench, body, who),
            "server_memory_mb": serving.memory_mb(process),
            "facts_in_log": serving.counted(bench.engine, bench.park),
            "clients": CLIENTS,
        },
        "ratio": round(rate / raw, 3),
    }


def sync_body() -> bytes:
    facts = [
        {
            "id": str(uuid7()),
            "kind": "generated",
            "observed_at": datetime.now(UTC).isoformat(),
            "lines": [{"batch": str(uuid7()), "grams": 1_000_000 + at, "measured": True}],
            "place": _PLACE,
            "details": {"class": serving.CLASS, "form": "solid", "process": "污水处理"},
        }
        for at in range(SYNC_FACTS)
    ]
    return json.dumps({"facts": facts}).encode()


def _pickup_body(manifest: UUID, batch: UUID) -> bytes:
    fact = {
        "id": str(uuid7()),
        "kind": "picked_up",
        "observed_at": datetime.now(UTC).isoformat(),
        "manifest": str(manifest),
        "lines": [{"batch": str(batch), "grams": 1_000_000, "measured": True}],
        "place": _PLACE,
        "details": {"plate": "京A12345"},
    }
    return json.dumps({"facts": [fact]}).encode()


def _ready_to_pick_up(bench: serving.Bench, count: int) -> list[tuple[UUID, UUID]]:
    """Batches on issued manifests, made over HTTP like everything else."""
    made: list[tuple[UUID, UUID]] = []
    lock = threading.Lock()

    def work(share: int) -> None:
        with bench.client("P") as client:
            for _ in range(share // SYNC_FACTS):
                body = sync_body()
                answered(client.post("/api/v1/sync", content=body, headers=JSON))
                for fact in json.loads(body)["facts"]:
                    batch, manifest = fact["lines"][0]["batch"], uuid7()
                    plan = {
                        "id": str(manifest),
                        "batches": [{"batch": batch}],
                        "carriers": [{"enterprise": str(bench.companies["T"])}],
                        "receiver": str(bench.companies["D"]),
                        "treatment": "D10",
                    }
                    answered(client.post("/api/v1/manifests", json=plan))
                    with lock:
                        made.append((manifest, UUID(batch)))

    together([lambda: work(count // 2), lambda: work(count // 2)])
    return made


JSON = {"Content-Type": "application/json"}


def answered(response: httpx.Response) -> httpx.Response:
    if response.status_code >= 300:
        message = f"{response.status_code}: {response.text[:500]}"
        raise SystemExit(message)
    return response


def _drive(bench: serving.Bench, who: str, bodies: Sequence[bytes], seconds: float) -> tuple[int, float]:
    """Send bodies from several clients until they or the seconds run out: how many were answered, in what time."""
    queue = iter(bodies)
    lock = threading.Lock()
    done = [0]
    deadline = time.monotonic() + seconds

    def work() -> None:
        with bench.client(who) as client:
            while time.monotonic() < deadline:
                with lock:
                    body = next(queue, None)
                if body is None:
                    return
                answer = answered(client.post("/api/v1/sync", content=body, headers=JSON)).json()
                odd = [receipt for receipt in answer["receipts"] if receipt["verdict"] != "recorded"]
                if odd:
                    message = f"not recorded: {odd[0]}"
                    raise SystemExit(message)
                with lock:
                    done[0] += 1

    began = time.monotonic()
    together([work] * CLIENTS)
    return done[0], time.monotonic() - began


def together(works: Sequence[Callable[[], None]]) -> None:
    # A pool raises here what went wrong in a thread; a bare thread would die in silence.
    with ThreadPoolExecutor(len(works)) as pool:
        for running in [pool.submit(work) for work in works]:
            running.result()


def _statements(bench: serving.Bench, body: bytes, who: str) -> int:
    """SQL statements one request sends, counted in an app of this process against the same database."""
    app = create_app(Config(database_url=bench.url, var=bench.var, secret_key="x" * 40))
    headers = JSON | {"Authorization": f"Bearer {bench.api_keys[who]}"}
    client = app.test_client()
    return serving.statements_of(
        app.extensions["engine"], lambda: client.post("/api/v1/sync", data=body, headers=headers)
    )


# --- what PostgreSQL alone does with the same rows ------------------------------------------------------------------

_RAW_FACT = """
INSERT INTO fact (park_id, "index", id, kind, verdict, person_id, enterprise_id, observed_at, recorded_at, place,
  digest, record, leaf) VALUES (:park, 1000000000 + CAST(:n AS bigint), gen_random_uuid(), 'generated', 'recorded',
  :person, :enterprise, now(), now(),
  ST_SetSRID(ST_MakePoint(116.5, 39.8), 4326), sha256('x'), repeat('x', 700), sha256('y'));
INSERT INTO posting (park_id, "index", line, batch_id, account, enterprise_id, class_id, grams,
    counts_at)
  VALUES (:park, 1000000000 + CAST(:n AS bigint), 0, {batch}, 'source', :enterprise, :class, -1000000,
          1000000000 + CAST(:n AS bigint)),
         (:park, 1000000000 + CAST(:n AS bigint), 1, {batch}, 'stock', :enterprise, :class, 1000000,
          1000000000 + CAST(:n AS bigint));
"""
_RAW_GENERATED = (
    "\\set n random(1, 900000000000)\nBEGIN;\nSELECT set_config('tracker.park', CAST(:park AS text), true);\n"
    """INSERT INTO batch (park_id, id, uuid, class_id, generator_id, holder_id, state, free_state, grams,
  grams_at_start, measured, mass_fact, generated_at, held_since, last_fact, last_index, last_observed_at)
  VALUES (:park, 1000000000 + CAST(:n AS bigint), gen_random_uuid(), :class, :enterprise, :enterprise,
  'on_site', 'on_site', 1000000, 1000000, true, gen_random_uuid(),
  now(), now(), gen_random_uuid(), 1, now());
""" + _RAW_FACT.format(batch="1000000000 + CAST(:n AS bigint)") + "COMMIT;\n"
)
_RAW_CUSTODY = (
    "\\set n random(1, 900000000000)\n\\set b random(1, :batches)\nBEGIN;\n"
    "SELECT set_config('tracker.park', CAST(:park AS text), true);\n"
    "UPDATE batch SET last_index = last_index + 1 WHERE park_id = :park AND id = :b;\n"
    + _RAW_FACT.format(batch=":b")
    + "COMMIT;\n"
)


def _pgbench(bench: serving.Bench, script: str) -> float:
    """Transactions a second of pgbench with the same number of clients, writing the rows of one fact each."""
    running = cluster.start()
    with bench.engine.connect() as connection:
        row = connection.exec_driver_sql(
            "SELECT (SELECT min(id) FROM person) AS person, (SELECT min(id) FROM enterprise) AS enterprise,"
            " (SELECT min(id) FROM waste_class) AS class, (SELECT last_value FROM batch_key) AS batches"
        ).one()
    path = bench.var / "raw.sql"
    path.write_text(script)
    database = make_url(bench.url).database or ""
    variables = {
        "park": bench.park,
        "person": row.person,
        "enterprise": row.enterprise,
        "class": row[2],
        "batches": row.batches,
    }
    program = shutil.which("pgbench") or str(next(Path("/usr/lib/postgresql").glob("*/bin/pgbench")))
    command = [
        program, "-n", "-M", "prepared", "-c", str(CLIENTS), "-j", "1", "-T", str(int(SECONDS)), "-f", str(path),
        *(f"-D{name}={value}" for name, value in variables.items()),
        "-h", str(running.socket_folder), "-U", "postgres", database,
    ]  # fmt: skip
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.search(r"tps = ([0-9.]+)", ran.stdout)
    if found is None or ran.returncode:
        message = f"pgbench said: {ran.stdout} {ran.stderr}"
        raise SystemExit(message)
    return float(found[1])
