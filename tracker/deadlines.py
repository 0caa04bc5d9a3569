"""Deadlines that the province's profile, a permit's end or its yearly quantity set: what is late or running out now.

Each is one question to the books that answers with everything the reason holds for. Whatever is not on that list any
longer is settled, whatever is new on it is raised: nothing is counted, so nothing can be counted twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from tracker import clock, quantity, workdays
from tracker.parties import Settings

#: A manifest on which something is loaded and nothing was told for longer than the receiver may take.
_RECEIPT = """
SELECT m.uuid AS subject, m.receiver_id AS enterprise_id, m.number, e.name_zh AS receiver, e.name_en AS receiver_en,
  CAST(:receipt_days AS int) AS days
FROM manifest m JOIN enterprise e ON e.id = m.receiver_id
WHERE m.park_id = :park AND m.state = 'under_way'
  AND (SELECT max(b.last_observed_at) FROM manifest_line l JOIN batch b ON b.park_id = l.park_id AND b.id = l.batch_id
       WHERE l.park_id = m.park_id AND l.manifest_id = m.id AND l.outcome = 'loaded') < :receipt_since
"""
#: An expired manifest whose generator still has something of it in his yard, for a month at most.
_EXPIRED = """
SELECT a.subject FROM alert a JOIN manifest m ON m.park_id = a.park_id AND m.uuid = a.subject
WHERE a.park_id = :park AND a.code = 'manifest_expired' AND a.settled_at IS NULL
  AND a.raised_at > CAST(:now AS timestamptz) - interval '30 days'
  AND EXISTS (SELECT 1 FROM manifest_line l JOIN batch b ON b.park_id = l.park_id AND b.id = l.batch_id
              WHERE l.park_id = m.park_id AND l.manifest_id = m.id AND b.state IN ('on_site', 'received')
                AND b.holder_id = m.generator_id)
"""
#: Permits belong to enterprises, and enterprises to no park: a park looks after those that act in it.
_HERE = """
p.confirmed_at IS NOT NULL AND p.ended_on IS NULL AND p.valid_from <= :today AND p.valid_to >= :today
AND (EXISTS (SELECT 1 FROM manifest m WHERE m.park_id = :park AND m.receiver_id = p.enterprise_id)
  OR EXISTS (SELECT 1 FROM manifest_carrier c WHERE c.park_id = :park AND c.enterprise_id = p.enterprise_id)
  OR EXISTS (SELECT 1 FROM membership s JOIN person q ON q.id = s.person_id
             WHERE s.park_id = :park AND q.enterprise_id = p.enterprise_id))
"""
#: A permit that nobody has renewed: none of the same holder takes over all of it before or when it ends.
_ENDING = f"""
SELECT p.uuid AS subject, p.enterprise_id, p.number AS permit, e.name_zh AS enterprise, e.name_en AS enterprise_en,
  p.valid_to::text AS ends
FROM permit p JOIN enterprise e ON e.id = p.enterprise_id
WHERE {_HERE} AND p.valid_to - CAST(:today AS date) BETWEEN :from_days AND :to_days
  AND NOT EXISTS (SELECT 1 FROM permit n WHERE n.enterprise_id = p.enterprise_id AND n.acts_as = p.acts_as
    AND n.confirmed_at IS NOT NULL AND n.ended_on IS NULL AND n.valid_to > p.valid_to AND n.valid_from <= p.valid_to + 1
    AND n.codes @> p.codes AND n.treatments @> p.treatments)
"""  # noqa: S608 - put together from the constants above
_QUOTA = f"""
SELECT p.uuid AS subject, p.enterprise_id, p.number AS permit, e.name_zh AS enterprise, e.name_en AS enterprise_en,
  (y.reserved_grams + y.used_grams)::numeric * 100 / p.annual_grams AS percent,
  greatest(p.annual_grams - y.reserved_grams - y.used_grams, 0) AS left_grams
FROM permit p JOIN enterprise e ON e.id = p.enterprise_id
JOIN permit_year y ON y.permit_uuid = p.uuid AND y.year = :year
WHERE {_HERE} AND p.annual_grams IS NOT NULL
  AND (y.reserved_grams + y.used_grams)::numeric * 100 > p.annual_grams::numeric * :quota_percent
