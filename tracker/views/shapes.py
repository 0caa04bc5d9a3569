"""The shapes every view shares: a party, a waste class, a place, a finding, as plain dictionaries."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tracker.problems import entry

#: Columns of an enterprise under a prefix, for a SELECT that joins several.
_PARTY = ("id", "uuid", "name_zh", "name_en", "uscc", "roles")

CLASS_COLUMNS = """c.code AS class_code, c.name_zh AS class_zh, c.name_en AS class_en, c.hazardous AS class_hazardous,
  c.properties AS class_properties, c.verified AND s.verified AS class_verified, s.scheme AS class_scheme,
  s.edition AS class_edition, s.stands_in AND s.stood_in_until IS NULL AS class_stands_in,
  s.superseded_by AS class_superseded_by, s.valid_to AS class_valid_to"""


def party_columns(alias: str, prefix: str) -> str:
    """``g.uuid AS generator_uuid, ...`` for ``party(row, "generator")``."""
    return ", ".join(f"{alias}.{name} AS {prefix}_{name}" for name in _PARTY)


def party(row: Mapping[str, Any], prefix: str) -> dict[str, Any] | None:
    """A party out of a joined row, or None where there is none."""
    if row[f"{prefix}_uuid"] is None:
        return None
    return {
        "id": row[f"{prefix}_uuid"],
        "number": row[f"{prefix}_id"],
        "name_zh": row[f"{prefix}_name_zh"],
        "name_en": row[f"{prefix}_name_en"],
        "uscc": row[f"{prefix}_uscc"],
        "roles": list(row[f"{prefix}_roles"]),
        "masked": False,
    }


#: A party somebody may know to exist, but not who it is.
MASKED: dict[str, Any] = {
    "id": None,
    "number": None,
    "name_zh": None,
    "name_en": None,
    "uscc": None,
    "roles": [],
    "masked": True,
}


def waste_class(row: Mapping[str, Any]) -> dict[str, Any] | None:
    """A waste class out of a joined row, with what a reader must know of its standing."""
    if row["class_code"] is None:
        return None
    notes = _notes(row)
    return {
        "scheme": row["class_scheme"],
        "edition": row["class_edition"],
        "code": row["class_code"],
        "name_zh": row["class_zh"],
        "name_en": row["class_en"],
        "hazardous": row["class_hazardous"],
        "properties": list(row["class_properties"] or ()),
        "verified": row["class_verified"],
        "note_zh": " ".join(zh for zh, _ in notes) or None,
        "note_en": " ".join(en for _, en in notes) or None,
    }


def _notes(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    shown = f"{row['class_scheme']}-{row['class_edition']}"
    notes = []
    if not row["class_verified"]:
        unverified = entry("class_unverified")
        params = {"code": f"{shown} {row['class_code']}"}
        notes.append((unverified.say("zh", params), unverified.say("en", params)))
    if row["class_stands_in"]:
        stands_in = entry("waste_edition_stands_in")
        params = {"scheme": shown, "last_day": row["class_valid_to"], "next": row["class_superseded_by"]}
        notes.append((stands_in.say("zh", params), stands_in.say("en", params)))
    return notes


def finding(row: Mapping[str, Any]) -> dict[str, Any]:
    """A finding in words. ``row`` has code, severity, evidence, batch_uuid, and id and answer where it is stored."""
    rule = entry(row["code"])
    evidence = dict(row["evidence"] or {})
    return {
        "id": row.get("id"),
        "code": row["code"],
        "severity": row["severity"],
        "zh": rule.say("zh", evidence),
        "en": rule.say("en", evidence),
        "law": rule.law,
        "evidence": evidence,
        "batch": row.get("batch_uuid"),
        "answer": row.get("answer"),
        "answered_at": row.get("answered_at"),
    }


def findings(rows: Iterable[Mapping[str, Any]] | None) -> list[dict[str, Any]]:
    return [finding(row) for row in rows or ()]


#: The hashes among those a fact names that have arrived, for a SELECT in which the fact is ``f``.
ARRIVED = """(SELECT jsonb_agg(encode(a.sha256, 'hex')) FROM evidence_named an
  JOIN evidence a ON a.park_id = an.park_id AND a.sha256 = an.sha256
  WHERE an.park_id = f.park_id AND an."index" = f."index")"""


def evidence(record: Mapping[str, Any], arrived: Sequence[str] | None) -> list[dict[str, Any]]:
    """What a record names, each piece with whether it has arrived."""
    here = set(arrived or ())
    return [dict(piece) | {"arrived": piece["sha256"] in here} for piece in record.get("evidence", ())]
