"""Manifests as people see them."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from tracker import acts
from tracker.parties import Caller
from tracker.problems import Problem
from tracker.store import is_uuid
from tracker.views import batches, shapes

_SELECT = f"""
SELECT m.*, o.number AS returns_number, o.state AS returns_state,
  {shapes.party_columns("g", "generator")},
  {shapes.party_columns("r", "receiver")},
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
   WHERE ml.park_id = m.park_id AND ml.manifest_id = m.id) AS grams
FROM manifest m
JOIN enterprise g ON g.id = m.generator_id
JOIN enterprise r ON r.id = m.receiver_id
LEFT JOIN manifest o ON o.park_id = m.park_id AND o.uuid = m.returns_uuid
LEFT JOIN LATERAL (SELECT id, human_code, signed FROM label
                   WHERE park_id = m.park_id AND manifest_uuid = m.uuid ORDER BY issued_at DESC LIMIT 1) l ON true
"""  # noqa: S608 - the parts are constants of this package
_MINE = """(m.generator_id = :me OR m.receiver_id = :me OR EXISTS (SELECT 1 FROM manifest_carrier mc
  WHERE mc.park_id = m.park_id AND mc.manifest_id = m.id AND mc.enterprise_id = :me))"""
_LINES = text("SELECT * FROM manifest_line WHERE park_id = :park AND manifest_id = :manifest ORDER BY batch_id")
_BESIDE = text("""
SELECT (SELECT jsonb_agg(jsonb_build_object('id', uuid, 'number', number, 'state', state) ORDER BY id) FROM manifest
        WHERE park_id = :park AND returns_uuid = :manifest) AS returned_by,
       (SELECT count(*) FROM proposal
        WHERE park_id = :park AND manifest_uuid = :manifest AND state = 'open') AS open_proposals
""")
_FINDINGS = text("""
SELECT n.* FROM finding n JOIN fact f ON f.park_id = n.park_id AND f."index" = n."index"
WHERE f.park_id = :park AND f.manifest_uuid = :manifest AND n.answered_at IS NULL ORDER BY n.id
""")


def one(connection: Connection, caller: Caller, what: str) -> dict[str, Any]:
    """A manifest by id or number that the caller has a part in, with its lines, findings and next acts. ``Problem``
    not_found."""
    found = "m.uuid = CAST(:what AS uuid)" if is_uuid(what) else "m.number = :what"
    row = _rows(connection, caller, [found], {"what": what, "limit": 1})
    if not row:
        raise Problem("not_found", what=what[:60])
    return _whole(connection, caller, row[0])


def _whole(connection: Connection, caller: Caller, row: Mapping[str, Any]) -> dict[str, Any]:
    lines = connection.execute(_LINES, {"park": caller.park, "manifest": row["id"]}).mappings().all()
    known, standings = batches.many(connection, caller, [line["batch_id"] for line in lines])
    findings = connection.execute(_FINDINGS, {"park": caller.park, "manifest": row["uuid"]}).mappings()
    beside = connection.execute(_BESIDE, {"park": caller.park, "manifest": row["uuid"]}).mappings().one()
    return shown(row) | {
        "lines": [
            {
                "batch": known[line["batch_id"]],
                "planned_grams": line["planned_grams"],
                "loaded_grams": line["loaded_grams"],
                "accepted_grams": line["accepted_grams"],
                "refused_grams": line["refused_grams"],
                "outcome": line["outcome"],
                "part_of": line["part_of"],
            }
            for line in lines
        ],
        "returned_by": beside["returned_by"] or [],
        "open_proposals": beside["open_proposals"],
        "findings": shapes.findings([dict(each) for each in findings]),
        "next": acts.next_acts(standings) if standings else [],
    }


def page(
    connection: Connection,
    caller: Caller,
    *,
    query: str = "",
    states: Sequence[str] = (),
    party: UUID | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[dict[str, Any]]:
    """Manifests the caller has a part in (regulators: all), newest first, below the key ``before``."""
    where: list[str] = []
    params: dict[str, Any] = {"limit": limit}
    if states:
        where.append("m.state = ANY (:states)")
        params["states"] = list(states)
    if query:
        where.append(
            "(m.number ILIKE :like OR l.human_code ILIKE :like OR g.name_zh ILIKE :like OR r.name_zh ILIKE :like)"
        )
        params["like"] = "%" + query.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    if party:
        where.append("(g.uuid = :party OR r.uuid = :party)")
        params["party"] = party
    if before is not None:
        where.append("m.id < :before")
        params["before"] = before
    return [shown(row) | {"key": row["id"]} for row in _rows(connection, caller, where, params)]


def _rows(
    connection: Connection, caller: Caller, where: Sequence[str], params: Mapping[str, Any]
) -> list[dict[str, Any]]:
    conditions = ["m.park_id = :park", *where]
    given = {"park": caller.park, **params}
    if not caller.sees_all:
        conditions.append(_MINE)
        given["me"] = caller.enterprise
    # A draft is its writer's own until it is issued.
    conditions.append("(m.state <> 'draft' OR m.generator_id = :own)")
    given["own"] = caller.enterprise or 0
    statement = text(f"{_SELECT} WHERE {' AND '.join(conditions)} ORDER BY m.id DESC LIMIT :limit")
    return [dict(row) for row in connection.execute(statement, given).mappings()]


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