"""  # noqa: S608
#: Cases nobody was told of yet.
_NEW = """
SELECT d.* FROM ({cases}) d WHERE NOT EXISTS (SELECT 1 FROM alert a
  WHERE a.park_id = :park AND a.subject = d.subject AND a.code = :code AND a.settled_at IS NULL) LIMIT :limit
"""
_GONE = """
UPDATE alert SET settled_at = :now WHERE park_id = :park AND settled_at IS NULL AND code = :code
  AND subject NOT IN (SELECT subject FROM ({cases}) still)
"""
_UNPICKED = text("""
SELECT m.uuid FROM manifest m
WHERE m.park_id = :park AND m.state = 'issued' AND m.issued_at < :since
  AND (m.due_pickup_at IS NULL OR m.due_pickup_at < :now) ORDER BY m.issued_at LIMIT :limit
""")


@dataclass(frozen=True, slots=True)
class Deadline:
    """A reason to tell somebody: the code of its sentence, what it is about, and the question whose rows are its cases
    (None for those that are raised elsewhere and only settled here)."""

    code: str
    subject_kind: str
    cases: str
    raised_here: bool = True


DEADLINES = (
    Deadline("receipt_unconfirmed", "manifest", _RECEIPT),
    Deadline("manifest_expired", "manifest", _EXPIRED, raised_here=False),
    Deadline("permit_ends_soon", "permit", _ENDING),
    Deadline("permit_ends_now", "permit", _ENDING),
    Deadline("permit_quota_low", "permit", _QUOTA),
)


def asked(park: int, settings: Settings, now: datetime) -> dict[str, Any]:
    """What the questions want to know of a park and of today."""
    today, days = clock.day_of(now), settings.in_force.whole("deadlines.receipt")
    return {
        "park": park,
        "now": now,
        "today": today,
        "year": today.year,
        "receipt_days": days,
        "receipt_since": clock.begin_of(workdays.passed_since(today, days)),
        "quota_percent": settings.quota_percent,
    }


def _days(code: str, settings: Settings) -> dict[str, int]:
    """The two stages of a permit that runs out."""
    last = settings.permit_last_days
    if code == "permit_ends_now":
        return {"from_days": 0, "to_days": last}
    return {"from_days": last + 1, "to_days": settings.permit_days}


def settle(connection: Connection, park: int, settings: Settings, now: datetime) -> int:
    """Settle the alerts whose reason is gone; how many."""
    given, gone = asked(park, settings, now), 0
    for deadline in DEADLINES:
        statement = text(_GONE.format(cases=deadline.cases))
        gone += connection.execute(statement, given | _days(deadline.code, settings) | {"code": deadline.code}).rowcount
    return gone


def due(
    connection: Connection, park: int, settings: Settings, now: datetime, limit: int
) -> list[tuple[Deadline, dict[str, Any]]]:
    """Cases nobody was told of yet, at most ``limit`` of each kind."""
    given, found = asked(park, settings, now), []
    for deadline in DEADLINES:
        if not deadline.raised_here:
            continue
        statement = text(_NEW.format(cases=deadline.cases))
        here = given | _days(deadline.code, settings) | {"code": deadline.code, "limit": limit}
        found += [(deadline, _shown(dict(row))) for row in connection.execute(statement, here).mappings()]
    return found


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    """Grams as people read them."""
    left = row.get("left_grams")
    return {**row, "left": quantity.show(int(left)), "percent": int(row["percent"])} if left is not None else {**row}


def until(began: date, days: int) -> datetime:
    """When a deadline of so many working days that began on a day is over: the end of its last."""
    return clock.begin_of(workdays.working_days_after(began, days) + timedelta(days=1))


def unpicked(connection: Connection, park: int, settings: Settings, now: datetime, limit: int) -> list[UUID]:
    """Issued manifests that nobody picked up in the time the profile gives, nor within the park's own limit."""
    days = settings.in_force.whole("deadlines.pickup")
    if not days:
        return []
    since = clock.begin_of(workdays.passed_since(clock.day_of(now), days))
    given = {"park": park, "since": since, "now": now, "limit": limit}
    return list(connection.scalars(_UNPICKED, given))
