"""Emergency sheets: numbered, signed and logged while everything works, printed as a stack, kept in a drawer."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from manifests import number, signing
from tracker import clock, papers, parties, sheets
from tracker.parties import Caller
from tracker.problems import Problem

#: A series of its own, so that no outage can leave a gap in the numbers of manifests.
RULE = number.NumberRule("E-{park}-{serial:06d}")
_SERIES = "sheet"
#: One ream is enough for anybody's drawer.
STACK_MAX = 200


def order(
    connection: Connection,
    caller: Caller,
    signer: signing.Signer,
    order_id: UUID,
    count: int,
    enterprise: UUID | None = None,
    *,
    now: datetime | None = None,
) -> Sequence[Mapping[str, Any]]:
    """Issue ``count`` sheets to an enterprise (the caller's own; a regulator names it), logged before anybody can print
    one. Asked again for the same order, the same sheets.

    ``Problem``: field_malformed (a count out of range), enterprise_unknown, not_your_enterprise, order_id_taken.
    """
    if not 1 <= count <= STACK_MAX:
        raise Problem("field_malformed", "/count", field="count", reason=f"1-{STACK_MAX}")
    whose = _whose(connection, caller, enterprise)
    sheets.queue(connection, order_id)
    known = sheets.of_order(connection, caller.park, order_id)
    if known:
        if len(known) != count or known[0]["enterprise_id"] != whose:
            raise Problem("order_id_taken", "/id", order=str(order_id))
        return known
    moment = now or datetime.now(UTC)
    labels = signing.label_sheets(connection, caller, signer, count, moment)
    rows = []
    for label in labels:
        serial = papers.next_serial(connection, caller.park, _SERIES)
        rows.append(
            {
                "park_id": caller.park,
                "number": number.general(RULE, caller.settings.number_code, clock.year_of(moment), serial),
                "serial": serial,
                "label_id": label["id"],
                "order_uuid": order_id,
                "enterprise_id": whose,
                "issued_at": moment,
                "issued_by": caller.person,
            }
        )
    sheets.put(connection, rows)
    return sheets.of_order(connection, caller.park, order_id)


def stack(connection: Connection, caller: Caller, order_id: UUID) -> Sequence[Mapping[str, Any]]:
    """The sheets of an order that the caller may print. ``Problem`` not_found."""
    found = sheets.of_order(connection, caller.park, order_id)
    if not found or not (caller.sees_all or found[0]["enterprise_id"] == caller.enterprise):
        raise Problem("not_found", what=str(order_id))
    return found


def _whose(connection: Connection, caller: Caller, enterprise: UUID | None) -> int:
    if enterprise is None or enterprise == caller.enterprise_uuid:
        if caller.enterprise is None:
            raise Problem("field_required", "/enterprise", field="enterprise")
        return caller.enterprise
    row = parties.of_uuid(connection, enterprise)
    if caller.role != "regulator":
        raise Problem("not_your_enterprise", enterprise=row["name_zh"], enterprise_en=row["name_en"])
    return int(row["id"])
