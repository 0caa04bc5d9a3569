"""Blocks of numbers, given out before they are used: to a phone for a day without a network, to an emergency sheet.

A block is cut off the end of its series, under the same lock as a number given at once, so every serial up to the last
is either on a manifest or in a named block; and every serial of a block is open, used by one manifest, returned unused,
or spoilt. Nothing that was returned or spoilt is ever given again: a sheet of paper may still bear it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Connection, RowMapping, text
from uuid_utils.compat import uuid7

from tracker import clock
from tracker.parties import Caller
from tracker.problems import Problem
from tracker.store import insert_rows, table
from tracker.tables.numbers import BlockSerial, NumberBlock

BLOCK_MAX = 500
HolderKind = Literal["device", "sheet", "other"]

_SERIES = text("""
INSERT INTO number_series (park_id, series, last) VALUES (:park, :series, :count)
ON CONFLICT (park_id, series) DO UPDATE SET last = number_series.last + :count RETURNING last
""")
_USE = text("""
UPDATE block_serial s SET state = 'used', manifest_uuid = :manifest, settled_at = :now
FROM number_block b
WHERE s.park_id = :park AND s.number = :number AND s.state = 'open' AND b.park_id = s.park_id AND b.uuid = s.block_uuid
  AND b.enterprise_id = :enterprise AND b.series = :series AND b.closed_at IS NULL RETURNING s.serial
""")
_OF_NUMBER = text("""
SELECT s.serial, s.state, s.manifest_uuid, b.series, b.holder, b.closed_at, b.enterprise_id
FROM block_serial s JOIN number_block b ON b.park_id = s.park_id AND b.uuid = s.block_uuid
WHERE s.park_id = :park AND s.number = :number
""")
_BLOCK = text("SELECT * FROM number_block WHERE park_id = :park AND uuid = :uuid FOR UPDATE")
_BLOCKS = text("""
SELECT b.*, e.uuid AS enterprise_uuid,
  count(*) FILTER (WHERE s.state = 'open') AS open, count(*) FILTER (WHERE s.state = 'used') AS used,
  count(*) FILTER (WHERE s.state = 'returned') AS returned, count(*) FILTER (WHERE s.state = 'spoilt') AS spoilt
FROM number_block b JOIN block_serial s ON s.park_id = b.park_id AND s.block_uuid = b.uuid
JOIN enterprise e ON e.id = b.enterprise_id
WHERE b.park_id = :park AND (CAST(:uuid AS uuid) IS NULL OR b.uuid = :uuid) AND (:all OR b.enterprise_id = :me)
GROUP BY b.park_id, b.uuid, e.uuid ORDER BY b.given_at DESC, b.uuid LIMIT :limit
""")
_SERIALS = text("""
SELECT serial, number, state, manifest_uuid, settled_at FROM block_serial
WHERE park_id = :park AND block_uuid = :uuid ORDER BY serial
""")
_ACCOUNT = text("""
SELECT n.last, count(s.serial) AS in_blocks,
  count(s.serial) FILTER (WHERE s.state = 'used') AS used, count(s.serial) FILTER (WHERE s.state = 'open') AS open
FROM number_series n LEFT JOIN block_serial s ON s.park_id = n.park_id AND s.series = n.series
WHERE n.park_id = :park AND n.series = :series GROUP BY n.last
""")
_STATES = {
    "used": {"zh": "已用于联单", "en": "used by a manifest"},
    "returned": {"zh": "未用，已交回", "en": "returned unused"},
    "spoilt": {"zh": "已作废", "en": "spoilt"},
}


@dataclass(frozen=True, slots=True)
class Block:
    """Numbers given to a holder, in order."""

    uuid: UUID
    series: str
    first: int
    last: int
    numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Account:
    """A series explained: the last serial given, how many of them are in blocks, and of those how many are used and how
    many still open. ``alone`` were given one at a time, to a manifest each."""

    last: int
    in_blocks: int
    used: int
    open: int

    @property
    def alone(self) -> int:
        return self.last - self.in_blocks


def series_of(*, hazardous: bool, year: int) -> str:
    """The name of the series a manifest's number is of: general and hazardous waste have their own, each year anew."""
    return f"{'hazardous' if hazardous else 'general'}-{year}"


def allocate_block(
    connection: Connection,
    caller: Caller,
    series: str,
    count: int,
    *,
    holder_kind: HolderKind,
    holder: str,
    write: Callable[[int], str],
    now: datetime,
    uuid: UUID | None = None,
) -> Block:
    """Give the next ``count`` serials of a series to a holder of the caller's enterprise; ``write`` writes a number.

    Asked again under the same ``uuid``, the first answer stands. ``Problem``: number_block_size,
    person_without_enterprise, what ``write`` refuses; and then no serial is gone.
    """
    if caller.enterprise is None:
        raise Problem("person_without_enterprise")
    if not 1 <= count <= BLOCK_MAX:
        raise Problem("number_block_size", "/count", limit=BLOCK_MAX, count=count)
    block = uuid or uuid7()
    if uuid is not None and (known := block_of(connection, caller, uuid)) is not None:
        return known
    last = int(connection.execute(_SERIES, {"park": caller.park, "series": series, "count": count}).scalar_one())
    serials = range(last - count + 1, last + 1)
    numbers = tuple(write(serial) for serial in serials)
    row = {
        "park_id": caller.park,
        "uuid": block,
        "series": series,
        "first": serials[0],
        "last": last,
        "holder_kind": holder_kind,
        "holder": holder,
        "enterprise_id": caller.enterprise,
        "given_by": caller.person,
        "given_at": now,
    }
    insert_rows(connection, table(NumberBlock), [row])
    insert_rows(
        connection,
        table(BlockSerial),
        [
            {
                "park_id": caller.park,
                "series": series,
                "serial": serial,
                "number": number,
                "block_uuid": block,
                "state": "open",
            }
            for serial, number in zip(serials, numbers, strict=True)
        ],
    )
    return Block(block, series, serials[0], last, numbers)


