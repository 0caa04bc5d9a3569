"""Takes a piece of evidence in, part by part, from whoever sends it, and lets it in once its hash is right.

The row of an upload is the truth of how far it is; a part is written before the row says so. A worker that dies in
between leaves a part behind that the row does not know, and the sender's next try writes it again.
"""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, text

from tracker.evidence import media as types
from tracker.evidence.stores import Store, StoreFull, StoreUnreachable
from tracker.parties import Caller
from tracker.problems import Problem
from tracker.store import transaction

BYTES_MAX = 20_000_000
PART_MAX = 1024 * 1024
#: An upload nobody went on with for so long will not be gone on with.
KEPT = timedelta(days=30)
#: Uploads one person may have begun and not finished: a phone sends one after the other, so whoever reaches this does
#: not send, but fill the store with beginnings.
UNFINISHED_MAX = 100
_SHA256_DIGITS = 64
_ROUND_MAX = 200

_ARRIVED = text("SELECT bytes, media FROM evidence WHERE park_id = :park AND sha256 = :sha256")
_MINE = "park_id = :park AND person_id = :person AND sha256 = :sha256"
_UPLOAD = text(f"SELECT * FROM evidence_upload WHERE {_MINE} FOR UPDATE")  # noqa: S608 - put together from a constant
_BEGIN = text("""
INSERT INTO evidence_upload (park_id, person_id, sha256, bytes, media, device, taken, parts, begun_at, touched_at)
SELECT :park, :person, :sha256, :bytes, :media, CAST(:device AS uuid), 0, '{}', :now, :now
WHERE (SELECT count(*) FROM (SELECT 1 FROM evidence_upload WHERE park_id = :park AND person_id = :person LIMIT :most) u)
  < :most
ON CONFLICT (park_id, person_id, sha256) DO NOTHING
""")
_ANEW = text(f"""
UPDATE evidence_upload SET bytes = :bytes, media = :media, device = :device, taken = 0, parts = '{{}}',
  touched_at = :now
WHERE {_MINE}
""")  # noqa: S608
_TAKEN = text(f"""
UPDATE evidence_upload SET taken = :taken, parts = parts || CAST(:offset AS bigint), touched_at = :now WHERE {_MINE}
""")  # noqa: S608
_END = text(f"DELETE FROM evidence_upload WHERE {_MINE}")  # noqa: S608
_LET_IN = text("""
INSERT INTO evidence (park_id, sha256, bytes, media, received_at, person_id, device)
VALUES (:park, :sha256, :bytes, :media, :now, :person, :device) ON CONFLICT (park_id, sha256) DO NOTHING
""")
_PARKS = text("SELECT id, uuid FROM park ORDER BY id")
_OLD = text("""
DELETE FROM evidence_upload u USING (
  SELECT person_id, sha256 FROM evidence_upload WHERE park_id = :park AND touched_at < :before
  ORDER BY touched_at LIMIT :limit FOR UPDATE SKIP LOCKED) old
WHERE u.park_id = :park AND u.person_id = old.person_id AND u.sha256 = old.sha256 RETURNING u.*
""")


@dataclass(frozen=True, slots=True)
class State:
    """How far a piece is: ``offset`` is where its next part begins, in bytes; ``complete`` that it is here. ``problem``
    is why what came was not let in; the upload is at its beginning again."""

    sha256: str
    bytes: int
    offset: int
    complete: bool
    problem: Problem | None = None


def key_of(park: UUID, sha256: str) -> str:
    """The name of a whole piece in the store, spread over folders so that none holds millions."""
    return f"{park}/{sha256[:2]}/{sha256[2:4]}/{sha256}"


def _part(park: UUID, person: int, sha256: str, offset: int) -> str:
    return f"parts/{park}/{person}/{sha256}/{offset}"


def digest_of(sha256: str) -> bytes:
    """The 32 bytes of a hash. ``Problem`` evidence_hash_malformed."""
    if len(sha256) != _SHA256_DIGITS or not set(sha256) <= set("0123456789abcdef"):
        raise Problem("evidence_hash_malformed", "/sha256", value=sha256[:80])
    return bytes.fromhex(sha256)


def state(connection: Connection, caller: Caller, sha256: str) -> State:
    """How far a piece of the caller's is, or that it has arrived. ``Problem`` evidence_not_begun."""
    at = _at(caller, sha256)
    if whole := _whole(connection, at, sha256):
        return whole
    row = _upload(connection, at)
    if row is None:
        raise Problem("evidence_not_begun", sha256=sha256)
    return State(sha256, row["bytes"], row["taken"], complete=False)


def begin(
    connection: Connection,
    store: Store,
    caller: Caller,
    sha256: str,
    *,
    size: int,
    media: str,
    device: UUID | None,
    now: datetime,
) -> State:
    """Begin to send a piece, or learn where to go on. ``Problem``: evidence_too_large, evidence_media_unknown,
    evidence_too_many."""
    at = _at(caller, sha256)
    if media not in types.MEDIA:
        raise Problem("evidence_media_unknown", "/media", media=media[:60], known=", ".join(types.MEDIA))
    if not 0 < size <= BYTES_MAX:
        raise Problem("evidence_too_large", "/bytes", size=size, limit=BYTES_MAX)
    if whole := _whole(connection, at, sha256):
        return whole
    told = at | {"bytes": size, "media": media, "device": device, "now": now}
    connection.execute(_BEGIN, told | {"most": UNFINISHED_MAX})
    row = _upload(connection, at)
    if row is None:
        # Whoever sent the same at the same time has just finished; else too many are begun.
        if whole := _whole(connection, at, sha256):
            return whole
        raise Problem("evidence_too_many", limit=UNFINISHED_MAX)
    # Told otherwise than before: one of the two was wrong, and what is in the store may be of neither.
    if (row["bytes"], row["media"]) != (size, media):
        with asked():
            _empty(store, caller.park_uuid, row)
        connection.execute(_ANEW, told)
        return State(sha256, size, 0, complete=False)
    return State(sha256, size, row["taken"], complete=False)


