"""Reads what a trace shows: the batches reached, every fact that befell them, and who was involved. One statement each,
whatever the size of the chain."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from tracker.trace.attribution import Posted
from tracker.views import shapes

_BATCHES = text(f"""
SELECT b.*, {shapes.CLASS_COLUMNS}, p.uuid AS place_uuid, p.name_zh AS place_zh, p.name_en AS place_en,
  ST_X(p.point) AS longitude, ST_Y(p.point) AS latitude, p.enterprise_id AS place_enterprise,
  (SELECT l.human_code FROM label l WHERE l.park_id = b.park_id AND l.batch_uuid = b.uuid
     ORDER BY l.issued_at DESC LIMIT 1) AS human_code
FROM batch b
LEFT JOIN waste_class c ON c.id = b.class_id
LEFT JOIN waste_scheme s ON s.id = c.scheme_id
LEFT JOIN place p ON p.id = b.store_id
WHERE b.park_id = :park AND b.id = ANY (CAST(:batches AS bigint[]))
""")  # noqa: S608 - the parts are constants
#: A name is read only for those who may see it.
_FACTS = text(f"""
SELECT f."index" AS position, f.id, f.kind, f.verdict, f.winner, f.enterprise_id, f.manifest_uuid, m.number,
  f.observed_at, f.recorded_at, f.record, w.uuid AS person_uuid, CASE WHEN :names THEN w.name END AS person_name,
  o.postings, {shapes.ARRIVED} AS arrived,
  (SELECT jsonb_agg(to_jsonb(n) ORDER BY n.id) FROM finding n
     WHERE n.park_id = f.park_id AND n."index" = f."index") AS findings
FROM (SELECT counts_at AS "index",
        jsonb_agg(jsonb_build_array(batch_id, account, enterprise_id, grams) ORDER BY "index", line) AS postings
      FROM posting WHERE park_id = :park AND batch_id = ANY (CAST(:batches AS bigint[])) GROUP BY counts_at) o
JOIN fact f ON f.park_id = :park AND f."index" = o."index"
LEFT JOIN manifest m ON m.park_id = f.park_id AND m.uuid = f.manifest_uuid
LEFT JOIN person w ON w.id = f.person_id
ORDER BY f."index"
""")  # noqa: S608 - the parts are constants
_PARTIES = text(f"""
SELECT {shapes.party_columns("e", "party")},
  (SELECT jsonb_agg(jsonb_build_object('id', p.uuid, 'kind', p.kind, 'name_zh', p.name_zh, 'name_en', p.name_en,
     'longitude', ST_X(p.point), 'latitude', ST_Y(p.point)) ORDER BY p.id)
   FROM place p WHERE p.enterprise_id = e.id AND p.kind IN ('site', 'facility')) AS sites
FROM enterprise e WHERE e.id = ANY (:keys) OR e.uuid = ANY (:uuids) ORDER BY e.id
""")  # noqa: S608


@dataclass(frozen=True, slots=True)
class Told:
    """A fact of the log, with what it posted on the batches of the chain. ``record`` is what was told, as the log has
    it: building the dataclasses of ``facts`` for thousands of them would cost more than all the rest."""

    index: int
    id: UUID
    kind: str
    record: Mapping[str, Any]
    verdict: str
    winner: UUID | None
    enterprise: int | None
    manifest: UUID | None
    number: str | None
    observed_at: datetime
    recorded_at: datetime
    actor: UUID | None
    actor_name: str | None
    postings: tuple[Posted, ...]
    findings: Sequence[Mapping[str, Any]]
    arrived: Sequence[str]

    @property
    def details(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.record["details"]
        return found

    @property
    def treatment(self) -> str | None:
        return self.details["treatment"] if self.kind == "treated" else None

    @property
    def named(self) -> list[UUID]:
        """The enterprises it names beside the one that told it, as ``facts.enterprises_named`` would."""
        return [UUID(each) for each in _named(self.kind, self.details)]

    @property
    def batches(self) -> list[int]:
        """The keys of the chain's batches it befell, each once."""
        return list(dict.fromkeys(posted.batch for posted in self.postings))


@dataclass(frozen=True, slots=True)
class Parties:
    """Enterprises by key, in the shape of the API, their keys by id, and their sites for the map."""

    shown: Mapping[int, dict[str, Any]]
    keys: Mapping[UUID, int]
    sites: Mapping[int, Sequence[Mapping[str, Any]]]


def batches(connection: Connection, park: int, keys: Collection[int]) -> dict[int, Mapping[str, Any]]:
    """The rows of batches by key, with class, place and human code."""
    rows = connection.execute(_BATCHES, {"park": park, "batches": sorted(keys)}).mappings()
    return {row["id"]: dict(row) for row in rows}


def told(connection: Connection, park: int, keys: Collection[int], *, names: bool) -> list[Told]:
    """Every fact that befell any of these batches, in log order. ``names`` reads the names of the people too."""
    rows = connection.execute(_FACTS, {"park": park, "batches": sorted(keys), "names": names})
    return [_told(row) for row in rows]


def _told(row: Any) -> Told:
    position = row.position
    return Told(
        index=position,
        id=row.id,
        kind=row.kind,
        record=json.loads(row.record),
        verdict=row.verdict,
        winner=row.winner,
        enterprise=row.enterprise_id,
        manifest=row.manifest_uuid,
        number=row.number,
        observed_at=row.observed_at,
        recorded_at=row.recorded_at,
        actor=row.person_uuid,
        actor_name=row.person_name,
        postings=tuple([Posted(position, *posted) for posted in row.postings]),
        findings=row.findings or (),
        arrived=row.arrived or (),
    )


def _named(kind: str, details: Mapping[str, Any]) -> list[str]:
    if kind == "manifest_issued":
        carriers = [carrier["enterprise"] for carrier in details.get("carriers", ())]
        return [details["generator"], details["receiver"], *carriers]
    return [details["carrier"]] if kind in ("picked_up", "handed_over") and details.get("carrier") else []


def parties(connection: Connection, keys: Iterable[int], uuids: Iterable[UUID]) -> Parties:
    """The enterprises with these keys or ids."""
    given = {"keys": sorted(set(keys)), "uuids": sorted(set(uuids))}
    rows = connection.execute(_PARTIES, given).mappings().all()
    return Parties(
        shown={row["party_id"]: shapes.party(dict(row), "party") or {} for row in rows},
        keys={row["party_uuid"]: row["party_id"] for row in rows},
        sites={row["party_id"]: row["sites"] or () for row in rows},
    )
