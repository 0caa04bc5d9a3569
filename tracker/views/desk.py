"""What the desk works through: findings, alerts, facts that wait; and one box that finds anything."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from tracker.parties import Caller
from tracker.problems import Problem, entry
from tracker.views import manifests, shapes
from tracker.views.picking import BEYOND, Sought

_FINDINGS = """
SELECT n.*, f.id AS fact_id, f.kind AS fact_kind, f.observed_at, f.manifest_uuid, m.number AS manifest_number,
  {party}, b.uuid AS batch_id, l.human_code
FROM finding n
JOIN fact f ON f.park_id = n.park_id AND f."index" = n."index"
LEFT JOIN enterprise e ON e.id = f.enterprise_id
LEFT JOIN manifest m ON m.park_id = f.park_id AND m.uuid = f.manifest_uuid
LEFT JOIN batch b ON b.park_id = n.park_id AND b.uuid = n.batch_uuid
LEFT JOIN LATERAL (SELECT human_code FROM label
                   WHERE park_id = b.park_id AND batch_uuid = b.uuid ORDER BY issued_at DESC LIMIT 1) l ON true
"""
_ANSWER = text("""
UPDATE finding SET answered_at = :now, answered_by = :person, answer = :answer
WHERE park_id = :park AND id = :id AND answered_at IS NULL RETURNING id
""")
_ALERTS = """
SELECT a.*, {party}, coalesce(m.number, l.human_code, p.number, a.subject::text) AS title
FROM alert a
LEFT JOIN enterprise e ON e.id = a.enterprise_id
LEFT JOIN permit p ON a.subject_kind = 'permit' AND p.uuid = a.subject
LEFT JOIN manifest m ON a.subject_kind = 'manifest' AND m.park_id = a.park_id AND m.uuid = a.subject
LEFT JOIN LATERAL (SELECT human_code FROM label WHERE a.subject_kind = 'batch' AND park_id = a.park_id
                   AND batch_uuid = a.subject ORDER BY issued_at DESC LIMIT 1) l ON true
"""
_SEARCH = {
    "batch": """
SELECT b.uuid AS id, l.human_code AS title_zh, l.human_code AS title_en,
  coalesce(c.code || ' ' || coalesce(c.name_zh, c.name_en), b.raw_class) || ' · ' || g.name_zh AS subtitle_zh,
  coalesce(c.code || ' ' || coalesce(c.name_en, c.name_zh), b.raw_class) || ' · ' || coalesce(g.name_en, g.name_zh)
    AS subtitle_en
FROM label l JOIN batch b ON b.park_id = l.park_id AND b.uuid = l.batch_uuid
JOIN enterprise g ON g.id = b.generator_id LEFT JOIN waste_class c ON c.id = b.class_id
WHERE l.park_id = :park AND (l.batch_uuid = :uuid OR (l.human_code ~>=~ :code AND l.human_code ~<~ :beyond))
  AND (:all OR b.generator_id = :me OR b.holder_id = :me)
ORDER BY l.issued_at DESC LIMIT :limit""",
    "enterprise": """
SELECT e.uuid AS id, e.name_zh AS title_zh, coalesce(e.name_en, e.name_zh) AS title_en, e.uscc AS subtitle_zh,
  e.uscc AS subtitle_en
FROM enterprise e WHERE e.registered AND (e.name_zh ILIKE :like OR e.name_en ILIKE :like OR e.uscc = upper(:exact))
ORDER BY e.id LIMIT :limit""",
}
_WAITING = text("""
SELECT w.fact_id AS id, w.awaits, w.told->>'kind' AS kind, w.came_at, e.name_zh, e.name_en
FROM waiting w JOIN enterprise e ON e.id = w.enterprise_id
WHERE w.park_id = :park AND (:all OR w.enterprise_id = :me) ORDER BY w.came_at LIMIT :limit
""")


def findings(
    connection: Connection,
    caller: Caller,
    *,
    still_open: bool | None = True,
    severity: str | None = None,
    code: str | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[dict[str, Any]]:
    """Findings on facts of the caller's enterprise, or held against its batches (regulators: all), newest first."""
    where = ["n.park_id = :park"]
    params: dict[str, Any] = {"park": caller.park, "limit": limit}
    if still_open is not None:
        where.append("n.answered_at IS NULL" if still_open else "n.answered_at IS NOT NULL")
    for column, value in (("severity", severity), ("code", code)):
        if value:
            where.append(f"n.{column} = :{column}")
            params[column] = value
    if before is not None:
        where.append("n.id < :before")
        params["before"] = before
    if not caller.sees_all:
        where.append("(f.enterprise_id = :me OR b.holder_id = :me OR b.generator_id = :me)")
        params["me"] = caller.enterprise
    select = _FINDINGS.format(party=shapes.party_columns("e", "teller"))
    statement = text(f"{select} WHERE {' AND '.join(where)} ORDER BY n.id DESC LIMIT :limit")
    return [_finding(dict(row)) for row in connection.execute(statement, params).mappings()]


