"""The rows of label rolls: blank labels, signed and logged before they are printed, each put on one batch at most."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from tracker import facts
from tracker.parties import Caller
from tracker.problems import Problem
from tracker.store import insert_rows, table
from tracker.tables.rolls import LabelRoll

#: Locked by one statement and read by the next, as manifests are: whoever waited for a label must see what it was put
#: on meanwhile, and that its roll was withdrawn.
_LOCK_LABELS = text("SELECT id FROM label WHERE park_id = :park AND id = ANY (:labels) ORDER BY id FOR UPDATE")
_LABELS = text("""
SELECT l.id, l.human_code, l.batch_uuid, r.enterprise_id, r.withdrawn_at
FROM label l LEFT JOIN label_roll r ON r.park_id = l.park_id AND r.uuid = l.roll_uuid
WHERE l.park_id = :park AND l.id = ANY (:labels)
""")
_SELECT = """
SELECT r.uuid AS id, r.count, r.issued_at, r.withdrawn_at, r.withdrawn_why, r.enterprise_id, e.uuid AS enterprise_uuid,
  e.name_zh AS enterprise_name_zh, e.name_en AS enterprise_name_en, e.uscc AS enterprise_uscc,
  e.roles AS enterprise_roles,
  (SELECT count(*) FROM label l WHERE l.park_id = r.park_id AND l.roll_uuid = r.uuid AND l.batch_uuid IS NOT NULL)
    AS used
FROM label_roll r JOIN enterprise e ON e.id = r.enterprise_id
WHERE r.park_id = :park AND (:all OR r.enterprise_id = :me)
"""
_PAGE = text(f"{_SELECT} ORDER BY r.issued_at DESC, r.uuid LIMIT :limit")
_ONE = text(f"{_SELECT} AND r.uuid = :roll")
_OF_ROLL = text("""
SELECT l.id, l.human_code, l.signed, l.batch_uuid, b.state FROM label l
LEFT JOIN batch b ON b.park_id = l.park_id AND b.uuid = l.batch_uuid
WHERE l.park_id = :park AND l.roll_uuid = :roll ORDER BY l.human_code, l.id
""")
#: Every open label first: whoever is putting one on a batch at this moment comes before, or finds it withdrawn.
_HOLD = text("""
SELECT id FROM label WHERE park_id = :park AND roll_uuid = :roll AND batch_uuid IS NULL ORDER BY id FOR UPDATE
""")
_WITHDRAW = text("""
UPDATE label_roll SET withdrawn_at = :now, withdrawn_by = :by, withdrawn_why = :why
WHERE park_id = :park AND uuid = :roll AND withdrawn_at IS NULL
""")
_BIND = text("""
UPDATE label l SET batch_uuid = b.batch
FROM unnest(CAST(:labels AS uuid[]), CAST(:batches AS uuid[])) AS b(label, batch)
WHERE l.park_id = :park AND l.id = b.label AND l.batch_uuid IS NULL
""")
_IS = text("SELECT enterprise_id, count FROM label_roll WHERE park_id = :park AND uuid = :roll")


@dataclass(frozen=True, slots=True)
class LabelKnown:
    """A label of the log that a new batch was said to bear. ``enterprise`` is the one whose roll it is on, None where
    it is on none; ``batch`` what it stands for already."""

    id: UUID
    human_code: str
    enterprise: int | None
    batch: UUID | None
    withdrawn: bool


def named(connection: Connection, park: int, run: Sequence[facts.Fact]) -> dict[UUID, LabelKnown]:
    """The labels that new batches of a run are said to bear, locked, as far as they were issued."""
    wanted = {fact.label for fact in run if isinstance(fact, facts.Generated) and fact.label}
    if not wanted:
        return {}
    given = {"park": park, "labels": list(wanted)}
    connection.execute(_LOCK_LABELS, given)
    return {
        row.id: LabelKnown(row.id, row.human_code, row.enterprise_id, row.batch_uuid, row.withdrawn_at is not None)
        for row in connection.execute(_LABELS, given)
    }


def put_on(known: dict[UUID, LabelKnown], fact: facts.Generated) -> tuple[UUID, UUID]:
    """Put a label on the batch a fact made, so that the next fact of the run finds it there; both ids."""
    assert fact.label is not None  # noqa: S101 - asked before
    batch = fact.lines[0].batch
    known[fact.label] = replace(known[fact.label], batch=batch)
    return fact.label, batch


def put(connection: Connection, row: Mapping[str, Any]) -> None:
    """Log a roll as issued; its labels follow."""
    insert_rows(connection, table(LabelRoll), [row])


def known(connection: Connection, park: int, roll: UUID) -> tuple[int, int] | None:
    """Whose a roll is and how long, None where there is none under this id."""
    found = connection.execute(_IS, {"park": park, "roll": roll}).first()
    return (int(found[0]), int(found[1])) if found else None


def page(connection: Connection, caller: Caller, limit: int = 200) -> list[dict[str, Any]]:
    """Rolls of the caller's enterprise (regulators: of all), newest first, with how many labels are used, still open,
    and spoilt because the roll was withdrawn."""
    given = {"park": caller.park, "all": caller.sees_all, "me": caller.enterprise or 0, "limit": limit}
    return [_counted(dict(row)) for row in connection.execute(_PAGE, given).mappings()]


def one(connection: Connection, caller: Caller, roll: UUID) -> dict[str, Any]:
    """A roll the caller may see. ``Problem`` not_found."""
    given = {"park": caller.park, "all": caller.sees_all, "me": caller.enterprise or 0, "roll": roll}
    row = connection.execute(_ONE, given).mappings().first()
    if row is None:
        raise Problem("not_found", what=str(roll))
    return _counted(dict(row))


def _counted(row: dict[str, Any]) -> dict[str, Any]:
    left = row["count"] - row["used"]
    gone = row["withdrawn_at"] is not None
    return row | {"open": 0 if gone else left, "spoilt": left if gone else 0}


def labels(connection: Connection, park: int, roll: UUID) -> list[dict[str, Any]]:
    """The labels of a roll with the batch each was put on, in the order of their codes."""
    return [dict(row) for row in connection.execute(_OF_ROLL, {"park": park, "roll": roll}).mappings()]


def withdraw(connection: Connection, caller: Caller, roll: UUID, why: str, now: datetime) -> None:
    """Take back what is open of a roll, because it is spoilt or lost. Again, nothing changes. ``Problem`` not_found."""
    one(connection, caller, roll)
    connection.execute(_HOLD, {"park": caller.park, "roll": roll})
    connection.execute(_WITHDRAW, {"park": caller.park, "roll": roll, "now": now, "by": caller.person, "why": why})


def bind(connection: Connection, park: int, bound: Mapping[UUID, UUID]) -> None:
    """Put labels (locked before) on the batches they were told to be on."""
    if bound:
        given = {"park": park, "labels": list(bound), "batches": list(bound.values())}
        connection.execute(_BIND, given)
