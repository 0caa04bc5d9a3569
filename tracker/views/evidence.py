"""Photos and scale tickets as people see them: beside the fact that names them, and one by itself."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, text

from tracker.evidence import digest_of
from tracker.parties import Caller
from tracker.problems import Problem
from tracker.views.batches import MINE

#: For those who may see a fact that names it, as ``views.batches`` shows the facts of a batch; and for who brought it.
_ONE = """
SELECT e.bytes, e.media FROM evidence e WHERE e.park_id = :park AND e.sha256 = :sha256
"""
_SEEN = f"""
AND (e.person_id = :person OR EXISTS (
  SELECT 1 FROM evidence_named n JOIN fact f ON f.park_id = n.park_id AND f."index" = n."index"
  WHERE n.park_id = e.park_id AND n.sha256 = e.sha256 AND (f.enterprise_id = :me OR EXISTS (
    SELECT 1 FROM posting o JOIN batch b ON b.park_id = o.park_id AND b.id = o.batch_id
    WHERE o.park_id = n.park_id AND o."index" = n."index" AND {MINE}))))
"""  # noqa: S608 - put together from constants


def one(connection: Connection, caller: Caller, sha256: str) -> Mapping[str, Any]:
    """Size and media type of a piece that has arrived and that the caller may see. ``Problem`` not_found."""
    given: dict[str, Any] = {"park": caller.park, "sha256": digest_of(sha256)}
    if not caller.sees_all:
        given |= {"person": caller.person, "me": caller.enterprise}
    row = connection.execute(text(_ONE if caller.sees_all else _ONE + _SEEN), given).mappings().first()
    if row is None:
        raise Problem("not_found", what=sha256)
    return dict(row)
