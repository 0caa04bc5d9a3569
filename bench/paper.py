"""How fast manifests are issued, and that every number is given once and none is left out."""

import itertools
import json
import os
import re
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from http.client import HTTPConnection
from typing import Any
from urllib.parse import unquote
from uuid import UUID

from sqlalchemy import text
from uuid_utils.compat import uuid7

from api.app import create_app
from api.config import Config
from bench import serving
from bench.door import JSON, answered, sync_body, together
from tracker import store

#: As the issue has it: eight clients, ten thousand numbers. ``TRACKER_BENCH_MANIFESTS`` asks for another count.
CLIENTS = 8
MANIFESTS = int(os.environ.get("TRACKER_BENCH_MANIFESTS", "10000"))
_REQUESTS_A_CONNECTION = 10


def issue() -> Iterator[dict[str, Any]]:
    """Manifests a second through POST /api/v1/manifests, one batch each, two workers."""
    with serving.park("bench_issue") as bench, serving.served(bench) as process:
        bodies = [_plan(bench, batch) for batch in _batches(bench, MANIFESTS + 1)]
        serving.looked_over(bench)
        began, cpu = time.monotonic(), serving.cpu_s(process)
        numbers, errors, slowest = _issued(bench, bodies[:-1])
        seconds = time.monotonic() - began
        cpu = serving.cpu_s(process) - cpu
        missing = _missing(numbers)
        figure = {
            "bench": "issue",
            "value": round(len(numbers) / seconds, 1),
            "unit": "manifests/s",
            "beside": {
                "manifests": len(numbers),
                "errors": errors,
                "duplicates": len(numbers) - len(set(numbers)),
                "gaps": missing,
                "last_of_the_series": _last(bench),
                "p95_ms": round(slowest * 1000, 1),
                "sql_statements_a_manifest": _statements(bench, bodies[-1]),
                "server_cpu_ms_a_manifest": round(cpu / len(numbers) * 1000, 2),
                "server_memory_mb": serving.memory_mb(process),
                "clients": CLIENTS,
                "load_average": round(os.getloadavg()[0], 1),
            },
            "ratio": round(len(numbers) / seconds / 150, 3),
        }
        yield figure


def _batches(bench: serving.Bench, count: int) -> list[UUID]:
    made: list[UUID] = []
    lock = threading.Lock()

    def work(share: int) -> None:
        with bench.client("P") as client:
            for _ in range(share):
                body = sync_body()
                answered(client.post("/api/v1/sync", content=body, headers=JSON))
                with lock:
                    made.extend(UUID(fact["lines"][0]["batch"]) for fact in json.loads(body)["facts"])

    requests = -(-count // 50)
    together([lambda: work(requests // 2), lambda: work(requests - requests // 2)])
    return made[:count]


def _plan(bench: serving.Bench, batch: UUID) -> bytes:
    plan = {
        "id": str(uuid7()),
        "batches": [{"batch": str(batch)}],
        "carriers": [{"enterprise": str(bench.companies["T"]), "plate": "京A12345"}],
        "receiver": str(bench.companies["D"]),
        "treatment": "D10",
    }
    return json.dumps(plan).encode()


def _issued(bench: serving.Bench, bodies: list[bytes]) -> tuple[list[str], int, float]:
    """The numbers given, how many requests failed, and the time within which 95 of 100 were answered."""
    queue = iter(bodies)
    lock = threading.Lock()
    numbers: list[str] = []
    times: list[float] = []
    errors = 0

    def work() -> None:
        nonlocal errors
        # As lean as a client can be: it shares the two cores with what is measured.
        headers = JSON | {"Authorization": f"Bearer {bench.api_keys['P']}", "Prefer": "return=minimal"}
        for sent in itertools.count():
            with lock:
                body = next(queue, None)
            if body is None:
                return
            # A kept connection stays with one worker, and eight of them seldom fall evenly on two.
            if sent % _REQUESTS_A_CONNECTION == 0:
                connection = HTTPConnection("127.0.0.1", serving.PORT, timeout=60)
            began = time.perf_counter()
            connection.request("POST", "/api/v1/manifests", body, headers)
            response = connection.getresponse()
            response.read()
            took = time.perf_counter() - began
            with lock:
                times.append(took)
                if response.status == HTTPStatus.NO_CONTENT:
                    numbers.append(unquote(response.headers["Location"].rpartition("/")[2]))
                else:
                    errors += 1

    with ThreadPoolExecutor(CLIENTS) as pool:
        for running in [pool.submit(work) for _ in range(CLIENTS)]:
            running.result()
    return numbers, errors, sorted(times)[int(len(times) * 0.95)]


def _missing(numbers: list[str]) -> int:
    """How many serials between the first and the last nobody was given."""
    serials = sorted(int(re.fullmatch(r"BENCH-\d{4}-(\d{6})-.", number)[1]) for number in numbers)  # type: ignore[index]
    return len(set(range(1, serials[-1] + 1)) - set(serials))


def _last(bench: serving.Bench) -> int:
    with store.transaction(bench.engine, bench.park) as connection:
        return int(connection.execute(text("SELECT max(last) FROM number_series")).scalar_one())


def _statements(bench: serving.Bench, body: bytes) -> int:
    """SQL statements one issue sends, counted in an app of this process against the same database."""
    app = create_app(Config(database_url=bench.url, var=bench.var, secret_key="x" * 40))
    headers = JSON | {"Authorization": f"Bearer {bench.api_keys['P']}", "Prefer": "return=minimal"}
    client = app.test_client()
    return serving.statements_of(
        app.extensions["engine"], lambda: client.post("/api/v1/manifests", data=body, headers=headers)
    )
