"""Folds a park's whole log from zero and compares it with everything the tables say.

The log is the truth: every record is hashed again, booked again by the same code that booked it first, and the batches,
manifests, postings, edges and balances that come out must be the rows that are there. A table changed by hand, a bug in
the writing of a fact, a record altered by a superuser: each shows as a line that names the place.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import rfc8785
from sqlalchemy import Connection, Engine, Row, RowMapping, text

from tracker import booking, facts, loading
from tracker.evidence import checked
from tracker.ledger import leaf_hash
from tracker.problems import Problem
from tracker.store import enter_park

#: A report of thousands of lines helps nobody; what is cut is counted.
SHOWN_MAX = 1_000
_CHUNK = 2_000

_FACTS = text("""
SELECT f."index" AS position, f.*, q.uuid AS actor, e.uuid AS enterprise, p.salt, p.content,
  ST_X(f.place) AS longitude, ST_Y(f.place) AS latitude,
  ARRAY(SELECT n.code FROM finding n WHERE n.park_id = f.park_id AND n."index" = f."index" ORDER BY n.id) AS findings,
  (SELECT jsonb_agg(jsonb_build_array(o.batch_id, o.account, o.enterprise_id, o.class_id, o.grams, o.counts_at))
     FROM posting o WHERE o.park_id = f.park_id AND o."index" = f."index") AS postings
FROM fact f LEFT JOIN fact_private p ON p.park_id = f.park_id AND p.fact_id = f.id
LEFT JOIN person q ON q.id = f.person_id LEFT JOIN enterprise e ON e.id = f.enterprise_id
WHERE f.park_id = :park AND f."index" >= :first ORDER BY f."index" LIMIT :limit
""")
_EDGES = text('SELECT "index" AS position, parent, child, counts_at, grams FROM edge WHERE park_id = :park')
_PROPOSALS = text("""
SELECT p.*, (SELECT jsonb_object_agg(a.enterprise_id, a.answer) FROM proposal_answer a
             WHERE a.park_id = p.park_id AND a.proposal = p.uuid) AS answers FROM proposal p WHERE p.park_id = :park
""")
_SIGNATURES = text("""
SELECT "index", manifest_id, side, enterprise_id, method, "of" FROM manifest_signature WHERE park_id = :park
""")
_MAY_AMEND = text("SELECT count(*) FROM fact WHERE park_id = :park AND kind IN ('corrected', 'dissolved')")
_BATCHES = text("SELECT * FROM batch WHERE park_id = :park")
_MANIFESTS = text("""
SELECT m.*,
  (SELECT jsonb_agg(jsonb_build_array(c.enterprise_id, c.plate, c.took_over_at, c.what, c.lapsed) ORDER BY c.leg)
     FROM manifest_carrier c WHERE c.park_id = m.park_id AND c.manifest_id = m.id) AS legs,
  (SELECT jsonb_object_agg(l.batch_id, to_jsonb(l) - 'park_id' - 'manifest_id' - 'batch_id')
     FROM manifest_line l WHERE l.park_id = m.park_id AND l.manifest_id = m.id) AS lines
FROM manifest m WHERE m.park_id = :park AND m.state <> 'draft'
""")
_BATCH_COLUMNS = {
    "class_id": "class_id",
    "raw_class": "raw_class",
    "generator_id": "generator",
    "holder_id": "holder",
    "state": "state",
    "free_state": "free_state",
    "grams": "grams",
    "grams_at_start": "grams_at_start",
    "measured": "measured",
    "store_id": "store",
    "mass_fact": "mass_fact",
    "generated_at": "generated_at",
    "held_since": "held_since",
    "last_fact": "last_fact",
    "last_index": "last_index",
    "last_observed_at": "last_observed_at",
    "form": "form",
    "container": "container",
    "process": "process",
}
_MANIFEST_COLUMNS = {
    "number": "number",
    "state": "state",
    "generator_id": "generator",
    "receiver_id": "receiver",
    "treatment": "treatment",
    "hazardous": "hazardous",
    "permit_uuid": "permit",
    "issued_at": "issued_at",
    "returns_uuid": "returns",
    "filing": "filing",
    "sheet": "sheet",
}


@dataclass(slots=True)
class Report:
    """What was read, and every difference found. ``ok`` when there is none."""

    park: int
    facts: int = 0
    batches: int = 0
    manifests: int = 0
    differences: list[str] = field(default_factory=list)
    unshown: int = 0
    #: Grams promised and used of each permit in each year, as this park's log has it. Permits serve several parks.
    uses: dict[tuple[UUID, int], tuple[int, int]] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return not self.differences

    def add(self, difference: str) -> None:
        if len(self.differences) < SHOWN_MAX:
            self.differences.append(difference)
        else:
            self.unshown += 1


def park(connection: Connection, key: int) -> Report:
    """Verify one park, in one repeatable-read transaction of the caller's; the log may be of any length."""
    enter_park(connection, key)
    report = Report(key)
    fold = _Fold(connection, key, report)
    fold.run()
    fold.compare_edges()
    fold.compare_batches()
    fold.compare_manifests()
    fold.compare_consents()
    fold.compare_balance()
    for difference in checked.differences(connection, key):
        report.add(difference)
    return report


