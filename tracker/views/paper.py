"""All that a printed manifest says: the manifest as its reader sees it, and beside it what only paper shows at once:
legs that lapsed and stores on the way, signatures, corrections with both figures, and where in the log it stands."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from tracker.parties import Caller
from tracker.views import batches, manifests, shapes

_HEAD = text("""
SELECT m.filing, m.sheet, r.number AS returns_number, p.name_zh AS park_zh, p.name_en AS park_en,
  (SELECT jsonb_agg(jsonb_build_array(c.leg, c.what, c.lapsed)) FROM manifest_carrier c
   WHERE c.park_id = m.park_id AND c.manifest_id = m.id) AS legs,
  (SELECT jsonb_object_agg(b.uuid, l.part_of) FROM manifest_line l
   JOIN batch b ON b.park_id = l.park_id AND b.id = l.batch_id
   WHERE l.park_id = m.park_id AND l.manifest_id = m.id AND l.part_of IS NOT NULL) AS parts
FROM manifest m JOIN park p ON p.id = m.park_id
LEFT JOIN manifest r ON r.park_id = m.park_id AND r.uuid = m.returns_uuid
WHERE m.park_id = :park AND m.uuid = :manifest
""")
#: Facts of this manifest, and corrections of what was generated or told on it.
_TOLD = text(f"""
SELECT f."index" AS position, f.id, f.kind, f.verdict, f.observed_at, f.recorded_at, f.record, f.leaf,
  f.enterprise_id, {shapes.party_columns("e", "party")}, q.name AS person, v.content AS private,
  s.side, s.method, s.enterprise_id AS signer_id, {shapes.party_columns("g", "signer")},
  c.record AS corrected, o.state AS proposal
FROM fact f
LEFT JOIN enterprise e ON e.id = f.enterprise_id
LEFT JOIN person q ON q.id = f.person_id
LEFT JOIN fact_private v ON v.park_id = f.park_id AND v.fact_id = f.id
LEFT JOIN manifest_signature s ON s.park_id = f.park_id AND s."index" = f."index"
LEFT JOIN enterprise g ON g.id = s.enterprise_id
LEFT JOIN fact c ON c.park_id = f.park_id AND c.id = f.corrects
LEFT JOIN proposal o ON o.park_id = f.park_id AND o.uuid = f.id
WHERE f.park_id = :park AND f."index" = ANY (ARRAY(
    SELECT t."index" FROM fact t WHERE t.park_id = :park AND t.manifest_uuid = :manifest
    UNION
    SELECT x."index" FROM fact x JOIN fact y ON y.park_id = x.park_id AND y.id = x.corrects
    WHERE x.park_id = :park AND x.kind = 'corrected' AND (y.manifest_uuid = :manifest OR y.kind = 'generated')
      AND x."index" IN (SELECT p."index" FROM posting p WHERE p.park_id = :park AND p.batch_id = ANY (:batches))))
