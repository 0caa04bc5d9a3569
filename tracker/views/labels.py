"""What anybody may know of a label."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, text

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
