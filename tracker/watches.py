"""Deadlines that pass: manifests nobody picks up, waste that stands too long, facts that wait too long for another.

A watch flips ``alerted_at`` from null and writes the alert in the same transaction, so a deadline is told once, however
many processes look. When the reason is gone the alert is settled, and the same thing may be told again another time.
Rows that somebody works on at this moment are left for the next round: a watch waits for nobody, so two can never stand
in each other's way.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, text

from tracker import deadlines, ledger, lifecycle
from tracker.evidence import missing
from tracker.parties import Caller, Settings
from tracker.problems import entry
from tracker.store import as_json, attempt, enter_park, transaction

#: Alerts of one kind raised in one round; the rest follow with the next.
ROUND_MAX = 1_000

_PARKS = text("SELECT id, uuid, settings FROM park ORDER BY id")
#: One process at a time looks after a park; another one has no need to wait for it.
_MY_TURN = text("SELECT pg_try_advisory_xact_lock(hashtext('waste-tracker watch'), :park)")
_PICKUP = text("""
WITH due AS (
  SELECT m.id FROM manifest m
  WHERE m.park_id = :park AND m.state = 'issued' AND m.alerted_at IS NULL AND m.due_pickup_at < :now
  ORDER BY m.due_pickup_at LIMIT :limit FOR UPDATE SKIP LOCKED
), flipped AS (
  UPDATE manifest m SET alerted_at = :now FROM due
  WHERE m.park_id = :park AND m.id = due.id AND m.alerted_at IS NULL RETURNING m.*
)
SELECT f.uuid AS subject, f.generator_id AS enterprise_id, f.number, e.name_zh AS generator, e.name_en AS generator_en,
  round(extract(epoch FROM f.due_pickup_at - f.issued_at) / 86400)::int AS days
FROM flipped f JOIN enterprise e ON e.id = f.generator_id
""")
#: How long a batch may stand: what its store says, else what the park says of its kind. What no list knows is taken for
#: hazardous until somebody says what it is.
_LIMIT = """
LEFT JOIN place p ON p.id = b.store_id LEFT JOIN waste_class c ON c.id = b.class_id
CROSS JOIN LATERAL (SELECT coalesce(p.limit_days,
    CASE WHEN coalesce(c.hazardous, true) THEN :hazardous_days ELSE :general_days END) AS days) l
"""
_STORAGE = text(f"""
WITH due AS (
  SELECT b.id, l.days FROM batch b {_LIMIT}
  WHERE b.park_id = :park AND b.state IN ('on_site', 'received') AND b.alerted_at IS NULL
    AND b.held_since < CAST(:now AS timestamptz) - make_interval(days => least(:hazardous_days, :general_days,
        (SELECT min(limit_days) FROM place)))
    AND b.held_since < CAST(:now AS timestamptz) - make_interval(days => l.days)
  ORDER BY b.held_since LIMIT :limit FOR UPDATE OF b SKIP LOCKED
), flipped AS (
  UPDATE batch b SET alerted_at = :now FROM due
  WHERE b.park_id = :park AND b.id = due.id AND b.alerted_at IS NULL RETURNING b.*, due.days
)
SELECT f.uuid AS subject, f.holder_id AS enterprise_id, coalesce((SELECT human_code FROM label
    WHERE park_id = :park AND batch_uuid = f.uuid ORDER BY issued_at DESC LIMIT 1), f.uuid::text) AS batch,
  e.name_zh AS holder, e.name_en AS holder_en, f.days
FROM flipped f JOIN enterprise e ON e.id = f.holder_id
""")  # noqa: S608 - put together from the constants above
_WAITING = text("""
WITH due AS (
  SELECT w.fact_id FROM waiting w WHERE w.park_id = :park AND w.alerted_at IS NULL
    AND w.came_at < CAST(:now AS timestamptz) - make_interval(days => :waiting_days)
  ORDER BY w.came_at LIMIT :limit FOR UPDATE SKIP LOCKED
)
UPDATE waiting w SET alerted_at = :now FROM due
WHERE w.park_id = :park AND w.fact_id = due.fact_id AND w.alerted_at IS NULL
RETURNING w.fact_id AS subject, w.enterprise_id, w.told ->> 'kind' AS kind, CAST(:waiting_days AS int) AS days
""")
_RAISE = text("""
INSERT INTO alert (park_id, code, severity, subject_kind, subject, enterprise_id, params, raised_at)
SELECT :park, r.code, r.severity, r.subject_kind, r.subject, r.enterprise_id, r.params, :now
FROM jsonb_to_recordset(CAST(:rows AS jsonb))
  AS r(code text, severity text, subject_kind text, subject uuid, enterprise_id int, params jsonb)
ON CONFLICT (park_id, subject, code) WHERE settled_at IS NULL DO NOTHING
""")
_PICKUP_GONE = text("""
UPDATE alert a SET settled_at = :now FROM manifest m
WHERE a.park_id = :park AND a.settled_at IS NULL AND a.code = 'pickup_overdue'
  AND m.park_id = a.park_id AND m.uuid = a.subject AND m.state <> 'issued'
