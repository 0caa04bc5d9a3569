"""Label rolls: blank labels for an enterprise, signed and logged while everything works, printed as rolls or sheets,
and put on new batches wherever they are made, with a network or without."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from manifests import signing
from tracker import parties, rolls, sheets
from tracker.parties import Caller
from tracker.problems import Problem

ROLL_MAX = 1_000


def order(
    connection: Connection,
    caller: Caller,
    signer: signing.Signer,
    roll: UUID,
    count: int,
    *,
    now: datetime | None = None,
) -> dict[str, Any]:
    """Issue ``count`` blank labels to the caller's enterprise, logged before anybody can print one. Asked again for the
    same id, the same roll.

    ``Problem``: roll_size, person_without_enterprise, order_id_taken.
    """
    caller.need(parties.TELLS, "企业管理员 / your enterprise's manager")
    if not 1 <= count <= ROLL_MAX:
        raise Problem("roll_size", "/count", limit=ROLL_MAX, count=count)
    if caller.enterprise is None:
        raise Problem("person_without_enterprise")
    sheets.queue(connection, roll)
    known = rolls.known(connection, caller.park, roll)
    if known is None:
        moment = now or datetime.now(UTC)
        row = {
            "park_id": caller.park,
            "uuid": roll,
            "enterprise_id": caller.enterprise,
            "count": count,
            "issued_at": moment,
            "issued_by": caller.person,
        }
        rolls.put(connection, row)
        signing.label_roll(connection, caller, signer, roll, caller.enterprise, count, moment)
    elif known != (caller.enterprise, count):
        raise Problem("order_id_taken", "/id", order=str(roll))
    return rolls.one(connection, caller, roll)
