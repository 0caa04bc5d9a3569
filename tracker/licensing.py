"""Permits as people keep them: registered, corrected, confirmed by a regulator, ended before their time.

A permit opens gates, so nobody gives one to himself: what a manager registers holds when a regulator has confirmed it.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, RowMapping, text

from tracker import parties, permits, registry
from tracker.parties import Caller
from tracker.problems import Problem

_ROW = text("""
SELECT p.*, e.uuid AS enterprise_uuid, e.name_zh AS holder, e.name_en AS holder_en
FROM permit p JOIN enterprise e ON e.id = p.enterprise_id WHERE p.uuid = :permit
""")
_LOCKED = text(f"{_ROW.text} FOR UPDATE OF p")
_TWIN = text("""
SELECT uuid FROM permit
WHERE enterprise_id = :enterprise AND number = :number AND acts_as = :acts_as AND uuid <> :permit
""")


def one(connection: Connection, permit: UUID, year: int) -> dict[str, Any]:
    """A permit with its holder, its revision and what is used of it in a year. ``Problem`` not_found."""
    row = _row(connection, permit)
    (shown,) = [each for each in permits.of_enterprise(connection, row["enterprise_id"], year) if each["id"] == permit]
    return shown | {"enterprise": row["enterprise_uuid"]}


def register(
    connection: Connection, caller: Caller, enterprise: UUID, permit: UUID, acts_as: str, told: Mapping[str, Any]
) -> None:
    """Put a permit on record under an id its writer made; asked again for the same id, there is one.

    ``told`` are the fields of ``registry.permit_fields``. ``Problem``: what those say, not_your_enterprise, not_found,
    permit_number_taken.
    """
    holder = parties.of_uuid(connection, enterprise)
    _own(caller, holder["id"], holder)
    fields = registry.permit_fields(**told)
    known = connection.execute(_ROW, {"permit": permit}).mappings().first()
    if known is not None:
        same = {"enterprise_id": holder["id"], "acts_as": acts_as} | fields
        if any(known[name] != value for name, value in same.items()):
            raise Problem("permit_number_taken", "/id", number=known["number"])
        return
    _no_twin(connection, holder["id"], permit, acts_as, fields["number"])
    registry.add_permit(
        connection, enterprise=holder["id"], acts_as=acts_as, uuid=permit, confirmed=_confirms(caller), **told
    )


def revise(connection: Connection, caller: Caller, permit: UUID, revision: int, told: Mapping[str, Any]) -> None:
    """Change what was read at ``revision``. ``Problem``: as ``register``, changed_meanwhile, permit_is_confirmed."""
    row = _mine(connection, caller, permit, revision)
    if row["confirmed_at"] is not None and not _confirms(caller):
        raise Problem("permit_is_confirmed", number=row["number"])
    fields = registry.permit_fields(**told)
    _no_twin(connection, row["enterprise_id"], permit, row["acts_as"], fields["number"])
    _write(connection, permit, fields)


def confirm(connection: Connection, caller: Caller, permit: UUID, revision: int, now: datetime) -> None:
    """A regulator has seen the paper as it was read at ``revision``: from now on the permit holds."""
    row = _mine(connection, caller, permit, revision)
    if row["confirmed_at"] is None:
        _write(connection, permit, {"confirmed_at": now})


def end(connection: Connection, caller: Caller, permit: UUID, revision: int, day: date) -> None:
    """It no longer holds from ``day`` on: withdrawn, given back, or replaced. Loads already on their way are received,
    with a finding."""
    _mine(connection, caller, permit, revision)
    _write(connection, permit, {"ended_on": day})


def _confirms(caller: Caller) -> bool:
    return caller.role == "regulator"


def _row(connection: Connection, permit: UUID, *, lock: bool = False) -> RowMapping:
    row = connection.execute(_LOCKED if lock else _ROW, {"permit": permit}).mappings().first()
    if row is None:
        raise Problem("not_found", what=str(permit))
    return row


def _mine(connection: Connection, caller: Caller, permit: UUID, revision: int) -> RowMapping:
    row = _row(connection, permit, lock=True)
    _own(caller, row["enterprise_id"], {"name_zh": row["holder"], "name_en": row["holder_en"]})
    if row["revision"] != revision:
        raise Problem("changed_meanwhile")
    return row


def _own(caller: Caller, enterprise: int, names: Mapping[str, Any]) -> None:
    if not _confirms(caller) and caller.enterprise != enterprise:
        shown = {"enterprise": names["name_zh"], "enterprise_en": names["name_en"] or names["name_zh"]}
        raise Problem("not_your_enterprise", **shown)


def _no_twin(connection: Connection, enterprise: int, permit: UUID, acts_as: str, number: str) -> None:
    given = {"enterprise": enterprise, "number": number, "acts_as": acts_as, "permit": permit}
    if connection.execute(_TWIN, given).first() is not None:
        raise Problem("permit_number_taken", "/number", number=number)


def _write(connection: Connection, permit: UUID, changed: Mapping[str, Any]) -> None:
    columns = ", ".join(f"{name} = :{name}" for name in changed)
    connection.execute(
        text(f"UPDATE permit SET {columns}, revision = revision + 1 WHERE uuid = :permit"),  # noqa: S608 - our columns
        {"permit": permit, **changed},
    )
