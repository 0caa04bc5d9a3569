"""What waits for a yes, as people see it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from tracker.parties import Caller
from tracker.problems import Problem
from tracker.views import shapes

_SELECT = f"""
SELECT p.*, f."index" AS key, f.record, m.number, {shapes.party_columns("e", "proposer")},
  (SELECT l.human_code FROM label l WHERE l.park_id = p.park_id AND l.batch_uuid = p.batch_uuid
   ORDER BY l.issued_at DESC LIMIT 1) AS human_code,
  t.kind AS root_kind, CAST(t.record AS jsonb) AS root_record,
  (SELECT jsonb_agg(jsonb_build_object('answer', a.answer, 'party_id', w.id, 'party_uuid', w.uuid,
     'party_name_zh', w.name_zh, 'party_name_en', w.name_en, 'party_uscc', w.uscc, 'party_roles', w.roles)
     ORDER BY w.id)
   FROM proposal_answer a JOIN enterprise w ON w.id = a.enterprise_id
   WHERE a.park_id = p.park_id AND a.proposal = p.uuid) AS answers
FROM proposal p
JOIN fact f ON f.park_id = p.park_id AND f.id = p.uuid
LEFT JOIN enterprise e ON e.id = p.proposer_id
LEFT JOIN manifest m ON m.park_id = p.park_id AND m.uuid = p.manifest_uuid
LEFT JOIN fact t ON t.park_id = p.park_id AND t.id = p.root
"""  # noqa: S608 - the parts are constants of this package
_ASKED = """EXISTS (SELECT 1 FROM proposal_answer a WHERE a.park_id = p.park_id AND a.proposal = p.uuid
  AND a.enterprise_id = :me)"""
_PARTIES = text(f"""
SELECT {shapes.party_columns("e", "party")} FROM enterprise e WHERE e.id = ANY (:keys)
""")  # noqa: S608


def page(
    connection: Connection,
    caller: Caller,
    *,
    state: str | None = None,
    mine: str | None = None,
    manifest: UUID | None = None,
    batch: UUID | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[dict[str, Any]]:
    """Proposals the caller made or is asked about (regulators: all), newest first, below the key ``before``."""
    where = ["p.park_id = :park"]
    params: dict[str, Any] = {"park": caller.park, "limit": limit, "me": caller.enterprise or 0}
    if state:
        where.append("p.state = :state")
        params["state"] = state
    if mine == "asked":
        where.append(_ASKED)
    elif mine == "made":
        where.append("p.proposer_id = :me")
    elif not caller.sees_all:
        where.append(f"(p.proposer_id = :me OR {_ASKED})")
    for name, value in (("manifest", manifest), ("batch", batch)):
        if value is not None:
            where.append(f"p.{name}_uuid = :{name}")
            params[name] = value
    if before is not None:
        where.append('f."index" < :before')
        params["before"] = before
    statement = text(f'{_SELECT} WHERE {" AND ".join(where)} ORDER BY f."index" DESC LIMIT :limit')
    return _shown(connection, caller, [dict(row) for row in connection.execute(statement, params).mappings()])


def one(connection: Connection, caller: Caller, uuid: UUID) -> dict[str, Any]:
    """A proposal the caller has to do with. ``Problem`` not_found."""
    given = {"park": caller.park, "uuid": uuid, "me": caller.enterprise or 0}
    mine = "" if caller.sees_all else f"AND (p.proposer_id = :me OR {_ASKED})"
    rows = connection.execute(text(f"{_SELECT} WHERE p.park_id = :park AND p.uuid = :uuid {mine}"), given).mappings()
    found = _shown(connection, caller, [dict(row) for row in rows])
    if not found:
        raise Problem("not_found", what=str(uuid))
    return found[0]


def _shown(connection: Connection, caller: Caller, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    keys = {key for row in rows if row["change"] for key in _keys(row["change"])}
    found = connection.execute(_PARTIES, {"keys": sorted(keys)}).mappings() if keys else ()
    parties = {row["party_id"]: shapes.party(dict(row), "party") for row in found}
    return [_one(caller, row, parties) for row in rows]


def _keys(change: Mapping[str, Any]) -> list[int]:
    return [leg[0] for leg in change["legs"]] + ([change["receiver"]] if change["receiver"] else [])


def _one(caller: Caller, row: Mapping[str, Any], parties: Mapping[int, Any]) -> dict[str, Any]:
    change = row["change"]
    details = _details(row["record"])
    return {
        "key": row["key"],
        "id": row["uuid"],
        "kind": row["kind"],
        "state": row["state"],
        "proposer": shapes.party(row, "proposer"),
        "made_at": row["made_at"],
        "due_at": caller.settings.answer_by(row["made_at"]),
        "reason": details.get("reason"),
        "batch": {"id": row["batch_uuid"], "human_code": row["human_code"]} if row["batch_uuid"] else None,
        "manifest": {"id": row["manifest_uuid"], "number": row["number"]} if row["number"] else None,
        "corrects": _corrected(row),
        "grams": row["grams"],
        "change": None
        if change is None
        else {
            "carriers": [{"party": parties[leg[0]], "plate": leg[1], "what": leg[2]} for leg in change["legs"]],
            "receiver": parties[change["receiver"]] if change["receiver"] else None,
            "treatment": change["treatment"],
        },
        "answers": [
            {"party": shapes.party(answer, "party"), "answer": answer["answer"]} for answer in row["answers"] or ()
        ],
        "may": _may(caller, row),
    }


def _details(record: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(record)["details"]
    return found


def _corrected(row: Mapping[str, Any]) -> dict[str, Any] | None:
    """The fact whose figure is to be corrected, and the grams it first told for this batch."""
    if row["root"] is None:
        return None
    lines = (row["root_record"] or {}).get("lines", ())
    grams = next((line.get("grams") for line in lines if line["batch"] == str(row["batch_uuid"])), None)
    return {"fact": row["root"], "kind": row["root_kind"], "grams": grams}


def _may(caller: Caller, row: Mapping[str, Any]) -> list[str]:
    if row["state"] != "open" or caller.enterprise is None or caller.role not in ("handler", "manager"):
        return []
    if row["proposer_id"] == caller.enterprise:
        return ["withdraw"]
    asked = any(one["party_id"] == caller.enterprise and one["answer"] is None for one in row["answers"] or ())
    return ["consent", "decline"] if asked else []
