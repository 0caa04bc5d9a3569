"""What an enterprise has its labels say, entered once: components and precautions by waste class, and a contact."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from tracker.problems import Problem
from tracker.store import insert_rows, table
from tracker.tables.labels import Identification

FIELDS = ("main_components", "harmful_components", "precautions")
_CLASS = text("""
SELECT c.id FROM waste_class c JOIN waste_scheme s ON s.id = c.scheme_id
WHERE s.scheme = :scheme AND s.edition = :edition AND c.code = :code
""")
_DETAILS = text("""
SELECT s.scheme, s.edition, c.code, c.name_zh, c.name_en, c.hazardous, d.main_components, d.harmful_components,
  d.precautions, d.revision, d.changed_at
FROM label_detail d JOIN waste_class c ON c.id = d.class_id JOIN waste_scheme s ON s.id = c.scheme_id
WHERE d.park_id = :park AND d.enterprise_id = :enterprise ORDER BY s.scheme, c.code, s.edition
""")
_DETAIL = text("""
SELECT main_components, harmful_components, precautions, revision FROM label_detail
WHERE park_id = :park AND enterprise_id = :enterprise AND class_id = :class
""")
_PUT_DETAIL = text("""
INSERT INTO label_detail AS d (park_id, enterprise_id, class_id, main_components, harmful_components, precautions,
  revision, changed_at, changed_by)
VALUES (:park, :enterprise, :class, :main_components, :harmful_components, :precautions, 1, :now, :person)
ON CONFLICT (park_id, enterprise_id, class_id) DO UPDATE SET main_components = excluded.main_components,
  harmful_components = excluded.harmful_components, precautions = excluded.precautions, revision = d.revision + 1,
  changed_at = excluded.changed_at, changed_by = excluded.changed_by
WHERE d.revision = :revision RETURNING revision
""")
_CONTACT = text("SELECT contact, revision FROM label_contact WHERE park_id = :park AND enterprise_id = :enterprise")
_PUT_CONTACT = text("""
INSERT INTO label_contact AS d (park_id, enterprise_id, contact, revision, changed_at, changed_by)
VALUES (:park, :enterprise, :contact, 1, :now, :person)
ON CONFLICT (park_id, enterprise_id) DO UPDATE SET contact = excluded.contact, revision = d.revision + 1,
  changed_at = excluded.changed_at, changed_by = excluded.changed_by
WHERE d.revision = :revision RETURNING revision
""")


def class_key(connection: Connection, scheme: str, edition: str, code: str) -> int:
    """The key of a waste class. ``Problem`` not_found."""
    found = connection.execute(_CLASS, {"scheme": scheme, "edition": edition, "code": code}).scalar()
    if found is None:
        raise Problem("not_found", what=f"{scheme}-{edition} {code}"[:80])
    return int(found)


def details(connection: Connection, park: int, enterprise: int) -> list[dict[str, Any]]:
    """All that an enterprise has entered, by class."""
    rows = connection.execute(_DETAILS, {"park": park, "enterprise": enterprise}).mappings()
    shown = ("scheme", "edition", "code", "name_zh", "name_en", "hazardous")
    return [
        {"class": {name: row[name] for name in shown}, **{name: row[name] for name in (*FIELDS, "revision")}}
        for row in rows
    ]


def detail(connection: Connection, park: int, enterprise: int, waste: int) -> dict[str, Any]:
    """What an enterprise says of a class; revision 0 and nothing else where it has said nothing yet."""
    given = {"park": park, "enterprise": enterprise, "class": waste}
    row = connection.execute(_DETAIL, given).mappings().first()
    return dict(row) if row else dict.fromkeys(FIELDS) | {"revision": 0}


def put_detail(
    connection: Connection,
    park: int,
    enterprise: int,
    waste: int,
    words: Mapping[str, str | None],
    *,
    revision: int,
    now: datetime,
    person: int | None,
) -> None:
    """Say it anew, by somebody who read it at ``revision`` (0: never said). ``Problem`` changed_meanwhile."""
    given: dict[str, Any] = {name: words[name] or None for name in FIELDS}
    given |= {
        "park": park,
        "enterprise": enterprise,
        "class": waste,
        "revision": revision,
        "now": now,
        "person": person,
    }
    if connection.execute(_PUT_DETAIL, given).scalar() != revision + 1:
        raise Problem("changed_meanwhile")


def contact(connection: Connection, park: int, enterprise: int) -> dict[str, Any]:
    """Whom to call; revision 0 and no contact where nobody said."""
    row = connection.execute(_CONTACT, {"park": park, "enterprise": enterprise}).mappings().first()
    return dict(row) if row else {"contact": None, "revision": 0}


def put_contact(
    connection: Connection,
    park: int,
    enterprise: int,
    words: str | None,
    *,
    revision: int,
    now: datetime,
    person: int | None,
) -> None:
    """Say it anew, by somebody who read it at ``revision``. ``Problem`` changed_meanwhile."""
    given = {"park": park, "enterprise": enterprise, "contact": words or None, "revision": revision, "now": now}
    if connection.execute(_PUT_CONTACT, given | {"person": person}).scalar() != revision + 1:
        raise Problem("changed_meanwhile")


def identify(connection: Connection, park: int, codes: Mapping[UUID, str], now: datetime) -> None:
    """Give containers their identification codes, for good."""
    rows = [{"park_id": park, "batch_uuid": batch, "code": code, "made_at": now} for batch, code in codes.items()]
    insert_rows(connection, table(Identification), rows)
