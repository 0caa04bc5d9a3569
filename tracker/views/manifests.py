"""Manifests as people see them."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from tracker import acts, signatures, signed
from tracker.parties import Caller, keys_of
from tracker.problems import Problem
from tracker.store import is_uuid
from tracker.views import batches, picking, shapes
from tracker.views.picking import Picking, Sought

_COLUMNS = f"""m.*, o.number AS returns_number, o.state AS returns_state,
  {shapes.party_columns("g", "generator")}, {shapes.party_columns("r", "receiver")},
  l.id AS label_id, l.human_code, l.signed,
  (SELECT jsonb_agg(jsonb_build_object('leg', mc.leg, 'plate', mc.plate, 'took_over_at', mc.took_over_at,
     'what', mc.what, 'lapsed', mc.lapsed,
     'party_id', e.id, 'party_uuid', e.uuid, 'party_name_zh', e.name_zh, 'party_name_en', e.name_en,
     'party_uscc', e.uscc, 'party_roles', e.roles) ORDER BY mc.leg)
   FROM manifest_carrier mc JOIN enterprise e ON e.id = mc.enterprise_id
   WHERE mc.park_id = m.park_id AND mc.manifest_id = m.id) AS legs,
  (SELECT count(*) FROM manifest_line ml
   WHERE ml.park_id = m.park_id AND ml.manifest_id = m.id AND ml.part_of IS NULL) AS line_count,
  (SELECT coalesce(sum(planned_grams), 0)::bigint FROM manifest_line ml
   WHERE ml.park_id = m.park_id AND ml.manifest_id = m.id) AS grams"""  # noqa: S608 - the parts are constants of this package
_FROM = """
FROM manifest m
JOIN enterprise g ON g.id = m.generator_id
JOIN enterprise r ON r.id = m.receiver_id
LEFT JOIN manifest o ON o.park_id = m.park_id AND o.uuid = m.returns_uuid
LEFT JOIN LATERAL (SELECT id, human_code, signed FROM label
                   WHERE park_id = m.park_id AND manifest_uuid = m.uuid ORDER BY issued_at DESC LIMIT 1) l ON true
