"""Compares what the log's records name with what can be asked by hash: for ``tracker verify``."""

from collections.abc import Iterator

from sqlalchemy import Connection, text

#: Only what one side has and the other lacks: ``told`` where the record names it.
_DIFFERENT = text("""
SELECT coalesce(t.position, n."index") AS position, coalesce(t.sha256, encode(n.sha256, 'hex')) AS sha256,
  t.position IS NOT NULL AS told
FROM (SELECT DISTINCT f."index" AS position, e ->> 'sha256' AS sha256
      FROM fact f CROSS JOIN LATERAL jsonb_array_elements(CAST(f.record AS jsonb) -> 'evidence') e
      WHERE f.park_id = :park AND f.record LIKE '%"evidence":[%') t
FULL JOIN (SELECT * FROM evidence_named WHERE park_id = :park) n
  ON n."index" = t.position AND encode(n.sha256, 'hex') = t.sha256
WHERE t.position IS NULL OR n."index" IS NULL ORDER BY 1, 2
""")


def differences(connection: Connection, park: int) -> Iterator[str]:
    """What the table lacks, or has beyond the log, a line each."""
    for row in connection.execute(_DIFFERENT, {"park": park}):
        yield f"evidence {row.sha256} of entry {row.position}: {'not ' if row.told else ''}in the table"
