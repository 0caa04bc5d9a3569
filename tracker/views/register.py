"""The register as people see it: enterprises, permits, places, the park."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from tracker import parties, permits
from tracker.parties import Caller
from tracker.views import shapes

PLACES_MAX = 2_000
#: The greatest key an enterprise can have; a cursor that says more means the end of the list.
_KEY_MAX = 2**31 - 1

_PLACES = f"""
SELECT p.*, ST_X(p.point) AS longitude, ST_Y(p.point) AS latitude, {shapes.party_columns("e", "owner")},
  CASE WHEN p.kind = 'store' AND (:all OR p.enterprise_id = :me) THEN coalesce((SELECT sum(b.grams) FROM batch b
    WHERE b.park_id = :park AND b.store_id = p.id), 0)::bigint END AS held_grams
FROM place p JOIN enterprise e ON e.id = p.enterprise_id
"""  # noqa: S608
_NAMED = text(
    f"SELECT {shapes.party_columns('e', 'party')} FROM enterprise e WHERE e.uuid = ANY (CAST(:uuids AS uuid[]))"  # noqa: S608
)
_PARK = text("SELECT p.*, ST_AsGeoJSON(p.boundary)::jsonb AS outline FROM park p WHERE p.id = :park")


def enterprises(
    connection: Connection, query: str, role: str | None, *, after: int, limit: int
) -> list[dict[str, Any]]:
    """Registered enterprises in the order they were registered, after the key ``after``."""
    return [
        _enterprise(row) | {"key": row["id"]}
        for row in parties.find(connection, query, role, min(after, _KEY_MAX), limit)
    ]


def enterprise(connection: Connection, uuid: UUID, year: int) -> dict[str, Any]:
    """One enterprise with its permits. ``Problem`` not_found."""
    row = parties.of_uuid(connection, uuid)
    return _enterprise(row) | {"permits": permits.of_enterprise(connection, row["id"], year)}


def parties_of(connection: Connection, uuids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The enterprises of these ids in the shape every view shows a party in, by id."""
    rows = connection.execute(_NAMED, {"uuids": list(uuids)}).mappings()
    return {str(row["party_uuid"]): shapes.party(dict(row), "party") or {} for row in rows}


def _enterprise(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": row["uuid"],
        "number": row["id"],
        "name_zh": row["name_zh"],
        "name_en": row["name_en"],
        "uscc": row["uscc"],
        "roles": list(row["roles"]),
        "masked": False,
        "industry": row["industry"],
        "division": row["division"],
        "registered": row["registered"],
    }


def places(
    connection: Connection, caller: Caller, enterprise_uuid: UUID | None, kind: str | None
) -> list[dict[str, Any]]:
    """Places, of one enterprise or of all, of one kind or of every."""
    where, given = ["true"], {
        "all": caller.sees_all, "me": caller.enterprise or 0, "park": caller.park, "limit": PLACES_MAX,
    }  # fmt: skip
    if enterprise_uuid:
        where.append("e.uuid = :enterprise")
        given["enterprise"] = enterprise_uuid  # type: ignore[assignment]
    if kind:
        where.append("p.kind = :kind")
        given["kind"] = kind  # type: ignore[assignment]
    rows = connection.execute(text(f"{_PLACES} WHERE {' AND '.join(where)} ORDER BY p.id LIMIT :limit"), given)
    return [
        {
            "id": row["uuid"],
            "name_zh": row["name_zh"],
            "name_en": row["name_en"],
            "longitude": row["longitude"],
            "latitude": row["latitude"],
            "kind": row["kind"],
            "enterprise": shapes.party(dict(row), "owner"),
            "capacity_grams": row["capacity_grams"],
            "limit_days": row["limit_days"],
            "held_grams": row["held_grams"],
        }
        for row in rows.mappings()
    ]


def park(connection: Connection, caller: Caller) -> dict[str, Any]:
    """The caller's park."""
    row = connection.execute(_PARK, {"park": caller.park}).mappings().one()
    return {
        "id": row["uuid"],
        "number": row["id"],
        "code": row["code"],
        "name_zh": row["name_zh"],
        "name_en": row["name_en"],
        "boundary": row["outline"],
        "settings": asdict(caller.settings),
    }