"""
#: What only the page of one manifest shows.
_WHOLE = """,
  (SELECT jsonb_agg(to_jsonb(n) ORDER BY n.id) FROM finding n JOIN fact f ON f.park_id = n.park_id
     AND f."index" = n."index" WHERE f.park_id = m.park_id AND f.manifest_uuid = m.uuid AND n.answered_at IS NULL)
     AS findings,
  (SELECT jsonb_agg(jsonb_build_object('id', x.id, 'system', x.system, 'name', x.name, 'number', x.number,
     'added_at', x.added_at) ORDER BY x.id) FROM external_number x
   WHERE x.park_id = m.park_id AND x.manifest_uuid = m.uuid AND x.removed_at IS NULL) AS external_numbers,
  (SELECT jsonb_agg(jsonb_build_object('id', w.uuid, 'number', w.number, 'state', w.state) ORDER BY w.id)
   FROM manifest w WHERE w.park_id = m.park_id AND w.returns_uuid = m.uuid) AS returned_by,
  (SELECT count(*) FROM proposal p
   WHERE p.park_id = m.park_id AND p.manifest_uuid = m.uuid AND p.state = 'open') AS open_proposals"""
_MINE = """(m.generator_id = :me OR m.receiver_id = :me OR EXISTS (SELECT 1 FROM manifest_carrier mc
  WHERE mc.park_id = m.park_id AND mc.manifest_id = m.id AND mc.enterprise_id = :me))"""


def one(connection: Connection, caller: Caller, what: str) -> dict[str, Any]:
    """A manifest by id or number that the caller has a part in, with its lines, findings and next acts. ``Problem``
    not_found."""
    found = "m.uuid = CAST(:what AS uuid)" if is_uuid(what) else "m.number = :what"
    mine = "" if caller.sees_all else f" AND {_MINE}"
    statement = text(
        f"SELECT {_COLUMNS}{_WHOLE}{_FROM} WHERE m.park_id = :park AND {found}{mine}"
        # A draft is its writer's own until it is issued.
        " AND (m.state <> 'draft' OR m.generator_id = :me)"
    )
    given = {"park": caller.park, "what": what, "me": caller.enterprise or 0}
    row = connection.execute(statement, given).mappings().first()
    if row is None:
        raise Problem("not_found", what=what[:60])
    return _whole(connection, caller, dict(row))


def _whole(connection: Connection, caller: Caller, row: Mapping[str, Any]) -> dict[str, Any]:
    lines, standings = batches.on_manifest(connection, caller, row["id"])
    papers = signed.standing(connection, caller.park, [row["uuid"]])
    return shown(row) | {
        "lines": lines,
        "returned_by": row["returned_by"] or [],
        "open_proposals": row["open_proposals"],
        "findings": shapes.findings(row["findings"]),
        "external_numbers": row["external_numbers"] or [],
        "next": acts.next_acts(standings) if standings else [],
        **signatures.on_paper(papers[row["uuid"]], caller),
    }


def page(
    connection: Connection,
    caller: Caller,
    *,
    sought: Sought | None = None,
    states: Sequence[str] = (),
    party: UUID | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[dict[str, Any]]:
    """Manifests the caller has a part in (regulators: all), newest first, below the key ``before``."""
    parties = None
    if party is not None:
        parties = list(keys_of(connection, [party]).values())
    if sought is not None:
        sought = picking.named(connection, sought)
    picked = Picking(caller, states, sought, parties, before, limit)
    statement = text(f"SELECT {_COLUMNS}{_FROM} WHERE m.park_id = :park AND {_among(picked)} ORDER BY m.id DESC")
    return [shown(dict(row)) | {"key": row["id"]} for row in connection.execute(statement, picked.given).mappings()]


def _among(picked: Picking) -> str:
    # An array, so that the rest is looked up by key, whatever the planner thinks a page may hold.
    return f"m.id = ANY (ARRAY({picked.sql()}))"


def titles(connection: Connection, caller: Caller, sought: Sought, limit: int) -> list[dict[str, Any]]:
    """Manifests that were sought, newest first, as a search shows them."""
    picked = Picking(caller, sought=sought, limit=limit)
    statement = text(f"{_TITLES} AND {_among(picked)} ORDER BY m.id DESC")
    return [dict(row) for row in connection.execute(statement, picked.given).mappings()]


_TITLES = """
SELECT m.uuid AS id, coalesce(m.number, '—') AS title_zh, coalesce(m.number, '—') AS title_en,
  g.name_zh || ' → ' || r.name_zh AS subtitle_zh,
  coalesce(g.name_en, g.name_zh) || ' → ' || coalesce(r.name_en, r.name_zh) AS subtitle_en
FROM manifest m JOIN enterprise g ON g.id = m.generator_id JOIN enterprise r ON r.id = m.receiver_id
WHERE m.park_id = :park AND m.state <> 'draft'"""


def shown(row: Mapping[str, Any]) -> dict[str, Any]:
    """A manifest in the shape of the API, without its lines."""
    return {
        "id": row["uuid"],
        "number": row["number"],
        "state": row["state"],
        "hazardous": row["hazardous"],
        "generator": shapes.party(row, "generator"),
        "receiver": shapes.party(row, "receiver"),
        "carriers": [
            {
                "leg": leg["leg"],
                "party": shapes.party(leg, "party"),
                "plate": leg["plate"],
                "took_over_at": leg["took_over_at"],
                "what": leg["what"],
                "lapsed": leg["lapsed"],
            }
            for leg in row["legs"] or ()
        ],
        "treatment": row["treatment"],
        "remark": row["remark"],
        "draft": row["draft"],
        "revision": row["revision"],
        "grams": row["grams"],
        "batch_count": row["line_count"],
        "label_id": row["label_id"],
        "label_signed": bytes(row["signed"]) if row["signed"] is not None else None,
        "human_code": row["human_code"],
        "made_at": row["made_at"],
        "issued_at": row["issued_at"],
        "due_pickup_at": row["due_pickup_at"],
        "returns": None
        if row["returns_uuid"] is None
        else {"id": row["returns_uuid"], "number": row["returns_number"], "state": row["returns_state"]},
        "filing": row["filing"],
        "sheet": row["sheet"],
    }