ORDER BY f."index"
""")  # noqa: S608 - the parts are constants
_KEYS = text("SELECT uuid, id FROM batch WHERE park_id = :park AND uuid = ANY (:uuids)")
_PARTIES = text("SELECT id, uuid, name_zh, name_en, uscc, roles FROM enterprise WHERE uuid = ANY (:uuids)")
_FINDINGS = text("""
SELECT n.*, f.kind FROM finding n JOIN fact f ON f.park_id = n.park_id AND f."index" = n."index"
WHERE f.park_id = :park AND f.manifest_uuid = :manifest ORDER BY n.id
""")


def paper(connection: Connection, caller: Caller, what: str) -> dict[str, Any]:
    """The manifest ``what`` (id or number) in the shape of ``views.manifests.one``, with ``park``, ``returns_number``,
    ``sheet``, ``filing``, ``signatures``, ``corrections``, ``history``, ``proof`` and every finding, answered or not.
    ``Problem`` not_found."""
    shown = manifests.one(connection, caller, what)
    asked = {"park": caller.park, "manifest": shown["id"]}
    head = connection.execute(_HEAD, asked).mappings().one()
    kinds = {leg: (what_, lapsed) for leg, what_, lapsed in head["legs"] or ()}
    for leg in shown["carriers"]:
        leg["what"], leg["lapsed"] = kinds[leg["leg"]]
    for line in shown["lines"]:
        line["part_of"] = (head["parts"] or {}).get(str(line["batch"]["id"]))
    keys = _keys(connection, caller, [line["batch"]["id"] for line in shown["lines"]])
    told = [dict(row) for row in connection.execute(_TOLD, asked | {"batches": list(keys.values())}).mappings()]
    if shown["state"] == "draft" and shown["draft"]:
        _plan(connection, caller, shown)
    findings = connection.execute(_FINDINGS, asked).mappings()
    codes = {str(line["batch"]["id"]): line["batch"]["human_code"] for line in shown["lines"]}
    return shown | {
        "park": {"name_zh": head["park_zh"], "name_en": head["park_en"]},
        "returns_number": head["returns_number"],
        "sheet": head["sheet"],
        "filing": head["filing"],
        "received_at": next((row["observed_at"] for row in told if row["kind"] == "received"), None),
        "scales": _scales(told),
        "signatures": [_signature(caller, row) for row in told if row["side"]],
        "corrections": [one for row in told if row["kind"] == "corrected" for one in _corrections(caller, row, codes)],
        "findings": shapes.findings([dict(row) for row in findings]),
        "proof": _proof(told),
    }


def _keys(connection: Connection, caller: Caller, uuids: Sequence[UUID]) -> dict[UUID, int]:
    rows = connection.execute(_KEYS, {"park": caller.park, "uuids": list(uuids)})
    return {row.uuid: row.id for row in rows}


def _plan(connection: Connection, caller: Caller, shown: dict[str, Any]) -> None:
    """A draft holds only ids: its batches and carriers as they stand now, so that what is printed can be read."""
    plan = shown["draft"]
    keys = _keys(connection, caller, [UUID(one["batch"]) for one in plan["batches"]])
    known = {one["id"]: one for one in batches.many(connection, caller, list(keys.values()))}
    # A plan may name what somebody else holds; whoever wrote it learns nothing of that here.
    mine = {uuid: one for uuid, one in known.items() if one["holder"]["number"] == caller.enterprise}
    shown["lines"] = [
        {
            "batch": mine[UUID(one["batch"])],
            "planned_grams": one.get("grams") or mine[UUID(one["batch"])]["grams"],
            "loaded_grams": None,
            "accepted_grams": None,
            "refused_grams": None,
            "outcome": "planned",
            "part_of": None,
        }
        for one in plan["batches"]
        if UUID(one["batch"]) in mine
    ]
    named = [UUID(one["enterprise"]) for one in plan["carriers"] if one.get("enterprise")]
    rows = {row["uuid"]: dict(row) for row in connection.execute(_PARTIES, {"uuids": named}).mappings()}
    shown["carriers"] = [
        {
            "leg": at,
            "party": _party(rows.get(UUID(one["enterprise"]))) if one.get("enterprise") else _typed(one),
            "plate": one.get("plate"),
            "took_over_at": None,
            "what": "carrier",
            "lapsed": False,
        }
        for at, one in enumerate(plan["carriers"], start=1)
    ]


def _party(row: Mapping[str, Any] | None) -> dict[str, Any]:
    if row is None:
        return dict(shapes.MASKED)
    return {name: row[name] for name in ("name_zh", "name_en", "uscc")} | {"id": row["uuid"], "masked": False}


def _typed(one: Mapping[str, Any]) -> dict[str, Any]:
    return dict(shapes.MASKED) | {"name_zh": one.get("name"), "masked": False}


def _sees_names(caller: Caller, enterprise: int | None) -> bool:
    """Regulators see who signed; an enterprise sees its own people."""
    return caller.role == "regulator" or (enterprise is not None and enterprise == caller.enterprise)


def _signature(caller: Caller, row: Mapping[str, Any]) -> dict[str, Any]:
    """Ink on paper is the name that was written; else it is whoever told the fact."""
    own = _sees_names(caller, row["signer_id"]) or _sees_names(caller, row["enterprise_id"])
    name = (row["private"] or {}).get("name") if row["method"] == "paper" else row["person"]
    return {
        "side": row["side"],
        "party": shapes.party(row, "signer"),
        "method": row["method"],
        "name": name if own else None,
        "at": row["observed_at"],
        "index": row["position"],
    }


def _corrections(caller: Caller, row: Mapping[str, Any], codes: Mapping[str, str | None]) -> Iterable[dict[str, Any]]:
    """A corrected figure beside the one it stands for, in grams; None where the corrected fact named none."""
    record, corrected = json.loads(row["record"]), json.loads(row["corrected"] or "{}")
    before = {line["batch"]: line.get("grams") for line in corrected.get("lines", ())}
    for line in record.get("lines", ()):
        if line["batch"] in codes:
            yield {
                "human_code": codes[line["batch"]],
                "kind": corrected.get("kind"),
                "before": before.get(line["batch"]),
                "after": record["details"]["grams"],
                "reason": record["details"]["reason"],
                "state": row["proposal"] or "agreed",
                "party": shapes.party(row, "party"),
                "name": row["person"] if _sees_names(caller, row["enterprise_id"]) else None,
                "at": row["observed_at"],
            }


def _scales(told: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], bool]:
    """Whether a batch's figure was weighed at pickup and at receipt: by batch id and kind of fact."""
    found: dict[tuple[str, str], bool] = {}
    for row in told:
        if row["kind"] in ("manifest_issued", "picked_up", "received"):
            for line in json.loads(row["record"]).get("lines", ()):
                if line.get("grams") is not None:
                    found[line["batch"], row["kind"]] = bool(line.get("measured"))
    return found


def _proof(told: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    if not told:
        return None
    last = told[-1]
    return {"index": last["position"], "leaf": bytes(last["leaf"]).hex(), "fact": last["id"], "kind": last["kind"]}