def permits(connection: Connection, reports: Iterable[Report]) -> list[str]:
    """What all parks' logs together say of the permits, compared with their running sums. Of all parks at once."""
    wanted: dict[tuple[UUID, int], tuple[int, int]] = {}
    for report in reports:
        for key, (reserved, used) in report.uses.items():
            before = wanted.get(key, (0, 0))
            wanted[key] = (before[0] + reserved, before[1] + used)
    rows = connection.execute(text("SELECT permit_uuid, year, reserved_grams, used_grams FROM permit_year"))
    found = {(row.permit_uuid, row.year): (row.reserved_grams, row.used_grams) for row in rows}
    return [
        f"permit {key[0]} in {key[1]}: {found.get(key, (0, 0))} g promised and used, log {wanted.get(key, (0, 0))} g"
        for key in sorted(wanted.keys() | found.keys())
        if found.get(key, (0, 0)) != wanted.get(key, (0, 0))
    ]


class _Fold:
    """The books made anew from the log."""

    def __init__(self, connection: Connection, park_key: int, report: Report) -> None:
        self.connection, self.park, self.report = connection, park_key, report
        keys = {row.uuid: row.id for row in connection.execute(text("SELECT uuid, id FROM batch"))}
        self.unborn = 0
        self.keys: dict[UUID, int] = keys
        classes = connection.execute(
            text(
                "SELECT s.scheme || '-' || s.edition || ' ' || c.code AS shown, c.id FROM waste_class c"
                " JOIN waste_scheme s ON s.id = c.scheme_id"
            )
        )
        self.classes = {row.shown: row.id for row in classes}
        self.books = booking.Books(
            new_key=self._key,
            enterprises=self._map("enterprise"),
            places=self._map("place"),
            classes=self.classes,
            folding=True,
            courses={} if connection.scalar(_MAY_AMEND, {"park": park_key}) else None,
        )
        self.proposals: dict[UUID, tuple[int, booking.Proposal]] = {}
        self.signatures: dict[int, booking.Signature] = {}
        corrected = connection.execute(
            text("SELECT corrects FROM fact WHERE park_id = :park AND corrects IS NOT NULL"), {"park": park_key}
        )
        self.corrected = {row.corrects for row in corrected}
        manifests = connection.execute(text("SELECT uuid, id FROM manifest WHERE park_id = :park"), {"park": park_key})
        self.manifest_keys: dict[UUID, int] = {row.uuid: row.id for row in manifests}
        self.balance: dict[tuple[int, int, str], int] = {}
        self.edges: dict[tuple[int, int, int, int], int] = {}

    def _map(self, table: str) -> dict[UUID, int]:
        return {row.uuid: row.id for row in self.connection.execute(text(f"SELECT uuid, id FROM {table}"))}  # noqa: S608

    def _key(self, uuid: UUID) -> int:
        """The key the table gave the batch; one that is not in the table gets a negative one and is reported later."""
        if uuid not in self.keys:
            self.unborn -= 1
            self.keys[uuid] = self.unborn
        return self.keys[uuid]

    def _rows(self) -> Iterator[Row[Any]]:
        first = 0
        while rows := self.connection.execute(_FACTS, {"park": self.park, "first": first, "limit": _CHUNK}).all():
            yield from rows
            first = rows[-1].position + 1

    def run(self) -> None:
        for row in self._rows():
            if row.position != self.report.facts:
                self.report.add(f"log: index {self.report.facts} is missing, {row.position} follows")
                self.report.facts = row.position
            self.report.facts += 1
            self._fact(row)
        size = self.connection.scalar(text("SELECT size FROM log_head WHERE park_id = :park"), {"park": self.park}) or 0
        if size != self.report.facts:
            self.report.add(f"log: its head says {size} facts, {self.report.facts} were found")

    def _fact(self, row: Row[Any]) -> None:
        where = f"fact {row.position} ({row.id})"
        canonical = row.record.encode()
        if leaf_hash(canonical) != bytes(row.leaf):
            self.report.add(f"{where}: its leaf hash is not that of its record")
        try:
            record = json.loads(row.record)
            fact = facts.from_record(record)
            self._beside(where, row, record, fact, canonical)
            enterprise = self.books.enterprises[UUID(record["enterprise"])] if record["enterprise"] else None
            unknown = record.get("unknown_classes") or ()
            self.books.classes = (
                {k: v for k, v in self.classes.items() if k not in unknown} if unknown else self.classes
            )
            booked = booking.book(
                self.books, fact, booking.Teller(enterprise), row.position, row.recorded_at, record.get("clock_skew_s")
            )
        except (LookupError, ValueError, TypeError, AttributeError, AssertionError, Problem) as error:
            # A record that somebody wrote over may say anything at all.
            self.report.add(f"{where}: it cannot be booked again: {error!r}")
            return
        if fact.id in self.corrected:
            loading.note_told(self.books, fact, enterprise, loading.unmoved(booked))
        self._compare(where, row, booked)

    def _beside(self, where: str, row: Row[Any], record: Mapping[str, Any], fact: facts.Fact, canonical: bytes) -> None:
        """What stands beside a record repeats it, or is what it committed to."""
        if rfc8785.dumps(dict(record)) != canonical:
            self.report.add(f"{where}: its record is not canonical JSON")
        place = (fact.place.longitude, fact.place.latitude) if fact.place else (None, None)
        corrects = fact.corrects if isinstance(fact, facts.Corrected) else None
        wanted = {
            "id": fact.id,
            "kind": fact.KIND,
            "observed_at": fact.observed_at,
            "recorded_at": datetime.fromisoformat(record["recorded_at"]),
            "verdict": record["verdict"],
            "actor": UUID(record["actor"]) if record["actor"] else None,
            "enterprise": UUID(record["enterprise"]) if record["enterprise"] else None,
            "corrects": corrects,
            "digest": facts.digest(fact),
            "findings": record["findings"],
        }
        found = {name: getattr(row, name) for name in wanted} | {"digest": bytes(row.digest)}
        wrong = [name for name, value in wanted.items() if found[name] != value]
        if (row.longitude, row.latitude) != place:
            wrong.append("place")
        if fact.manifest is not None and row.manifest_uuid != fact.manifest:
            wrong.append("manifest_uuid")
        if wrong:
            self.report.add(f"{where}: its columns and its record disagree: {', '.join(wrong)}")
        if row.salt is not None and facts.commitment(bytes(row.salt), row.content) != record.get("private"):
            self.report.add(f"{where}: what is kept beside it is not what it committed to")

    def _compare(self, where: str, row: Row[Any], booked: booking.Booked) -> None:
        if (booked.verdict, booked.winner) != (row.verdict, row.winner):
            self.report.add(f"{where}: verdict {row.verdict}, but the log makes it {booked.verdict}")
        made = sorted(
            (
                posting.batch.key,
                posting.account,
                posting.enterprise,
                posting.batch.class_id or 0,
                posting.grams,
                row.position if posting.amends is None else posting.amends,
            )
            for posting in booked.postings
        )
        found = sorted((each[0], each[1], each[2], each[3] or 0, *each[4:]) for each in row.postings or ())
        if made != found:
            self.report.add(f"{where}: postings {found}, but the log makes them {made}")
        for _, account, enterprise, class_id, grams, _ in made:
            key = (enterprise, class_id, account)
            self.balance[key] = self.balance.get(key, 0) + grams
        for use in booked.uses:
            reserved, used = self.report.uses.get((use.permit, use.year), (0, 0))
            self.report.uses[use.permit, use.year] = (reserved + use.reserved, used + use.used)
        for edge in booked.edges:
            counts_at = row.position if edge.amends is None else edge.amends
            at = (row.position, edge.parent.key, edge.child.key, counts_at)
            self.edges[at] = self.edges.get(at, 0) + edge.grams
        self.proposals |= {uuid: (row.position, proposal) for uuid, proposal in booked.proposals.items()}
        for signature in booked.signatures:
            self.signatures[row.position] = signature

    def compare_edges(self) -> None:
        for row in self.connection.execute(_EDGES, {"park": self.park}):
            made = self.edges.pop((row.position, row.parent, row.child, row.counts_at), None)
            if made != row.grams:
                self.report.add(f"edge {row.parent} -> {row.child} of fact {row.position}: {row.grams} g, log {made} g")
        for position, parent, child, _ in self.edges:
            self.report.add(f"edge {parent} -> {child} of fact {position} is missing")

    def compare_batches(self) -> None:
        for row in self.connection.execute(_BATCHES, {"park": self.park}).mappings():
            self.report.batches += 1
            made = self.books.batches.pop(row["uuid"], None)
            if made is None:
                self.report.add(f"batch {row['uuid']}: the log knows nothing of it")
                continue
            for column, name in _BATCH_COLUMNS.items():
                if row[column] != getattr(made, name):
                    self.report.add(f"batch {row['uuid']}: {column} is {row[column]}, log {getattr(made, name)}")
            self._compare_links(row, made)
        for uuid in self.books.batches:
            self.report.add(f"batch {uuid} is missing")

    def _compare_links(self, row: RowMapping, made: booking.Batch) -> None:
        for column, uuid in (("manifest_id", made.manifest), ("came_by_id", made.came_by)):
            wanted = self.manifest_keys.get(uuid) if uuid else None
            if row[column] != wanted:
                self.report.add(f"batch {row['uuid']}: {column} is {row[column]}, log {wanted}")

    def compare_manifests(self) -> None:
        for row in self.connection.execute(_MANIFESTS, {"park": self.park}).mappings():
            self.report.manifests += 1
            made = self.books.manifests.pop(row["uuid"], None)
            if made is None:
                self.report.add(f"manifest {row['number']}: the log knows nothing of it")
                continue
            for column, name in _MANIFEST_COLUMNS.items():
                if row[column] != getattr(made, name):
                    self.report.add(f"manifest {row['number']}: {column} is {row[column]}, log {getattr(made, name)}")
            legs = [[leg.enterprise, leg.plate, _iso(leg.took_over_at), leg.what, leg.lapsed] for leg in made.legs]
            found = [[each[0], each[1], _iso(each[2]), *each[3:]] for each in row["legs"] or ()]
            if legs != found:
                self.report.add(f"manifest {row['number']}: carriers {found}, log {legs}")
            self._compare_lines(row, made)
        for uuid, manifest in self.books.manifests.items():
            if manifest.state != "draft":
                self.report.add(f"manifest {uuid} is missing")

    def _compare_lines(self, row: RowMapping, made: booking.Manifest) -> None:
        found = {int(key): value for key, value in (row["lines"] or {}).items()}
        wanted = {
            self.keys[uuid]: {
                "planned_grams": line.planned_grams,
                "loaded_grams": line.loaded_grams,
                "accepted_grams": line.accepted_grams,
                "refused_grams": line.refused_grams,
                "outcome": line.outcome,
                "finished": line.finished,
                "pickup_fact": str(line.pickup_fact) if line.pickup_fact else None,
                "pickup_enterprise_id": line.pickup_enterprise,
                "part_of": str(line.part_of) if line.part_of else None,
            }
            for uuid, line in made.lines.items()
        }
        if found != wanted:
            self.report.add(f"manifest {row['number']}: lines {found}, log {wanted}")

    def compare_consents(self) -> None:
        """Proposals with their answers, and the names under manifests."""
        rows = self.connection.execute(_PROPOSALS, {"park": self.park}).mappings()
        found = {row["uuid"]: (row["state"], row["settled_at_index"], row["answers"] or {}) for row in rows}
        made = {
            uuid: (
                proposal.state,
                None if proposal.state == "open" else index,
                {str(key): answer for key, answer in proposal.answers.items()},
            )
            for uuid, (index, proposal) in self.proposals.items()
        }
        for uuid in sorted(found.keys() | made.keys()):
            if found.get(uuid) != made.get(uuid):
                self.report.add(f"proposal {uuid}: {found.get(uuid)}, log {made.get(uuid)}")
        names = {row[0]: tuple(row[1:]) for row in self.connection.execute(_SIGNATURES, {"park": self.park})}
        keys = self.manifest_keys
        wanted = {
            index: (keys.get(one.manifest), one.side, one.enterprise, one.method, one.of)
            for index, one in self.signatures.items()
        }
        for index in sorted(names.keys() | wanted.keys()):
            if names.get(index) != wanted.get(index):
                self.report.add(f"signature of fact {index}: {names.get(index)}, log {wanted.get(index)}")

    def compare_balance(self) -> None:
        rows = self.connection.execute(text("SELECT * FROM balance WHERE park_id = :park"), {"park": self.park})
        found = {(row.enterprise_id, row.class_id, row.account): row.grams for row in rows}
        for key in sorted(found.keys() | self.balance.keys()):
            if found.get(key, 0) != self.balance.get(key, 0):
                self.report.add(f"balance {key}: {found.get(key, 0)} g, log {self.balance.get(key, 0)} g")


def _iso(value: Any) -> str | None:
    """A time of JSON and a time of Python in one form."""
    if value is None or isinstance(value, str):
        return None if value is None else _utc(value)
    return _utc(value.isoformat())


def _utc(value: str) -> str:
    return datetime.fromisoformat(value).astimezone(UTC).isoformat()


def parks(engine: Engine, keys: Sequence[int] | None = None) -> list[Report]:
    """Verify these parks, or all, in one repeatable-read transaction that writes nothing. Permits serve every park, so
    their running sums can only be compared where all are asked for."""
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection, connection.begin():
        known = keys or [row.id for row in connection.execute(text("SELECT id FROM park ORDER BY id"))]
        reports = [park(connection, key) for key in known]
        if keys is None and reports:
            for difference in permits(connection, reports):
                reports[-1].add(difference)
    return reports
