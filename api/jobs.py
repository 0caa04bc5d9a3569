"""What is done by the clock: one leader runs every job, the others stand by and take over when it dies.

No job is lost when a process is: each finds its work by asking the books what is due, not by counting how often it ran.
"""

import contextlib
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, is_dataclass
from datetime import UTC, datetime
from typing import Any

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from api.config import Config
from manifests import expiry, offline
from tracker import evidence, late, leader, reminders, store, watches
from tracker.store import Engine

#: How often a follower asks for the lead, and a leader whether it still has it.
LOOK_SECONDS = 1.0
_LOG = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Job:
    """Something to do every so many seconds. ``work`` bears being done twice at once."""

    name: str
    seconds: int
    work: Callable[[Engine], Any]


JOBS = (
    Job("watches", 60, watches.watch),
    Job("stranded", 30, watches.release_stranded),
    Job("expiry", 300, expiry.expire),
    Job("proposals", 300, reminders.remind),
)


def jobs_of(config: Config) -> tuple[Job, ...]:
    """All jobs of an installation: those of the books, and those that need to know where its photos are."""
    photos = config.evidence
    return (*JOBS, Job("evidence", 3600, lambda engine: evidence.clean(engine, photos)))


def run_jobs(config: Config) -> None:
    """Run the jobs until SIGTERM or SIGINT, as the leader or ready to become it. A job under way is finished first."""
    stop = threading.Event()
    late.lend(offline.let_in)
    jobs = jobs_of(config)
    engine = store.engine(config.database_url, pool_size=len(jobs) + 1)
    with _stopped_by_signals(stop):
        stand_by(engine, stop, jobs)
    engine.dispose()


def stand_by(engine: Engine, stop: threading.Event, jobs: tuple[Job, ...] = JOBS) -> None:
    """Lead whenever nobody else does, until ``stop``."""
    _LOG.info("jobs_standing_by")
    while not stop.is_set():
        leadership = leader.lead(engine)
        if leadership is None:
            stop.wait(LOOK_SECONDS)
            continue
        with leadership:
            _lead(engine, leadership, stop, jobs)
    _LOG.info("jobs_stopped")


def _lead(engine: Engine, leadership: leader.Leadership, stop: threading.Event, jobs: tuple[Job, ...]) -> None:
    """Run the scheduler for as long as the lead is ours."""
    _LOG.info("jobs_leading", jobs=[job.name for job in jobs])
    scheduler = BackgroundScheduler(
        timezone=UTC,
        executors={"default": ThreadPoolExecutor(len(jobs))},
        job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1},
    )
    for job in jobs:
        scheduler.add_job(
            _run, "interval", (engine, job), id=job.name, seconds=job.seconds, next_run_time=datetime.now(UTC)
        )
    scheduler.start()
    try:
        while leadership.holds() and not stop.wait(LOOK_SECONDS):
            pass
        if not stop.is_set():
            _LOG.warning("jobs_lead_lost")
    finally:
        scheduler.shutdown(wait=True)


def _run(engine: Engine, job: Job) -> None:
    """One run of a job, told in the log. A job that fails is tried again at its next time."""
    began = time.monotonic()
    try:
        found = job.work(engine)
    except Exception:  # noqa: BLE001 - whatever it was, the other jobs go on and this one gets its next chance
        _LOG.exception("job_failed", job=job.name)
        return
    shown = asdict(found) if is_dataclass(found) and not isinstance(found, type) else found
    _LOG.info("job_done", job=job.name, found=shown, ms=round((time.monotonic() - began) * 1000, 1))


@contextlib.contextmanager
def _stopped_by_signals(stop: threading.Event) -> Iterator[None]:
    """SIGTERM and SIGINT set ``stop``."""
    former = {number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
