"""Proposals nobody answers: a reminder at half time, and at the end the park says so in the log and they lapse."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, RowMapping, text
from uuid_utils.compat import uuid7

from tracker import clock, facts, ledger, watches, workdays
from tracker.problems import entry
from tracker.store import as_json, attempt, enter_park

ROUND_MAX = 200
_DUE = text("""
WITH due AS (
  SELECT p.uuid FROM proposal p WHERE p.park_id = :park AND p.state = 'open' AND p.reminded_at IS NULL
    AND p.made_at < CAST(:before AS timestamptz) ORDER BY p.made_at LIMIT :limit FOR UPDATE SKIP LOCKED
), flipped AS (
  UPDATE proposal p SET reminded_at = :now FROM due WHERE p.park_id = :park AND p.uuid = due.uuid RETURNING p.*)
SELECT f.uuid AS subject, f.kind, f.made_at,
  (SELECT jsonb_agg(jsonb_build_array(e.id, e.name_zh, coalesce(e.name_en, e.name_zh)) ORDER BY e.id)
   FROM proposal_answer a JOIN enterprise e ON e.id = a.enterprise_id
   WHERE a.park_id = :park AND a.proposal = f.uuid AND a.answer IS NULL) AS asked
FROM flipped f
""")
_OVER = text("""
SELECT p.uuid FROM proposal p WHERE p.park_id = :park AND p.state = 'open' AND p.made_at < CAST(:before AS timestamptz)
ORDER BY p.made_at LIMIT :limit
""")
_GONE = text("""
UPDATE alert a SET settled_at = :now FROM proposal p
WHERE a.park_id = :park AND a.settled_at IS NULL AND a.code = 'proposal_unanswered'
  AND p.park_id = a.park_id AND p.uuid = a.subject AND p.state <> 'open'
""")
_RAISE = text("""
INSERT INTO alert (park_id, code, severity, subject_kind, subject, enterprise_id, params, raised_at)
SELECT :park, r.code, r.severity, 'fact', r.subject, r.enterprise_id, r.params, :now
FROM jsonb_to_recordset(CAST(:rows AS jsonb))
  AS r(code text, severity text, subject uuid, enterprise_id int, params jsonb)
ON CONFLICT (park_id, subject, code) WHERE settled_at IS NULL DO NOTHING
""")


def remind(of: Engine, *, now: datetime | None = None) -> dict[str, int]:
    """Remind whoever has not answered half way to the park's limit, and let lapse what is beyond it: how many each."""
    moment, found = now or datetime.now(UTC), {"reminded": 0, "lapsed": 0}
    for park in watches.parks(of):

        def one_park(connection: Connection, careful: bool, park: watches.ParkSeen = park) -> tuple[int, int]:  # noqa: ARG001
            enter_park(connection, park.key)
            if not watches.my_turn(connection, park.key):
                return 0, 0
            return _remind(connection, park, moment), _lapse(connection, park, moment)

        reminded, lapsed = attempt(of, one_park)
        found["reminded"] += reminded
        found["lapsed"] += lapsed
    return found


def _remind(connection: Connection, park: watches.ParkSeen, now: datetime) -> int:
    at = {"park": park.key, "now": now}
    half = clock.begin_of(workdays.passed_since(clock.day_of(now), park.settings.answer_days // 2))
    connection.execute(_GONE, at)
    rows = connection.execute(_DUE, at | {"before": half, "limit": ROUND_MAX}).mappings().all()
    alerts = [_alert(row, park) for row in rows if row["asked"]]
    if alerts:
        connection.execute(_RAISE, at | {"rows": as_json(alerts)})
    return len(alerts)


def _alert(row: RowMapping, park: watches.ParkSeen) -> dict[str, Any]:
    until = clock.day_of(park.settings.answer_by(row["made_at"]) - timedelta(seconds=1))
    return {
        "code": "proposal_unanswered",
        "severity": entry("proposal_unanswered").severity,
        "subject": row["subject"],
        "enterprise_id": row["asked"][0][0],
        "params": {
            "asked": "、".join(one[1] for one in row["asked"]),
            "asked_en": ", ".join(one[2] for one in row["asked"]),
            "until": until.isoformat(),
        },
    }


def _lapse(connection: Connection, park: watches.ParkSeen, now: datetime) -> int:
    limit = clock.begin_of(workdays.passed_since(clock.day_of(now), park.settings.answer_days))
    uuids: list[UUID] = list(connection.scalars(_OVER, {"park": park.key, "before": limit, "limit": ledger.FACTS_MAX}))
    told = [facts.Declined(id=uuid7(), observed_at=now, to=uuid, expired=True) for uuid in uuids]
    ledger.record(connection, park.caller, told, now=now, own=True)
    connection.execute(_GONE, {"park": park.key, "now": now})
    return len(told)
