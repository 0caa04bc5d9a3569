"""Blocks of numbers, given out before they are used: to a phone for a day without a network, to an emergency sheet.

A block is cut off the end of its series, under the same lock as a number given at once, so every serial up to the last
is either on a manifest or in a named block; and every serial of a block is open, used by one manifest, returned unused,
or spoilt. Nothing that was returned or spoilt is ever given again: a sheet of paper may still bear it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Connection, RowMapping, text
from uuid_utils.compat import uuid7

from tracker import clock
from tracker.facts import ClassRef
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
_GIVEN = text("""
SELECT s.state, s.manifest_uuid, s.label_id, b.enterprise_id, b.holder, b.device_uuid, b.until, b.terms
FROM block_serial s JOIN number_block b ON b.park_id = s.park_id AND b.uuid = s.block_uuid
WHERE s.park_id = :park AND s.number = :number
""")
_HELD = text("""
SELECT b.uuid, b.series, b.holder, b.until, b.terms, b.given_at,
  (SELECT jsonb_agg(jsonb_build_object('number', s.number, 'human_code', l.human_code,
     'signed', encode(l.signed, 'hex')) ORDER BY s.serial)
   FROM block_serial s JOIN label l ON l.park_id = s.park_id AND l.id = s.label_id
   WHERE s.park_id = b.park_id AND s.block_uuid = b.uuid AND s.state = 'open') AS numbers
FROM number_block b
WHERE b.park_id = :park AND b.enterprise_id = :me AND b.device_uuid = :device AND b.closed_at IS NULL AND b.until > :now
ORDER BY b.given_at, b.uuid
""")
_NAME_LABEL = text("""
UPDATE label SET manifest_uuid = :manifest WHERE park_id = :park AND id = :label AND manifest_uuid IS NULL
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the numbers on a phone may be used for without asking: which phone, until when, from whom to whom, and for
    which wastes by which treatment."""

    device: UUID
    until: datetime
    carriers: tuple[UUID, ...]
    receivers: tuple[UUID, ...]
    classes: tuple[ClassRef, ...]
    treatment: str

    def stored(self) -> dict[str, Any]:
        """As the block's row keeps it; the phone and its day are columns of their own."""
        return {
            "carriers": [str(one) for one in self.carriers],
            "receivers": [str(one) for one in self.receivers],
            "classes": [{"scheme": one.scheme, "edition": one.edition, "code": one.code} for one in self.classes],
            "treatment": self.treatment,
        }

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "Terms | None":
        """The terms of a block's row, None where it is of no phone."""
        told = row["terms"]
        if told is None:
            return None
        return cls(
            device=row["device_uuid"],
            until=row["until"],
            carriers=tuple(UUID(one) for one in told["carriers"]),
            receivers=tuple(UUID(one) for one in told["receivers"]),
            classes=tuple(ClassRef(**one) for one in told["classes"]),
            treatment=told["treatment"],
        )


@dataclass(frozen=True, slots=True)
class Given:
    """A number of a block: whose it is, what has become of it, and the label and terms it came with."""

    enterprise: int
    state: str
    manifest: UUID | None
    label: UUID | None
    holder: str
    terms: Terms | None


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
    on: Terms | None = None,
    labels: Callable[[int], Sequence[UUID]] | None = None,
) -> Block:
    """Give the next ``count`` serials of a series to a holder of the caller's enterprise; ``write`` writes a number.
    ``on`` a phone, they are for what its terms allow, and ``labels`` issues a label for each.

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
        "device_uuid": on.device if on else None,
        "until": on.until if on else None,
        "terms": on.stored() if on else None,
        "given_by": caller.person,
        "given_at": now,
    }
    signed: Sequence[UUID | None] = labels(count) if labels else [None] * count
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
                "label_id": label,
                "state": "open",
            }
            for serial, number, label in zip(serials, numbers, signed, strict=True)
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


def given(connection: Connection, park: int, number: str) -> Given | None:
    """What is known of a number that was given out in a block; None where it is in none."""
    row = connection.execute(_GIVEN, {"park": park, "number": number}).mappings().first()
    if row is None:
        return None
    return Given(
        row["enterprise_id"], row["state"], row["manifest_uuid"], row["label_id"], row["holder"], Terms.of(dict(row))
    )


def held(connection: Connection, caller: Caller, device: UUID, now: datetime) -> list[dict[str, Any]]:
    """The blocks of the caller's enterprise on a phone that may still be used, with the open numbers of each and their
    signed labels, in order."""
    asked = {"park": caller.park, "me": caller.enterprise or 0, "device": device, "now": now}
    return [dict(row) for row in connection.execute(_HELD, asked).mappings()]


def name_label(connection: Connection, park: int, label: UUID, manifest: UUID) -> None:
    """Say which manifest a number's label is of, now that there is one."""
    connection.execute(_NAME_LABEL, {"park": park, "label": label, "manifest": manifest})


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