def block_of(connection: Connection, caller: Caller, uuid: UUID) -> Block | None:
    """A block of the caller's enterprise (regulators: of anybody's), None where there is none."""
    rows = serials_of(connection, caller, uuid)
    if not rows:
        return None
    series = connection.scalar(
        text("SELECT series FROM number_block WHERE park_id = :park AND uuid = :uuid"),
        {"park": caller.park, "uuid": uuid},
    )
    return Block(uuid, str(series), rows[0]["serial"], rows[-1]["serial"], tuple(row["number"] for row in rows))


def use(connection: Connection, caller: Caller, number: str, series: str, manifest: UUID, now: datetime) -> int:
    """Take a number out of a block of the caller's enterprise for a manifest; its serial. The number is locked until
    the transaction ends, so it can be used once.

    ``Problem``: number_not_in_block, number_of_other_kind (it is of another series), number_used_already,
    number_block_closed.
    """
    given = {
        "park": caller.park,
        "number": number,
        "manifest": manifest,
        "now": now,
        "enterprise": caller.enterprise,
        "series": series,
    }
    serial = connection.execute(_USE, given).scalar_one_or_none()
    if serial is not None:
        return int(serial)
    found = connection.execute(_OF_NUMBER, given).mappings().first()
    if found is None or found["enterprise_id"] != caller.enterprise:
        raise Problem("number_not_in_block", "/number", number=number)
    if found["state"] != "open":
        words = _STATES[found["state"]]
        raise Problem("number_used_already", "/number", number=number, state_zh=words["zh"], state_en=words["en"])
    if found["closed_at"] is not None:
        raise Problem("number_block_closed", "/number", **_closed(found))
    raise Problem("number_of_other_kind", "/number", number=number)


def _closed(row: RowMapping) -> dict[str, str]:
    return {"holder": row["holder"], "closed": clock.minute_of(row["closed_at"])}


def close_block(
    connection: Connection,
    caller: Caller,
    uuid: UUID,
    *,
    outcome: Literal["returned", "spoilt"],
    why: str,
    now: datetime,
) -> int:
    """Close a block: what is open of it is returned unused by its holder, or spoilt where the holder is lost. How many
    numbers that were. Closing it again changes nothing.

    ``Problem``: not_found, not_your_enterprise.
    """
    row = connection.execute(_BLOCK, {"park": caller.park, "uuid": uuid}).mappings().first()
    if row is None or not (caller.sees_all or row["enterprise_id"] == caller.enterprise):
        raise Problem("not_found", what=str(uuid))
    if row["closed_at"] is not None:
        return 0
    given = {"park": caller.park, "uuid": uuid, "now": now, "state": outcome, "by": caller.person, "why": why}
    settled = connection.execute(
        text(
            "UPDATE block_serial SET state = :state, settled_at = :now"
            " WHERE park_id = :park AND block_uuid = :uuid AND state = 'open'"
        ),
        given,
    )
    connection.execute(
        text(
            "UPDATE number_block SET closed_by = :by, closed_at = :now, closed_why = :why"
            " WHERE park_id = :park AND uuid = :uuid"
        ),
        given,
    )
    return settled.rowcount


def blocks(connection: Connection, caller: Caller, *, uuid: UUID | None = None, limit: int = 200) -> list[RowMapping]:
    """Blocks of the caller's enterprise (regulators: of all), newest first, with how many numbers of each are open,
    used, returned and spoilt."""
    given = {"park": caller.park, "uuid": uuid, "all": caller.sees_all, "me": caller.enterprise or 0, "limit": limit}
    return list(connection.execute(_BLOCKS, given).mappings())


def serials_of(connection: Connection, caller: Caller, uuid: UUID) -> list[dict[str, Any]]:
    """What has become of each number of a block, in order. Empty where the caller has no such block."""
    if not blocks(connection, caller, uuid=uuid):
        return []
    rows = connection.execute(_SERIALS, {"park": caller.park, "uuid": uuid}).mappings()
    return [dict(row) for row in rows]


def account(connection: Connection, park: int, series: str) -> Account:
    """How far a series is, and where its serials went."""
    row = connection.execute(_ACCOUNT, {"park": park, "series": series}).first()
    return Account(*map(int, row)) if row else Account(0, 0, 0, 0)