""")
#: A new holder starts a new clock, and is told for himself. On a manifest that nobody picked up it still stands there.
_STORAGE_GONE = text(f"""
WITH gone AS (
  SELECT a.id AS alert, b.id FROM alert a JOIN batch b ON b.park_id = a.park_id AND b.uuid = a.subject {_LIMIT}
  WHERE a.park_id = :park AND a.settled_at IS NULL AND a.code = 'storage_overdue'
    AND (b.state NOT IN ('on_site', 'received', 'reserved') OR b.holder_id <> a.enterprise_id
      OR b.held_since >= CAST(:now AS timestamptz) - make_interval(days => l.days))
  FOR UPDATE OF b SKIP LOCKED
), freed AS (
  UPDATE batch b SET alerted_at = NULL FROM gone WHERE b.park_id = :park AND b.id = gone.id
)
UPDATE alert a SET settled_at = :now FROM gone WHERE a.park_id = :park AND a.id = gone.alert
""")  # noqa: S608
_WAITING_GONE = text("""
UPDATE alert a SET settled_at = :now WHERE a.park_id = :park AND a.settled_at IS NULL AND a.code = 'fact_waiting_long'
  AND NOT EXISTS (SELECT 1 FROM waiting w WHERE w.park_id = a.park_id AND w.fact_id = a.subject)
""")


@dataclass(slots=True)
class Watched:
    """What a round found: alerts raised by code, and how many were settled."""

    raised: dict[str, int] = field(default_factory=dict)
    settled: int = 0


@dataclass(frozen=True, slots=True)
class ParkSeen:
    """A park as the watches see it."""

    key: int
    uuid: UUID
    settings: Settings

    @property
    def caller(self) -> Caller:
        """The park itself, when nobody in particular acts."""
        return Caller(None, None, "regulator", None, None, self.key, self.uuid, settings=self.settings)


def parks(of: Engine) -> list[ParkSeen]:
    """Every park there is."""
    with transaction(of) as connection:
        return [ParkSeen(row.id, row.uuid, Settings.of(row.settings)) for row in connection.execute(_PARKS)]


def watch(of: Engine, *, now: datetime | None = None) -> Watched:
    """Look at every deadline of every park, each park in a transaction of its own."""
    moment, found = now or datetime.now(UTC), Watched()
    for park in parks(of):
        with transaction(of, park.key) as connection:
            if my_turn(connection, park.key):
                _watch_one(connection, park, moment, found)
    return found


def release_stranded(of: Engine, *, now: datetime | None = None) -> int:
    """Book the facts that wait for something that is in the books after all; how many were answered."""

    def work(park: ParkSeen) -> Callable[[Connection, bool], int]:
        def one_round(connection: Connection, careful: bool) -> int:  # noqa: ARG001 - a second try is the same
            enter_park(connection, park.key)
            return ledger.release(connection, park.caller, now=now) if my_turn(connection, park.key) else 0

        return one_round

    answered = 0
    for park in parks(of):
        while released := attempt(of, work(park)):
            answered += released
    return answered


def my_turn(connection: Connection, park: int) -> bool:
    """Whether no other process looks after this park at the moment; until the transaction ends nobody else will."""
    return bool(connection.scalar(_MY_TURN, {"park": park}))


def _watch_one(connection: Connection, park: ParkSeen, now: datetime, found: Watched) -> None:
    settings = park.settings
    at = {"park": park.key, "now": now}
    limits = {"hazardous_days": settings.hazardous_storage_days, "general_days": settings.storage_days}
    found.settled += connection.execute(_PICKUP_GONE, at).rowcount
    found.settled += connection.execute(_STORAGE_GONE, at | limits).rowcount
    found.settled += connection.execute(_WAITING_GONE, at).rowcount
    found.settled += deadlines.settle(connection, park.key, settings, now)
    found.settled += missing.settle(connection, park.key, now)
    round_of = at | {"limit": ROUND_MAX}
    pickups = connection.execute(_PICKUP, round_of).mappings().all()
    stored = connection.execute(_STORAGE, round_of | limits).mappings().all()
    waiting = connection.execute(_WAITING, round_of | {"waiting_days": settings.waiting_days}).mappings().all()
    unseen = missing.due(connection, park.key, settings.evidence_hours, now, ROUND_MAX)
    rows = [
        *(
            alert("pickup_overdue", "manifest", dict(row), "number", "days", "generator", "generator_en")
            for row in pickups
        ),
        *(alert("storage_overdue", "batch", dict(row), "batch", "days", "holder", "holder_en") for row in stored),
        *(alert("fact_waiting_long", "fact", _in_words(dict(row)), "fact", "fact_en", "days") for row in waiting),
        *(alert("evidence_missing", "fact", _in_words(row), "fact", "fact_en", "pieces", "hours") for row in unseen),
        *(
            alert(deadline.code, deadline.subject_kind, row, *(row.keys() - {"subject", "enterprise_id"}))
            for deadline, row in deadlines.due(connection, park.key, settings, now, ROUND_MAX)
        ),
    ]
    tell(connection, park.key, rows, now)
    for row in rows:
        found.raised[row["code"]] = found.raised.get(row["code"], 0) + 1


def tell(connection: Connection, park: int, alerts: list[dict[str, Any]], now: datetime) -> None:
    """Write alerts (as ``alert`` makes them); one that is open already is not told twice."""
    if alerts:
        connection.execute(_RAISE, {"park": park, "now": now, "rows": as_json(alerts)})


def alert(code: str, kind: str, row: Mapping[str, Any], *told: str) -> dict[str, Any]:
    """An alert about ``row["subject"]`` for ``row["enterprise_id"]``, with what its sentence tells of the row."""
    return {
        "code": code,
        "severity": entry(code).severity,
        "subject_kind": kind,
        "subject": row["subject"],
        "enterprise_id": row["enterprise_id"],
        "params": {name: row[name] for name in told},
    }


def _in_words(row: Mapping[str, Any]) -> dict[str, Any]:
    """What kind of fact it is in the field's words, and the beginning of its id."""
    words, short = lifecycle.words()["fact"][row["kind"]], str(row["subject"])[:8]
    return {**row, "fact": f"{words['zh']} {short}", "fact_en": f"{words['en']} {short}"}
