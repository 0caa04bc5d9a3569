"""Manifests that nobody picked up in time expire: the park voids them, one fact each, and tells why."""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import Connection, Engine

from manifests import issue
from tracker import deadlines, papers, watches
from tracker.problems import Problem
from tracker.store import attempt, enter_park, transaction

#: How many of a park expire in one round; the rest follow with the next.
ROUND_MAX = 200
_REASON = "逾期未提货 / not picked up in time"


def expire(of: Engine, *, now: datetime | None = None) -> int:
    """Let every manifest expire whose time is over, each in a transaction of its own; how many did."""
    moment, count = now or datetime.now(UTC), 0
    for park in watches.parks(of):
        with transaction(of, park.key) as connection:
            late = deadlines.unpicked(connection, park.key, park.settings, moment, ROUND_MAX)
        for manifest in late:
            count += attempt(of, _one(park, manifest, moment))
    return count


def _one(park: watches.ParkSeen, manifest: UUID, now: datetime) -> Callable[[Connection, bool], int]:
    """Voids one manifest; 0 where a lorry came after all, or somebody else was first."""

    def work(connection: Connection, careful: bool) -> int:  # noqa: ARG001 - a second try is the same
        enter_park(connection, park.key)
        try:
            issue.void(connection, park.caller, manifest, _REASON, expired=True, now=now)
        except Problem as problem:
            if problem.code != "manifest_not_voidable":
                raise
            return 0
        row = papers.row(connection, park.key, manifest)
        assert row is not None  # noqa: S101 - it was voided a line above
        days = park.settings.in_force.whole("deadlines.pickup")
        told = {"subject": manifest, "enterprise_id": row["generator_id"], "number": row["number"], "days": days}
        alert = watches.alert("manifest_expired", "manifest", told, "number", "days")
        watches.tell(connection, park.key, [alert], now)
        return 1

    return work
