"""The names that are under manifests, and whether a phone may say that somebody signed."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from tracker import facts
from tracker.parties import Who
from tracker.problems import Problem

_UNDER = text("""
SELECT m.uuid, s.side, s.of FROM manifest_signature s JOIN manifest m ON m.park_id = s.park_id AND m.id = s.manifest_id
WHERE s.park_id = :park AND m.uuid = ANY (:manifests)
""")
#: What there is to sign on a manifest beside the manifest as issued, and which sides do so.
SIGNABLE = {
    None: ("generator", "carrier", "receiver", "store"),
    "picked_up": ("generator", "carrier"),
    "deposited": ("carrier", "store"),
    "handed_over": ("carrier",),
    "received": ("carrier", "receiver"),
}
_STANDING = text("""
SELECT m.uuid, m.number, m.state, m.generator_id, m.receiver_id, m.returns_uuid IS NOT NULL AS returns,
  (SELECT jsonb_agg(jsonb_build_object('enterprise', c.enterprise_id, 'what', c.what)) FROM manifest_carrier c
   WHERE c.park_id = m.park_id AND c.manifest_id = m.id) AS legs,
  (SELECT jsonb_agg(jsonb_build_object('id', f.id, 'kind', f.kind) ORDER BY f."index")
   FROM (SELECT w.id, w.kind, w."index" FROM fact w WHERE w.park_id = m.park_id AND w.verdict = 'recorded'
           AND w.kind IN ('picked_up', 'deposited', 'handed_over', 'received')
           AND w.id IN (SELECT n.id FROM fact n WHERE n.park_id = m.park_id AND n.manifest_uuid = m.uuid
                        UNION SELECT l.pickup_fact FROM manifest_line l
                        WHERE l.park_id = m.park_id AND l.manifest_id = m.id)
         ORDER BY w."index" DESC LIMIT 40) f) AS told,
  (SELECT jsonb_agg(jsonb_build_object('side', s.side, 'enterprise', s.enterprise_id, 'method', s.method, 'of', s.of,
            'at', f.observed_at, 'fact', f.id, 'person', p.name, 'teller', f.enterprise_id, 'party_id', e.id,
            'party_uuid', e.uuid, 'party_name_zh', e.name_zh, 'party_name_en', e.name_en, 'party_uscc', e.uscc,
            'party_roles', e.roles) ORDER BY s."index")
   FROM manifest_signature s JOIN fact f ON f.park_id = s.park_id AND f."index" = s."index"
   JOIN enterprise e ON e.id = s.enterprise_id LEFT JOIN person p ON p.id = f.person_id
   WHERE s.park_id = m.park_id AND s.manifest_id = m.id) AS signatures
FROM manifest m WHERE m.park_id = :park AND m.uuid = ANY (:manifests)
""")


def when(of: UUID | None) -> str:
    """Whether a signature is for the manifest as issued, or for something that happened after: as park settings say."""
    return "issue" if of is None else "pickup"


def under(connection: Connection, park: int, manifests: Collection[UUID]) -> dict[UUID, set[tuple[str, str]]]:
    """The sides that have signed these manifests, and when."""
    found: dict[UUID, set[tuple[str, str]]] = {}
    if manifests:
        for row in connection.execute(_UNDER, {"park": park, "manifests": list(manifests)}):
            found.setdefault(row.uuid, set()).add((row.side, when(row.of)))
    return found


def standing(connection: Connection, park: int, manifests: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
    """Manifests as somebody who wants to sign sees them: parties, what happened, and the names that are there."""
    rows = connection.execute(_STANDING, {"park": park, "manifests": list(manifests)}).mappings()
    return {row["uuid"]: dict(row) for row in rows}


def believable(fact: facts.Signed, vouched: Who | Problem | None, *, waited: bool, on_paper: bool) -> None:
    """Refuse a signature nobody gave: ``Problem`` signature_not_vouched, or whatever was wrong with the PIN.

    A device can sign for whoever is logged in on it. That somebody else signed on it is believed only where the PIN
    was checked here; one that ``waited`` was believed when it came. One ``on_paper`` came with the sheet it stands on.
    """
    if isinstance(vouched, Problem):
        raise vouched
    by_mandate = fact.mandate is not None and fact.on_behalf is not None
    neither = fact.mandate is None and fact.on_behalf is None
    match fact.method:
        case "own":
            good = neither and vouched is None
        case "pin":
            good = neither and (vouched is not None or waited)
        case "mandate":
            good = by_mandate
        case "paper":
            good = on_paper
    if not good:
        raise Problem("signature_not_vouched", "/details")