def take(
    connection: Connection, store: Store, caller: Caller, sha256: str, *, offset: int, content: bytes, now: datetime
) -> State:
    """Take the part that begins at ``offset``; the last one lets the piece in. ``Problem``: evidence_part_too_large,
    evidence_not_begun, evidence_offset_wrong, evidence_longer_than_told, evidence_not_what_it_says,
    evidence_store_full, evidence_store_unreachable. None of them moves the upload; evidence_hash_wrong, which sets it
    back to its beginning, is told in the state instead."""
    if len(content) > PART_MAX:
        raise Problem("evidence_part_too_large", limit=PART_MAX)
    at = _at(caller, sha256)
    if whole := _whole(connection, at, sha256):
        return whole
    row = _upload(connection, at)
    if row is None:
        if whole := _whole(connection, at, sha256):
            return whole
        raise Problem("evidence_not_begun", sha256=sha256)
    if offset != row["taken"]:
        raise Problem("evidence_offset_wrong", offset=row["taken"])
    taken = offset + len(content)
    if taken > row["bytes"]:
        raise Problem("evidence_longer_than_told", bytes=row["bytes"])
    if offset == 0 and len(content) >= min(types.HEAD, row["bytes"]) and not types.looks_like(row["media"], content):
        raise Problem("evidence_not_what_it_says", media=row["media"])
    with asked():
        if content:
            store.put(_part(caller.park_uuid, at["person"], sha256, offset), content)
            connection.execute(_TAKEN, at | {"taken": taken, "offset": offset, "now": now})
        if taken < row["bytes"]:
            return State(sha256, row["bytes"], taken, complete=False)
        parts = [*row["parts"], offset] if content else row["parts"]
        return _finish(connection, store, caller, sha256, row | {"parts": parts}, now)


@contextmanager
def asked() -> Iterator[None]:
    """What fails in the store becomes a ``Problem``: evidence_store_full, evidence_store_unreachable."""
    try:
        yield
    except StoreFull as error:
        raise Problem("evidence_store_full") from error
    except StoreUnreachable as error:
        raise Problem("evidence_store_unreachable") from error


def _finish(
    connection: Connection, store: Store, caller: Caller, sha256: str, row: Mapping[str, Any], now: datetime
) -> State:
    at = _at(caller, sha256)
    names = [_part(caller.park_uuid, at["person"], sha256, offset) for offset in row["parts"]]
    whole = b"".join(store.get(name) or b"" for name in names)
    problem = None
    if hashlib.sha256(whole).digest() != at["sha256"] or len(whole) != row["bytes"]:
        problem = Problem("evidence_hash_wrong")
    elif not types.looks_like(row["media"], whole):
        problem = Problem("evidence_not_what_it_says", media=row["media"])
    told = at | {"bytes": row["bytes"], "media": row["media"], "device": row["device"], "now": now}
    if problem is not None:
        _empty(store, caller.park_uuid, row)
        connection.execute(_ANEW, told)
        return State(sha256, row["bytes"], 0, complete=False, problem=problem)
    store.put(key_of(caller.park_uuid, sha256), whole)
    connection.execute(_LET_IN, told)
    return State(sha256, row["bytes"], row["bytes"], complete=True)


def tidy(connection: Connection, store: Store, caller: Caller, sha256: str) -> None:
    """Forget the parts of a piece that has arrived. Asked once that is committed: until then they are all there is.
    Where nobody comes to ask, ``clean`` finds them a month later."""
    at = _at(caller, sha256)
    row = _upload(connection, at)
    if row is not None and _whole(connection, at, sha256):
        with asked():
            _empty(store, caller.park_uuid, row)
        connection.execute(_END, at)


def clean(of: Engine, store: Store, *, now: datetime | None = None) -> int:
    """Forget the uploads nobody went on with for thirty days; how many they were."""
    before, cleaned = (now or datetime.now(UTC)) - KEPT, 0
    with transaction(of) as connection:
        parks = connection.execute(_PARKS).all()
    for park in parks:
        rows: list[Any] = [None]
        while rows:
            with transaction(of, park.id) as connection:
                given = {"park": park.id, "before": before, "limit": _ROUND_MAX}
                rows = list(connection.execute(_OLD, given).mappings())
                for row in rows:
                    _empty(store, park.uuid, row)
            cleaned += len(rows)
    return cleaned


def _at(caller: Caller, sha256: str) -> dict[str, Any]:
    if caller.person is None:
        raise Problem("not_logged_in")
    return {"park": caller.park, "person": caller.person, "sha256": digest_of(sha256)}


def _whole(connection: Connection, at: Mapping[str, Any], sha256: str) -> State | None:
    row = connection.execute(_ARRIVED, {"park": at["park"], "sha256": at["sha256"]}).first()
    return State(sha256, row.bytes, row.bytes, complete=True) if row else None


def _upload(connection: Connection, at: Mapping[str, Any]) -> dict[str, Any] | None:
    row = connection.execute(_UPLOAD, dict(at)).mappings().first()
    return dict(row) if row else None


def _empty(store: Store, park: UUID, row: Mapping[str, Any]) -> None:
    sha256 = bytes(row["sha256"]).hex()
    for offset in row["parts"]:
        store.delete(_part(park, row["person_id"], sha256, offset))
