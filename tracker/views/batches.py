"""Batches as people see them: one, or a page of them."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from tracker import acts
from tracker.parties import Caller
from tracker.problems import Problem
from tracker.views import shapes, standing

_COLUMNS = f"""b.*, {shapes.CLASS_COLUMNS},
  {shapes.party_columns("g", "generator")}, {shapes.party_columns("h", "holder")},
  pl.uuid AS place_uuid, pl.name_zh AS place_zh, pl.name_en AS place_en, ST_X(pl.point) AS longitude,
  ST_Y(pl.point) AS latitude, m.uuid AS manifest_uuid, m.number AS manifest_number, m.state AS manifest_state,
  m.generator_id AS manifest_generator, m.receiver_id AS manifest_receiver, m.returns_uuid,
  {standing.LEGS} AS legs, {standing.GROUPED} AS grouped,
  mg.name_zh AS from_zh, mg.name_en AS from_en, mr.name_zh AS to_zh, mr.name_en AS to_en,
  l.id AS label_id, l.human_code, l.signed,
  (SELECT jsonb_agg(to_jsonb(n) ORDER BY n.id) FROM finding n
     WHERE n.park_id = b.park_id AND n.batch_uuid = b.uuid AND n.answered_at IS NULL) AS findings"""  # noqa: S608 - the parts are constants of this package
_BESIDE = """
JOIN enterprise g ON g.id = b.generator_id
JOIN enterprise h ON h.id = b.holder_id
LEFT JOIN waste_class c ON c.id = b.class_id
LEFT JOIN waste_scheme s ON s.id = c.scheme_id
LEFT JOIN place pl ON pl.id = b.store_id
LEFT JOIN manifest m ON m.park_id = b.park_id AND m.id = b.manifest_id
LEFT JOIN enterprise mg ON mg.id = m.generator_id
LEFT JOIN enterprise mr ON mr.id = m.receiver_id
LEFT JOIN LATERAL (SELECT id, human_code, signed FROM label
                   WHERE park_id = b.park_id AND batch_uuid = b.uuid ORDER BY issued_at DESC LIMIT 1) l ON true
"""
_SELECT = f"SELECT {_COLUMNS} FROM batch b {_BESIDE}"  # noqa: S608
_ON_MANIFEST = text(f"""
SELECT ml.planned_grams, ml.loaded_grams, ml.accepted_grams, ml.refused_grams, ml.outcome, ml.part_of,
  {_COLUMNS}
FROM manifest_line ml JOIN batch b ON b.park_id = ml.park_id AND b.id = ml.batch_id {_BESIDE}
WHERE ml.park_id = :park AND ml.manifest_id = :manifest ORDER BY ml.batch_id
""")  # noqa: S608
#: Whose batch it is: held, generated, or on a manifest one has a part in.
MINE = """(b.holder_id = :me OR b.generator_id = :me OR EXISTS (
  SELECT 1 FROM manifest_line ml JOIN manifest mm ON mm.park_id = ml.park_id AND mm.id = ml.manifest_id
  WHERE ml.park_id = b.park_id AND ml.batch_id = b.id AND (mm.generator_id = :me OR mm.receiver_id = :me OR EXISTS (
    SELECT 1 FROM manifest_carrier mc WHERE mc.park_id = mm.park_id AND mc.manifest_id = mm.id
      AND mc.enterprise_id = :me)))
  OR EXISTS (SELECT 1 FROM manifest mm WHERE mm.park_id = b.park_id AND mm.id = b.manifest_id AND (mm.generator_id = :me
    OR mm.receiver_id = :me OR EXISTS (SELECT 1 FROM manifest_carrier mc WHERE mc.park_id = mm.park_id
      AND mc.manifest_id = mm.id AND mc.enterprise_id = :me))))"""
_FACTS = text(f"""
SELECT f."index" AS position, f.id, f.kind, f.verdict, f.observed_at, f.recorded_at, f.record, f.manifest_uuid,
  m.number AS manifest_number, p.name AS person_name, p.uuid AS person_uuid, {shapes.party_columns("e", "teller")},
  ST_X(f.place) AS longitude, ST_Y(f.place) AS latitude, {shapes.ARRIVED} AS arrived,
  (SELECT jsonb_agg(jsonb_build_object('account', o.account, 'grams', o.grams)) FROM posting o
     WHERE o.park_id = f.park_id AND o."index" = f."index" AND o.batch_id = :batch) AS postings,
  (SELECT jsonb_agg(to_jsonb(n) ORDER BY n.id) FROM finding n
     WHERE n.park_id = f.park_id AND n."index" = f."index"
       AND (n.batch_uuid IS NULL OR n.batch_uuid = :uuid)) AS findings
