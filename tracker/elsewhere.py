"""The numbers other systems gave our manifests: the province's platform, the receiver's ERP, customs, another park.

Stored beside ours and never silently overwritten: a number is added, and where it was wrong it is removed with a reason
that stays. In each system a number stands for one manifest and a manifest has one number.
"""

import unicodedata
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from tracker.booking import plain_text
from tracker.parties import Caller
from tracker.problems import Problem

SYSTEMS = ("national", "province", "customs", "park", "erp", "other")
#: Of these there are many, so each needs a name.
NAMED = frozenset({"park", "erp", "other"})
NUMBER_MAX = 60
_SHOWN = {
    "national": "全国固废管理信息系统 / national platform",
    "province": "省级平台 / province platform",
    "customs": "海关 / customs",
    "park": "园区 / park",
    "erp": "ERP",
    "other": "其他 / other",
}
_OF = text("""
SELECT x.id, x.system, x.name, x.number, x.added_at, x.removed_at, x.removed_why, e.uuid AS enterprise,
  e.name_zh, e.name_en, x.enterprise_id
FROM external_number x LEFT JOIN enterprise e ON e.id = x.enterprise_id
WHERE x.park_id = :park AND x.manifest_uuid = :manifest AND (:removed OR x.removed_at IS NULL) ORDER BY x.id
""")
_ADD = text("""
INSERT INTO external_number (park_id, manifest_uuid, system, name, number, folded, enterprise_id, added_by, added_at)
VALUES (:park, :manifest, :system, :name, :number, :folded, :enterprise, :person, :now)
ON CONFLICT DO NOTHING RETURNING id
""")
_STANDING = text("""
SELECT x.id, x.manifest_uuid, x.number, x.folded, m.number AS manifest_number FROM external_number x
JOIN manifest m ON m.park_id = x.park_id AND m.uuid = x.manifest_uuid
WHERE x.park_id = :park AND x.system = :system AND x.name = :name AND x.removed_at IS NULL
  AND (x.manifest_uuid = :manifest OR x.folded = :folded) ORDER BY x.manifest_uuid <> :manifest
""")
_REMOVE = text("""
UPDATE external_number SET removed_by = :person, removed_at = :now, removed_why = :why
WHERE park_id = :park AND id = :id AND removed_at IS NULL
""")


def folded(number: str) -> str:
    """What is compared: capitals, half width, letters and digits only. Another system may print it any way it likes."""
    return "".join(character for character in unicodedata.normalize("NFKC", number).upper() if character.isalnum())


def add(
    connection: Connection,
    caller: Caller,
    manifest: UUID,
    *,
    system: str,
    name: str | None,
    number: str,
    now: datetime,
) -> None:
    """Write down another system's number beside an issued manifest's own. Asked again, nothing changes. That the caller
    may see the manifest is asked before.

    ``Problem``: external_number_unreadable, external_system_unnamed, external_number_taken (another manifest has it),
    external_number_present (this manifest has another one of that system).
    """
    typed, key = number.strip(), folded(number)
    called = unicodedata.normalize("NFKC", name or "").strip() if system in NAMED else ""
    plain_text(typed, "/number")
    plain_text(called, "/name")
    if not key or len(typed) > NUMBER_MAX:
        raise Problem("external_number_unreadable", "/number", limit=NUMBER_MAX)
    if system in NAMED and not called:
        raise Problem("external_system_unnamed", "/name")
    given = {
        "park": caller.park,
        "manifest": manifest,
        "system": system,
        "name": called,
        "number": typed,
        "folded": key,
        "enterprise": caller.enterprise,
        "person": caller.person,
        "now": now,
    }
    if connection.execute(_ADD, given).first() is not None:
        return
    # What stands there is told, this manifest's own entry first.
    standing = connection.execute(_STANDING, given).mappings().all()
    if any(row["manifest_uuid"] == manifest and row["folded"] == key for row in standing):
        return
    found, shown = standing[0], called or _SHOWN[system]
    if found["manifest_uuid"] == manifest:
        raise Problem("external_number_present", "/number", system=shown, number=found["number"])
    # Whose it is, is no business of somebody else's.
    other = {"manifest": "另一份", "manifest_en": "another one"}
    if caller.sees_all:
        other = {"manifest": found["manifest_number"] or str(found["manifest_uuid"])}
    raise Problem("external_number_taken", "/number", system=shown, number=found["number"], **other)


def remove(connection: Connection, caller: Caller, manifest: UUID, key: int, *, why: str, now: datetime) -> None:
    """Take an entry back: it stays, with who removed it, when and why. Removed already, nothing changes.

    ``Problem``: not_found, external_number_not_yours.
    """
    rows = {row["id"]: row for row in of_manifest(connection, caller, manifest, removed=True)}
    found = rows.get(key)
    if found is None:
        raise Problem("not_found", what=str(key))
    if found["enterprise_id"] != caller.enterprise and caller.role != "regulator":
        raise Problem("external_number_not_yours")
    plain_text(why, "/reason")
    connection.execute(_REMOVE, {"park": caller.park, "id": key, "person": caller.person, "now": now, "why": why})


def of_manifest(
    connection: Connection, caller: Caller, manifest: UUID, *, removed: bool = False
) -> list[dict[str, Any]]:
    """The numbers of a manifest in other systems, oldest first; with ``removed`` those that were taken back too."""
    given = {"park": caller.park, "manifest": manifest, "removed": removed}
    return [dict(row) for row in connection.execute(_OF, given).mappings()]
