"""What anybody may know of a label, and what is printed on it."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from tracker.parties import Caller
from tracker.store import enter_park
from tracker.views import shapes

_BATCH = text(f"""
SELECT b.state, g.name_zh, g.name_en, {shapes.CLASS_COLUMNS}
FROM batch b JOIN enterprise g ON g.id = b.generator_id
LEFT JOIN waste_class c ON c.id = b.class_id LEFT JOIN waste_scheme s ON s.id = c.scheme_id
WHERE b.park_id = :park AND b.uuid = :uuid
""")  # noqa: S608
_MANIFEST = text("""
SELECT m.state, g.name_zh, g.name_en FROM manifest m JOIN enterprise g ON g.id = m.generator_id
WHERE m.park_id = :park AND m.uuid = :uuid
""")
_PRINTABLE = text("""
SELECT b.uuid, b.grams, b.measured, b.form, b.container, b.raw_class, b.generated_at, g.uscc, g.name_zh AS generator_zh,
  g.name_en AS generator_en, s.scheme, c.code AS class_code, c.category_code, c.name_zh AS class_zh,
  c.name_en AS class_en, c.properties, coalesce(c.hazardous, false) AS hazardous, m.number, l.signed,
  d.main_components, d.harmful_components, d.precautions, k.contact, i.code AS identification
FROM unnest(CAST(:batches AS uuid[])) WITH ORDINALITY AS w(uuid, place)
JOIN batch b ON b.park_id = :park AND b.uuid = w.uuid
JOIN enterprise g ON g.id = b.generator_id
LEFT JOIN waste_class c ON c.id = b.class_id
LEFT JOIN waste_scheme s ON s.id = c.scheme_id
LEFT JOIN manifest m ON m.park_id = b.park_id AND m.id = b.manifest_id
LEFT JOIN LATERAL (SELECT signed FROM label WHERE park_id = b.park_id AND batch_uuid = b.uuid
                   ORDER BY issued_at DESC LIMIT 1) l ON true
LEFT JOIN label_detail d ON d.park_id = b.park_id AND d.enterprise_id = b.generator_id AND d.class_id = b.class_id
LEFT JOIN label_contact k ON k.park_id = b.park_id AND k.enterprise_id = b.generator_id
LEFT JOIN identification i ON i.park_id = b.park_id AND i.batch_uuid = b.uuid
ORDER BY w.place
""")
_OF_MANIFESTS = text("""
SELECT b.uuid FROM manifest m JOIN manifest_line ml ON ml.park_id = m.park_id AND ml.manifest_id = m.id
JOIN batch b ON b.park_id = ml.park_id AND b.id = ml.batch_id
WHERE m.park_id = :park AND m.uuid = ANY (:manifests) AND (b.holder_id = :me OR b.generator_id = :me)
ORDER BY array_position(CAST(:manifests AS uuid[]), m.uuid), b.id LIMIT :limit
""")
_FILTERED = text("""
SELECT b.uuid FROM batch b LEFT JOIN waste_class c ON c.id = b.class_id
WHERE b.park_id = :park AND (b.holder_id = :me OR b.generator_id = :me) AND b.state = ANY (:states)
  AND (CAST(:code AS text) IS NULL OR c.code = :code)
  AND (NOT :unlabelled OR NOT EXISTS (SELECT 1 FROM label l WHERE l.park_id = b.park_id AND l.batch_uuid = b.uuid))
ORDER BY b.id LIMIT :limit
""")


def printable(connection: Connection, park: int, batches: Sequence[UUID]) -> list[dict[str, Any]]:
    """What the labels of these batches say, in their order; ``signed`` is None where none was issued. Whether the
    caller may see them is asked before."""
    rows = connection.execute(_PRINTABLE, {"park": park, "batches": list(batches)}).mappings()
    return [dict(row) for row in rows]


def of_manifests(connection: Connection, caller: Caller, manifests: Sequence[UUID], limit: int) -> list[UUID]:
    """The caller's containers on these manifests, in their order."""
    given = {"park": caller.park, "manifests": list(manifests), "me": caller.enterprise or 0, "limit": limit}
    return list(connection.execute(_OF_MANIFESTS, given).scalars())


def filtered(
    connection: Connection, caller: Caller, states: Sequence[str], code: str | None, limit: int, *, unlabelled: bool
) -> list[UUID]:
    """The caller's containers in these states, of a waste code, or only those never labelled; oldest first."""
    given = {"park": caller.park, "me": caller.enterprise or 0, "states": list(states), "code": code, "limit": limit}
    return list(connection.execute(_FILTERED, given | {"unlabelled": unlabelled}).scalars())


def public(connection: Connection, label: Mapping[str, Any]) -> dict[str, Any]:
    """The waste, who made it and where it stands. No masses, no people, no customers."""
    enter_park(connection, label["park_id"])
    park = connection.execute(
        text("SELECT name_zh, name_en FROM park WHERE id = :park"), {"park": label["park_id"]}
    ).one()
    statement, uuid = (_BATCH, label["batch_uuid"]) if label["batch_uuid"] else (_MANIFEST, label["manifest_uuid"])
    row = connection.execute(statement, {"park": label["park_id"], "uuid": uuid}).mappings().first()
    return {
        "human_code": label["human_code"],
        "class": shapes.waste_class(dict(row)) if row and "class_code" in row else None,
        "generator": row["name_zh"] if row else None,
        "generator_en": row["name_en"] if row else None,
        "state": row["state"] if row else None,
        "park": park.name_zh,
        "park_en": park.name_en,
    }