FROM fact f
LEFT JOIN person p ON p.id = f.person_id
LEFT JOIN enterprise e ON e.id = f.enterprise_id
LEFT JOIN manifest m ON m.park_id = f.park_id AND m.uuid = f.manifest_uuid
WHERE f.park_id = :park
  AND f."index" IN (SELECT o."index" FROM posting o WHERE o.park_id = :park AND o.batch_id = :batch)
ORDER BY f."index" DESC LIMIT :limit
""")  # noqa: S608


def one(connection: Connection, caller: Caller, uuid: UUID) -> dict[str, Any]:
    """A batch the caller may see, with its open findings and next acts. ``Problem`` not_found."""
    return shown(caller, _row(connection, caller, uuid))


def _row(connection: Connection, caller: Caller, uuid: UUID) -> Mapping[str, Any]:
    visible = "" if caller.sees_all else f"AND {MINE}"
    statement = text(f"{_SELECT} WHERE b.park_id = :park AND b.uuid = :uuid {visible}")
    row = connection.execute(
        statement, {"park": caller.park, "uuid": uuid} | ({} if caller.sees_all else {"me": caller.enterprise})
    )
    found = row.mappings().first()
    if found is None:
        raise Problem("not_found", what=str(uuid))
    return dict(found)


def page(
    connection: Connection,
    caller: Caller,
    *,
    query: str = "",
    states: Sequence[str] = (),
    class_code: str | None = None,
    holder: UUID | None = None,
    manifest: UUID | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[dict[str, Any]]:
    """Batches the caller holds or made (regulators: all of the park), newest first, below the key ``before``."""
    where = ["b.park_id = :park"]
    params: dict[str, Any] = {"park": caller.park, "limit": limit}

    def narrow(condition: str, **given: Any) -> None:
        where.append(condition)
        params.update(given)

    if not caller.sees_all:
        narrow("(b.holder_id = :me OR b.generator_id = :me)", me=caller.enterprise)
    if states:
        narrow("b.state = ANY (:states)", states=list(states))
    if class_code:
        narrow("c.code = :class_code", class_code=class_code)
    if holder:
        narrow("h.uuid = :holder", holder=holder)
    if manifest:
        narrow("m.uuid = :manifest", manifest=manifest)
    if query:
        like = "%" + query.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        narrow(
            "(l.human_code ILIKE :like OR c.code ILIKE :like OR c.name_zh ILIKE :like OR c.name_en ILIKE :like"
            " OR b.container ILIKE :like OR b.process ILIKE :like OR b.raw_class ILIKE :like)",
            like=like,
        )
    if before is not None:
        narrow("b.id < :before", before=before)
    statement = text(f"{_SELECT} WHERE {' AND '.join(where)} ORDER BY b.id DESC LIMIT :limit")
    rows = connection.execute(statement, params).mappings()
    return [shown(caller, dict(row)) | {"key": row["id"]} for row in rows]


def many(connection: Connection, caller: Caller, keys: Sequence[int]) -> list[dict[str, Any]]:
    """Batches by key, without asking whose they are."""
    statement = text(f"{_SELECT} WHERE b.park_id = :park AND b.id = ANY (:keys)")
    rows = connection.execute(statement, {"park": caller.park, "keys": list(keys)}).mappings()
    return [shown(caller, dict(row)) for row in rows]


def on_manifest(
    connection: Connection, caller: Caller, manifest: int
) -> tuple[list[dict[str, Any]], list[acts.Standing]]:
    """The lines of a manifest (by key) with their batches, without asking whose they are: for a manifest the caller may
    see; and what the caller is to each."""
    found = connection.execute(_ON_MANIFEST, {"park": caller.park, "manifest": manifest}).mappings()
    rows = [dict(row) for row in found]
    names = ("planned_grams", "loaded_grams", "accepted_grams", "refused_grams", "outcome", "part_of")
    lines = [{name: row[name] for name in names} | {"batch": shown(caller, row)} for row in rows]
    return lines, [_standing(caller, row) for row in rows]


def shown(caller: Caller, row: Mapping[str, Any]) -> dict[str, Any]:
    """A batch in the shape of the API."""
    place = None
    if row["place_uuid"] is not None:
        place = {
            "id": row["place_uuid"],
            "name_zh": row["place_zh"],
            "name_en": row["place_en"],
            "longitude": row["longitude"],
            "latitude": row["latitude"],
        }
    manifest = None
    if row["manifest_uuid"] is not None:
        manifest = {"id": row["manifest_uuid"], "number": row["manifest_number"], "state": row["manifest_state"]}
    return {
        "id": row["uuid"],
        "human_code": row["human_code"],
        "label_id": row["label_id"],
        "label_signed": bytes(row["signed"]) if row["signed"] is not None else None,
        "class": shapes.waste_class(row),
        "raw_class": row["raw_class"],
        "grams": row["grams"],
        "grams_at_start": row["grams_at_start"],
        "measured": row["measured"],
        "state": row["state"],
        "form": row["form"],
        "container": row["container"],
        "process": row["process"],
        "generator": shapes.party(row, "generator"),
        "holder": shapes.party(row, "holder"),
        "place": place,
        "manifest": manifest,
        "generated_at": row["generated_at"],
        "held_since": row["held_since"],
        "last_fact": row["last_fact"],
        "grouped": bool(row["grouped"]),
        "findings": shapes.findings(row["findings"]),
        "next": acts.next_acts([_standing(caller, row)]),
    }


def _standing(caller: Caller, row: Mapping[str, Any]) -> acts.Standing:
    on = None
    if row["manifest_uuid"] is not None:
        on = {
            "generator_id": row["manifest_generator"],
            "receiver_id": row["manifest_receiver"],
            "returns_uuid": row["returns_uuid"],
            "legs": row["legs"],
            "generator_name_zh": row["from_zh"],
            "generator_name_en": row["from_en"],
            "receiver_name_zh": row["to_zh"],
            "receiver_name_en": row["to_en"],
        }
    return standing.of(caller, row, on)


def facts_of(connection: Connection, caller: Caller, uuid: UUID, limit: int = 200) -> list[dict[str, Any]]:
    """What befell a batch, newest first. Names of people are for regulators and their own enterprise."""
    row = _row(connection, caller, uuid)
    found = connection.execute(_FACTS, {"park": caller.park, "batch": row["id"], "uuid": uuid, "limit": limit})
    return [_fact(caller, uuid, dict(fact)) for fact in found.mappings()]


def _fact(caller: Caller, batch: UUID, row: Mapping[str, Any]) -> dict[str, Any]:
    record = json.loads(row["record"])
    may_name = caller.sees_all or (caller.enterprise is not None and caller.enterprise == row["teller_id"])
    return {
        "id": row["id"],
        "index": row["position"],
        "kind": row["kind"],
        "verdict": row["verdict"],
        "observed_at": row["observed_at"],
        "recorded_at": row["recorded_at"],
        "enterprise": shapes.party(row, "teller"),
        "person": row["person_name"] if may_name else None,
        "manifest": row["manifest_uuid"],
        "manifest_number": row["manifest_number"],
        "details": record["details"],
        "grams": next((line.get("grams") for line in record.get("lines", ()) if line["batch"] == str(batch)), None),
        "moves": row["postings"] or [],
        "place": None if row["longitude"] is None else {"longitude": row["longitude"], "latitude": row["latitude"]},
        "evidence": shapes.evidence(record, row["arrived"]),
        "findings": shapes.findings(row["findings"]),
    }
