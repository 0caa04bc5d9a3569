"""The rows of emergency sheets: numbered, signed and logged before they are printed; used by the manifest that names
them, and by no second one."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from tracker.store import insert_rows, table
from tracker.tables.sheets import EmergencySheet

_SELECT = """
SELECT s.*, l.human_code, l.signed, e.uuid AS enterprise_uuid, e.name_zh AS enterprise_name_zh,
  e.name_en AS enterprise_name_en, e.uscc AS enterprise_uscc, e.roles AS enterprise_roles,
  m.uuid AS manifest_uuid, m.number AS manifest_number, m.state AS manifest_state
FROM emergency_sheet s
JOIN label l ON l.park_id = s.park_id AND l.id = s.label_id
JOIN enterprise e ON e.id = s.enterprise_id
LEFT JOIN manifest m ON m.park_id = s.park_id AND m.sheet = s.number
WHERE s.park_id = :park
"""
_MAKE_ORDERS_QUEUE = text("SELECT pg_advisory_xact_lock(hashtextextended(CAST(:order AS text), 0))")


def put(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Log sheets as issued. Their labels are in the log of labels already."""
    insert_rows(connection, table(EmergencySheet), rows)


def queue(connection: Connection, order: UUID) -> None:
    """Let two askers of one order come one after the other: the second then finds what the first one got."""
    connection.execute(_MAKE_ORDERS_QUEUE, {"order": str(order)})


def of_order(connection: Connection, park: int, order: UUID) -> list[dict[str, Any]]:
    """The sheets of an order, by serial."""
    statement = text(f"{_SELECT} AND s.order_uuid = :order ORDER BY s.serial")
    return [dict(row) for row in connection.execute(statement, {"park": park, "order": order}).mappings()]


def one(connection: Connection, park: int, number: str) -> dict[str, Any] | None:
    """The sheet of a number."""
    statement = text(f"{_SELECT} AND s.number = :number")
    row = connection.execute(statement, {"park": park, "number": number}).mappings().first()
    return dict(row) if row else None


def manifest_of_label(connection: Connection, park: int, label: UUID) -> UUID | None:
    """The manifest a sheet became, by the label printed on it."""
    statement = text(f"{_SELECT} AND s.label_id = :label")
    found = connection.execute(statement, {"park": park, "label": label}).mappings().first()
    return found["manifest_uuid"] if found else None


def page(
    connection: Connection, park: int, *, enterprise: int | None, used: bool | None, before: int | None, limit: int
) -> list[dict[str, Any]]:
    """Sheets of an enterprise (None: of all), newest first, below the serial ``before``."""
    where = _SELECT
    if enterprise is not None:
        where += " AND s.enterprise_id = :enterprise"
    if used is not None:
        where += f" AND m.uuid IS {'NOT ' if used else ''}NULL"
    if before is not None:
        where += " AND s.serial < :before"
    given = {"park": park, "enterprise": enterprise, "before": before, "limit": limit}
    rows = connection.execute(text(f"{where} ORDER BY s.serial DESC LIMIT :limit"), given).mappings()
    return [dict(row) for row in rows]
