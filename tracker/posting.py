"""Writes what a run of facts did: the log, the postings, the edges, the findings and the current state, each by one
statement however many facts there are. Nothing but ``ledger`` calls this."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Table, TextClause, text

from tracker import booking, facts
from tracker.consents import consents
from tracker.loading import Shelf
from tracker.problems import Finding, Problem
from tracker.store import as_json, insert_rows, recordset, table, write_rows
from tracker.tables.batches import Batch, Manifest, ManifestCarrier, ManifestLine
from tracker.tables.evidence import EvidenceNamed
from tracker.tables.facts import Edge, FactRow, FindingRow, Posting, Private, TurnedAway

#: Rows for a table; and rows for a table with the key they are found by.
_Fresh = tuple[Table, list[dict[str, Any]]]
_Changed = tuple[Table, tuple[str, ...], list[dict[str, Any]]]
_POSTING = ("park_id", "index", "line", "batch_id", "account", "enterprise_id", "class_id", "grams", "counts_at")


@dataclass(slots=True)
class Written:
    """One fact ready for the log: its canonical record, its leaf hash, and what it did."""

    fact: facts.Fact
    booked: booking.Booked
    findings: Sequence[Finding]
    person: int | None
    enterprise: int | None
    recorded_at: datetime
    digest: bytes
    record: str
    leaf: bytes
    salt: bytes | None


def take_head(
    connection: Connection, park: int, booked: Sequence[booking.Booked], series: str | None = None
) -> tuple[int, int | None]:
    """The index of the first of these new facts, and the next serial of ``series`` where one is wanted. Holds the
    park's log until the transaction ends, so log order is commit order and nobody who reads by index ever skips one;
    the serial as long, so that one who fails gives it back. What the receivers' permits have promised and used is
    written before the series, and the series before the head: everybody locks them in this order."""
    rows = uses(booked)
    given: dict[str, Any] = {"park": park, "count": len(booked)}
    given |= ({"rows": as_json(rows)} if rows else {}) | ({"series": series} if series else {})
    row = connection.execute(_HEADS[bool(rows), bool(series)], given).one()
    return int(row.base), row.serial


def write(connection: Connection, park: int, shelf: Shelf, written: Sequence[Written], base: int) -> None:
    """Everything a run of facts did."""
    born: dict[UUID, booking.Batch] = {}
    touched: dict[UUID, booking.Batch] = {}
    for one in written:
        born |= one.booked.born
        touched |= one.booked.touched
    known = [batch for uuid, batch in touched.items() if uuid not in born]
    postings = [row for at, one in enumerate(written) for row in _postings(park, one, base + at, base)]
    fresh, changed = _paper(park, written)
    inserts: list[_Fresh] = [
        (table(Batch), [_batch(park, shelf, batch, base, new=True) for batch in born.values()]),
        (table(FactRow), [_fact(park, one, base + at) for at, one in enumerate(written)]),
        (table(Private), [_private(park, one) for one in written if one.salt is not None]),
        (table(Edge), [row for at, one in enumerate(written) for row in _edges(park, one, base + at, base)]),
        (table(FindingRow), [row for at, one in enumerate(written) for row in _findings(park, one, base + at)]),
        (table(EvidenceNamed), [row for at, one in enumerate(written) for row in _evidence(park, one, base + at)]),
        *fresh,
    ]
    touched_rows = [_batch(park, shelf, batch, base, new=False) for batch in known]
    # One statement: the head of the log is held meanwhile, and nobody else writes until it is let go.
    write_rows(
        connection,
        inserts,
        [(table(Batch), ("park_id", "id"), touched_rows), *changed],
        also=_POST if postings else "",
        given={"rows": as_json(postings)} if postings else {},
    )
    consents(connection, park, [one.booked for one in written], base, written[-1].recorded_at)


def _batch(park: int, shelf: Shelf, batch: booking.Batch, base: int, *, new: bool) -> dict[str, Any]:
    row = {
        "park_id": park,
        "id": batch.key,
        "class_id": batch.class_id,
        "raw_class": batch.raw_class,
        "holder_id": batch.holder,
        "state": batch.state,
        "free_state": batch.free_state,
        "grams": batch.grams,
        "grams_at_start": batch.grams_at_start,
        "measured": batch.measured,
        "store_id": batch.store,
        "manifest_id": shelf.books.manifests[batch.manifest].key if batch.manifest else None,
        "came_by_id": shelf.books.manifests[batch.came_by].key if batch.came_by else None,
        "mass_fact": batch.mass_fact,
        "held_since": batch.held_since,
        "last_fact": batch.last_fact,
        # Booked under its place in this run; its index in the log is known only now.
        "last_index": base + batch.last_index,
        "last_observed_at": batch.last_observed_at,
    }
    if new:
        row |= {
            "uuid": batch.uuid,
            "generator_id": batch.generator,
            "form": batch.form,
            "container": batch.container,
            "process": batch.process,
            "generated_at": batch.generated_at,
        }
    return row


def _fact(park: int, one: Written, index: int) -> dict[str, Any]:
    fact, place = one.fact, one.fact.place
    return {
        "park_id": park,
        "index": index,
        "id": fact.id,
        "kind": fact.KIND,
        "verdict": one.booked.verdict,
        "person_id": one.person,
        "enterprise_id": one.enterprise,
        "manifest_uuid": fact.manifest or one.booked.filed or next(iter(one.booked.manifests), None),
        "winner": one.booked.winner,
        "corrects": fact.corrects if isinstance(fact, facts.Corrected) else None,
        "observed_at": fact.observed_at.astimezone(UTC),
        "recorded_at": one.recorded_at,
        "place": f"SRID=4326;POINT({place.longitude} {place.latitude})" if place else None,
        "digest": one.digest,
        "record": one.record,
        "leaf": one.leaf,
    }


def _private(park: int, one: Written) -> dict[str, Any]:
    return {"park_id": park, "fact_id": one.fact.id, "salt": one.salt, "content": dict(one.fact.private or {})}


def _counts_at(amends: int | None, index: int, base: int) -> int:
    """The index a posting or edge counts at; facts of the same run are marked by their place in it, below zero."""
    if amends is None:
        return index
    return amends if amends >= 0 else base - 1 - amends


def _postings(park: int, one: Written, index: int, base: int) -> Iterable[dict[str, Any]]:
    for line, posted in enumerate(one.booked.postings):
        yield {
            "park_id": park,
            "index": index,
            "line": line,
            "batch_id": posted.batch.key,
            "account": posted.account,
            "enterprise_id": posted.enterprise,
            "class_id": posted.batch.class_id,
            "grams": posted.grams,
            "counts_at": _counts_at(posted.amends, index, base),
        }


def _edges(park: int, one: Written, index: int, base: int) -> Iterable[dict[str, Any]]:
    sums: dict[tuple[int, int, int], int] = {}
    for edge in one.booked.edges:
        key = (edge.parent.key, edge.child.key, _counts_at(edge.amends, index, base))
        sums[key] = sums.get(key, 0) + edge.grams
    for (parent, child, counts_at), grams in sums.items():
        yield {
            "park_id": park,
            "parent": parent,
            "child": child,
            "index": index,
            "grams": grams,
            "counts_at": counts_at,
        }


def _findings(park: int, one: Written, index: int) -> Iterable[dict[str, Any]]:
    for finding in one.findings:
        yield {
            "park_id": park,
            "index": index,
            "batch_uuid": finding.batch,
            "code": finding.code,
            "severity": finding.severity,
            "evidence": dict(finding.evidence),
        }


def _evidence(park: int, one: Written, index: int) -> Iterable[dict[str, Any]]:
    # A fact may name the same photo twice, as two things; it is still one photo that has to arrive.
    for sha256 in dict.fromkeys(piece.sha256 for piece in one.fact.evidence):
        yield {"park_id": park, "index": index, "sha256": bytes.fromhex(sha256)}


#: Postings, and the running sums that follow from them, within one statement.
_POST = f"""
posted AS (
    INSERT INTO posting (park_id, "index", line, batch_id, account, enterprise_id, class_id, grams, counts_at)
    SELECT park_id, "index", line, batch_id, account, enterprise_id, class_id, grams, counts_at
    FROM {recordset(table(Posting), _POSTING)} RETURNING *),
