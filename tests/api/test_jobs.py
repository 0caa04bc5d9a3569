"""The clock's jobs: one leader, a successor within seconds, no job that stops another, and a clean end."""

import json
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from api import jobs
from api.config import Config
from manifests import offline
from tracker import cluster, late, leader

_PROGRAM = """
import sys
import structlog
from api.config import Config
from api.jobs import run_jobs
structlog.configure(processors=[structlog.processors.format_exc_info, structlog.processors.JSONRenderer()])
run_jobs(Config(sys.argv[1]))
"""
_SECONDS_MAX = 30


class Process:
    """A real process that runs the jobs, and what it says."""

    def __init__(self, url: str) -> None:
        self.child = subprocess.Popen([sys.executable, "-c", _PROGRAM, url], stdout=subprocess.PIPE, text=True)
        self.said: queue.Queue[str] = queue.Queue()
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    def _read(self) -> None:
        assert self.child.stdout is not None
        with self.child.stdout as lines:
            for line in lines:
                self.said.put(json.loads(line)["event"])

    def says(self, event: str) -> None:
        """Wait until it says so."""
        deadline = time.monotonic() + _SECONDS_MAX
        while self.said.get(timeout=deadline - time.monotonic()) != event:
            pass

    def silent_about(self, event: str) -> bool:
        return event not in list(self.said.queue)

    def end(self, number: signal.Signals) -> int:
        self.child.send_signal(number)
        status = self.child.wait(_SECONDS_MAX)
        self.reader.join()
        return status


@pytest.fixture
def two(database_url: str) -> Iterator[tuple[Process, Process]]:
    """Two processes, the first of them the leader."""
    first = Process(database_url)
    first.says("jobs_leading")
    second = Process(database_url)
    second.says("jobs_standing_by")
    yield first, second
    for one in (first, second):
        if one.child.poll() is None:
            one.end(signal.SIGKILL)


def test_one_leads_and_the_other_takes_over_when_it_is_killed(two: tuple[Process, Process]) -> None:
    first, second = two
    first.says("job_done")
    time.sleep(2 * jobs.LOOK_SECONDS)
    assert second.silent_about("jobs_leading")
    began = time.monotonic()
    first.end(signal.SIGKILL)
    second.says("jobs_leading")
    assert time.monotonic() - began < 5
    second.says("job_done")


def test_told_to_stop_it_stops_cleanly_and_hands_over(two: tuple[Process, Process]) -> None:
    first, second = two
    assert first.end(signal.SIGTERM) == 0
    first.says("jobs_stopped")
    second.says("jobs_leading")
    assert second.end(signal.SIGTERM) == 0


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "LOOK_SECONDS", 0.1)


def test_a_job_that_fails_stops_neither_itself_nor_the_others(engine: Engine, quick: None) -> None:
    ran: queue.Queue[str] = queue.Queue()

    def fail(_: Engine) -> None:
        ran.put("bad")
        raise RuntimeError("a bad day")

    with _standing_by(engine, jobs.Job("bad", 1, fail), jobs.Job("good", 1, lambda _: ran.put("good"))):
        seen = [ran.get(timeout=_SECONDS_MAX) for _ in range(4)]
    assert seen.count("bad") >= 1
    assert seen.count("good") >= 1


def test_a_leader_whose_connection_is_cut_notices_and_leads_again(engine: Engine, quick: None) -> None:
    starts: queue.Queue[float] = queue.Queue()
    with _standing_by(engine, jobs.Job("start", 3600, lambda _: starts.put(time.monotonic()))):
        starts.get(timeout=_SECONDS_MAX)
        with cluster.start().superuser() as connection:
            cut = connection.execute(
                "SELECT pg_terminate_backend(l.pid) FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
                " WHERE l.locktype = 'advisory' AND d.datname = %s",
                [engine.url.database],
            ).fetchall()
        assert cut == [(True,)]
        starts.get(timeout=_SECONDS_MAX)


def test_there_is_one_lead(engine: Engine) -> None:
    first = leader.lead(engine)
    assert first is not None
    with first:
        assert first.holds()
        assert leader.lead(engine) is None
    second = leader.lead(engine)
    assert second is not None
    with second:
        assert second.holds()


class _standing_by:  # noqa: N801 - read as a phrase
    """``stand_by`` in a thread, for as long as the block lasts."""

    def __init__(self, engine: Engine, *wanted: jobs.Job) -> None:
        self.stop = threading.Event()
        self.thread = threading.Thread(target=jobs.stand_by, args=(engine, self.stop, wanted))

    def __enter__(self) -> None:
        self.thread.start()

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.thread.join(_SECONDS_MAX)
        assert not self.thread.is_alive()


def test_a_manifest_that_the_jobs_let_in_is_judged_by_its_gates(
    monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    """The jobs run in a process of their own, which nobody else tells what the gates are."""
    monkeypatch.setattr(late, "_lent", [])
    monkeypatch.setattr(jobs, "stand_by", lambda *_: None)
    jobs.run_jobs(Config(database_url))
    assert late._lent == [offline.let_in]
