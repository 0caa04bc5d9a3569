"""Which facts still wait for a photo or scale ticket they name: asked by the watches."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

#: A fact and its photo may be written at the same moment, neither seeing the other: so nobody marks the arrival when it
#: happens, and the watch looks for it.
_ARRIVED = text("""
UPDATE evidence_named n SET arrived_at = e.received_at FROM evidence e
WHERE n.park_id = :park AND n.arrived_at IS NULL AND e.park_id = n.park_id AND e.sha256 = n.sha256
""")
_GONE = text("""
UPDATE alert a SET settled_at = :now WHERE a.park_id = :park AND a.settled_at IS NULL AND a.code = 'evidence_missing'
  AND NOT EXISTS (SELECT 1 FROM fact f JOIN evidence_named n ON n.park_id = f.park_id AND n."index" = f."index"
    WHERE f.park_id = a.park_id AND f.id = a.subject AND n.arrived_at IS NULL)
""")
_DUE = text("""
WITH due AS (
  SELECT n."index", n.sha256 FROM evidence_named n JOIN fact f ON f.park_id = n.park_id AND f."index" = n."index"
  WHERE n.park_id = :park AND n.arrived_at IS NULL AND n.alerted_at IS NULL
    AND f.recorded_at < CAST(:now AS timestamptz) - make_interval(hours => :hours)
  ORDER BY n."index" LIMIT :limit FOR UPDATE OF n SKIP LOCKED
), flipped AS (
  UPDATE evidence_named n SET alerted_at = :now FROM due
  WHERE n.park_id = :park AND n."index" = due."index" AND n.sha256 = due.sha256 AND n.alerted_at IS NULL
  RETURNING n."index"
), counted AS (SELECT "index", count(*) AS pieces FROM flipped GROUP BY 1)
SELECT f.id AS subject, f.enterprise_id, f.kind, c.pieces, CAST(:hours AS int) AS hours
FROM counted c JOIN fact f ON f.park_id = :park AND f."index" = c."index" ORDER BY f."index"
""")


def settle(connection: Connection, park: int, now: datetime) -> int:
    """Mark what has arrived, and settle the alerts of facts that have all of theirs; how many."""
    connection.execute(_ARRIVED, {"park": park})
    return connection.execute(_GONE, {"park": park, "now": now}).rowcount


def due(connection: Connection, park: int, hours: int, now: datetime, limit: int) -> list[Mapping[str, Any]]:
    """The facts whose evidence has not come within so many hours, each told once: subject, enterprise_id, kind, pieces
    and hours."""
    given = {"park": park, "hours": hours, "now": now, "limit": limit}
    return [dict(row) for row in connection.execute(_DUE, given).mappings()]