balanced AS (INSERT INTO balance (park_id, enterprise_id, class_id, account, grams)
SELECT park_id, enterprise_id, coalesce(class_id, 0), account, sum(grams) FROM posted
GROUP BY 1, 2, 3, 4 HAVING sum(grams) <> 0 ORDER BY 1, 2, 3, 4
ON CONFLICT (park_id, enterprise_id, class_id, account) DO UPDATE SET grams = balance.grams + excluded.grams)
"""  # noqa: S608 - names of our own columns


def _paper(park: int, written: Sequence[Written]) -> tuple[list[_Fresh], list[_Changed]]:
    """Rows of the manifests these facts changed, new ones and others, and of their lines those whose batch was
    touched."""
    changed: dict[UUID, booking.Manifest] = {}
    issued: set[int] = set()
    driven: set[UUID] = set()
    lines: dict[tuple[int, int], dict[str, Any]] = {}
    new_lines: set[tuple[int, int]] = set()
    new_legs: set[tuple[int, int]] = set()
    for one in written:
        changed |= one.booked.manifests
        driven |= one.booked.driven
        for manifest in one.booked.manifests.values():
            if isinstance(one.fact, facts.ManifestIssued) and one.fact.manifest == manifest.uuid:
                issued.add(manifest.key)
                driven.add(manifest.uuid)
            for uuid, batch in (one.booked.touched | one.booked.born).items():
                if uuid in manifest.lines:
                    lines[manifest.key, batch.key] = _line(park, manifest, manifest.lines[uuid], batch)
                    if manifest.key in issued or (manifest.uuid, uuid) in one.booked.new_lines:
                        new_lines.add((manifest.key, batch.key))
        new_legs |= {(changed[uuid].key, leg) for uuid, leg in one.booked.new_legs}
    legs = {(row["manifest_id"], row["leg"]): row for uuid in driven for row in _legs(park, changed[uuid])}
    new_legs |= {at for at in legs if at[0] in issued}
    fresh = [
        (table(ManifestLine), [row for at, row in lines.items() if at in new_lines]),
        (table(ManifestCarrier), [row for at, row in legs.items() if at in new_legs]),
    ]
    old_lines = [row for at, row in lines.items() if at not in new_lines]
    old_legs = [row for at, row in legs.items() if at not in new_legs]
    return fresh, [
        (table(Manifest), ("park_id", "id"), [_manifest(park, manifest) for manifest in changed.values()]),
        (table(ManifestLine), ("park_id", "manifest_id", "batch_id"), old_lines),
        (table(ManifestCarrier), ("park_id", "manifest_id", "leg"), old_legs),
    ]


def _manifest(park: int, manifest: booking.Manifest) -> dict[str, Any]:
    return {
        "park_id": park,
        "id": manifest.key,
        "number": manifest.number,
        "state": manifest.state,
        "hazardous": manifest.hazardous,
        "generator_id": manifest.generator,
        "receiver_id": manifest.receiver,
        "treatment": manifest.treatment,
        "permit_uuid": manifest.permit,
        "issued_at": manifest.issued_at,
        "returns_uuid": manifest.returns,
        "filing": manifest.filing,
        "sheet": manifest.sheet,
    }


def _legs(park: int, manifest: booking.Manifest) -> Iterable[dict[str, Any]]:
    for number, leg in enumerate(manifest.legs, start=1):
        yield {
            "park_id": park,
            "manifest_id": manifest.key,
            "leg": number,
            "enterprise_id": leg.enterprise,
            "plate": leg.plate,
            "took_over_at": leg.took_over_at,
            "what": leg.what,
            "lapsed": leg.lapsed,
        }


def _line(park: int, manifest: booking.Manifest, line: booking.Line, batch: booking.Batch) -> dict[str, Any]:
    return {
        "park_id": park,
        "manifest_id": manifest.key,
        "batch_id": batch.key,
        "planned_grams": line.planned_grams,
        "loaded_grams": line.loaded_grams,
        "accepted_grams": line.accepted_grams,
        "refused_grams": line.refused_grams,
        "outcome": line.outcome,
        "finished": line.finished,
        "pickup_fact": line.pickup_fact,
        "pickup_enterprise_id": line.pickup_enterprise,
        "part_of": line.part_of,
    }


_USES = """
used AS (INSERT INTO permit_year (permit_uuid, year, reserved_grams, used_grams)
SELECT r.permit_uuid, r.year, r.reserved_grams, r.used_grams
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(permit_uuid uuid, year int, reserved_grams bigint, used_grams bigint)
ORDER BY r.permit_uuid, r.year
ON CONFLICT (permit_uuid, year) DO UPDATE SET reserved_grams = permit_year.reserved_grams + excluded.reserved_grams,
  used_grams = permit_year.used_grams + excluded.used_grams RETURNING 1)"""
_SERIAL = """
drawn AS (INSERT INTO number_series (park_id, series, last) SELECT :park, :series, 1{behind}
ON CONFLICT (park_id, series) DO UPDATE SET last = number_series.last + 1 RETURNING last)"""


def _head(*, with_uses: bool, with_serial: bool) -> TextClause:
    # Counting the rows of one part makes the next wait for its locks.
    used = " WHERE (SELECT count(*) FROM used) > 0" if with_uses else ""
    drawn = " AND (SELECT count(*) FROM drawn) > 0" if with_serial else used.replace("WHERE", "AND")
    parts = [_USES] * with_uses + [_SERIAL.format(behind=used)] * with_serial
    serial = "(SELECT last FROM drawn)" if with_serial else "NULL::bigint"
    first = f"WITH {','.join(parts)} " if parts else ""
    return text(
        f"{first}UPDATE log_head SET size = size + :count WHERE park_id = :park{drawn}"  # noqa: S608 - constants of this file
        f" RETURNING size - :count AS base, {serial} AS serial"
    )


_HEADS = {
    (uses, serial): _head(with_uses=uses, with_serial=serial) for uses in (False, True) for serial in (False, True)
}


def uses(booked: Sequence[booking.Booked]) -> list[dict[str, Any]]:
    """What the receivers' permits have promised and used, summed by permit and year."""
    sums: dict[tuple[UUID, int], tuple[int, int]] = {}
    for one in booked:
        for use in one.uses:
            reserved, used = sums.get((use.permit, use.year), (0, 0))
            sums[use.permit, use.year] = (reserved + use.reserved, used + use.used)
    return [
        {"permit_uuid": str(permit), "year": year, "reserved_grams": reserved, "used_grams": used}
        for (permit, year), (reserved, used) in sums.items()
    ]


def turned_away(
    connection: Connection, park: int, person: int, fact: str, problem: Problem, told: Mapping[str, Any], now: datetime
) -> None:
    """Keep what could not be recorded."""
    insert_rows(
        connection,
        table(TurnedAway),
        [
            {
                "park_id": park,
                "fact_id": fact[:64],
                "person_id": person,
                "code": problem.code,
                "pointer": problem.pointer,
                # Half a character cannot be stored; written as JSON writes it, it can.
                "told": as_json(told).encode(errors="backslashreplace").decode()[:20_000],
                "came_at": now,
            }
        ],
    )