def _finding(row: Mapping[str, Any]) -> dict[str, Any]:
    return shapes.finding(row) | {
        "key": row["id"],
        "fact": row["fact_id"],
        "fact_kind": row["fact_kind"],
        "observed_at": row["observed_at"],
        "enterprise": shapes.party(row, "teller"),
        "manifest": row["manifest_uuid"],
        "manifest_number": row["manifest_number"],
        "human_code": row["human_code"],
    }


def answer(connection: Connection, caller: Caller, finding: int, words: str, now: datetime) -> dict[str, Any]:
    """Close a finding with an answer. ``Problem`` not_found where it is not open or not the caller's to answer."""
    mine = findings(connection, caller, before=finding + 1, limit=1)
    if not mine or mine[0]["id"] != finding:
        raise Problem("not_found", what=str(finding))
    connection.execute(
        _ANSWER, {"park": caller.park, "id": finding, "person": caller.person, "answer": words, "now": now}
    )
    return mine[0] | {"answer": words, "answered_at": now}


def alerts(
    connection: Connection, caller: Caller, *, still_open: bool = True, before: int | None = None, limit: int = 50
) -> list[dict[str, Any]]:
    """Deadlines that passed: all of the park's for regulators, one's own for an enterprise."""
    where = ["a.park_id = :park", "a.settled_at IS NULL" if still_open else "true"]
    params: dict[str, Any] = {"park": caller.park, "limit": limit}
    if before is not None:
        where.append("a.id < :before")
        params["before"] = before
    if not caller.sees_all:
        where.append("a.enterprise_id = :me")
        params["me"] = caller.enterprise
    select = _ALERTS.format(party=shapes.party_columns("e", "about"))
    statement = text(f"{select} WHERE {' AND '.join(where)} ORDER BY a.id DESC LIMIT :limit")
    return [_alert(dict(row)) for row in connection.execute(statement, params).mappings()]


def _alert(row: Mapping[str, Any]) -> dict[str, Any]:
    rule = entry(row["code"])
    params = dict(row["params"])
    return {
        "key": row["id"],
        "id": row["id"],
        "code": row["code"],
        "severity": row["severity"],
        "zh": rule.say("zh", params),
        "en": rule.say("en", params),
        "law": rule.law,
        "subject": {"kind": row["subject_kind"], "id": row["subject"], "title": row["title"]},
        "enterprise": shapes.party(row, "about"),
        "raised_at": row["raised_at"],
        "settled_at": row["settled_at"],
    }


def waiting(connection: Connection, caller: Caller, limit: int = 200) -> list[dict[str, Any]]:
    """Facts that wait for an earlier one, longest first."""
    given = {"park": caller.park, "all": caller.sees_all, "me": caller.enterprise or 0, "limit": limit}
    return [dict(row) for row in connection.execute(_WAITING, given).mappings()]


def search(connection: Connection, caller: Caller, sought: Sought, limit: int = 10) -> list[dict[str, Any]]:
    """Anything that looks like what was typed: a manifest, a batch, an enterprise. Best kind first."""
    typed = sought.name
    if not typed:
        return []
    given = {
        "park": caller.park,
        "like": "%" + typed.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%",
        "exact": typed.lower(),
        "uuid": sought.uuid,
        # Nothing is below the beginning of what was not typed.
        "code": sought.code or "",
        "beyond": sought.code + BEYOND if sought.code else "",
        "all": caller.sees_all,
        "me": caller.enterprise or 0,
        "limit": limit,
    }
    # Manifests by their numbers and codes: those of an enterprise are a step behind it.
    found = [{"kind": "manifest"} | row for row in manifests.titles(connection, caller, sought, limit)]
    for kind, statement in _SEARCH.items():
        found += [{"kind": kind} | dict(row) for row in connection.execute(text(statement), given).mappings()]
    return found


def summary(connection: Connection, caller: Caller) -> dict[str, int]:
    """How much needs somebody's eye now."""
    row = connection.execute(
        text("""
SELECT (SELECT count(*) FROM alert a WHERE a.park_id = :park AND a.settled_at IS NULL
          AND (:all OR a.enterprise_id = :me)) AS alerts,
       (SELECT count(*) FROM finding n JOIN fact f ON f.park_id = n.park_id AND f."index" = n."index"
          WHERE n.park_id = :park AND n.answered_at IS NULL AND (:all OR f.enterprise_id = :me)) AS findings,
       (SELECT count(*) FROM waiting w WHERE w.park_id = :park AND (:all OR w.enterprise_id = :me)) AS waiting"""),
        {"park": caller.park, "all": caller.sees_all, "me": caller.enterprise or 0},
    ).one()
    return {"alerts": row.alerts, "findings": row.findings, "waiting": row.waiting}
