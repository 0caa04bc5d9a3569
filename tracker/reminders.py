"""Proposals nobody answers: a reminder at half time, and at the end the park says so in the log and they lapse."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, RowMapping, text
from uuid_utils.compat import uuid7

from tracker import clock, facts, ledger, watches, workdays
from tracker.store import attempt, enter_park

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
    half = clock.begin_of(workdays.passed_since(clock.day_of(now), park.settings.answer_days // 2))
    due = {"park": park.key, "now": now, "before": half, "limit": ROUND_MAX}
    rows = [_asked(row, park) for row in connection.execute(_DUE, due).mappings() if row["asked"]]
    told = [watches.alert("proposal_unanswered", "fact", row, "asked", "asked_en", "until") for row in rows]
    watches.tell(connection, park.key, told, now)
    return len(told)


def _asked(row: RowMapping, park: watches.ParkSeen) -> dict[str, Any]:
    """Who has not answered, the first of them by key, and the last day to do so."""
    until = clock.day_of(park.settings.answer_by(row["made_at"]) - timedelta(seconds=1))
    return {
        "subject": row["subject"],
        "enterprise_id": row["asked"][0][0],
        "asked": "、".join(one[1] for one in row["asked"]),
        "asked_en": ", ".join(one[2] for one in row["asked"]),
        "until": until.isoformat(),
    }


def _lapse(connection: Connection, park: watches.ParkSeen, now: datetime) -> int:
    limit = clock.begin_of(workdays.passed_since(clock.day_of(now), park.settings.answer_days))
    uuids: list[UUID] = list(connection.scalars(_OVER, {"park": park.key, "before": limit, "limit": ledger.FACTS_MAX}))
    told = [facts.Declined(id=uuid7(), observed_at=now, to=uuid, expired=True) for uuid in uuids]
    ledger.record(connection, park.caller, told, now=now, own=True)
    connection.execute(_GONE, {"park": park.key, "now": now})
    return len(told)
