"""Takes from the tables, locked, what a run of facts may touch, and gives it to the books.

Locks are always taken in the same order (batches by key, then manifests by key, and the log's head last of all), so two
phones that report about the same drums wait for each other and never for ever.
"""

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, RowMapping, text

from tracker import booking, clock, courses, facts, labelled, rolls
from tracker.parties import keys_of
from tracker.rules.context import ClassKnown, PermitKnown


@dataclass(slots=True)
class Shelf:
    """The books a run needs, and what the rules want to know beside them."""

    books: booking.Books
    classes: dict[int, ClassKnown] = field(default_factory=dict)
    permits: dict[int, list[PermitKnown]] = field(default_factory=dict)
    stores: dict[int, tuple[int, int | None, str]] = field(default_factory=dict)
    distances: dict[UUID, tuple[float, str]] = field(default_factory=dict)
    #: Manifest ids by key, for writing batches back.
    manifest_keys: dict[UUID, int] = field(default_factory=dict)
    #: Ids of earlier facts that are in the log.
    logged: set[UUID] = field(default_factory=set)
    #: Labels that new batches were said to bear.
    labels: dict[UUID, rolls.LabelKnown] = field(default_factory=dict)
    #: The names under manifests, where the park asks for some; see ``signed.under``.
    signed: dict[UUID, set[tuple[str, str]]] = field(default_factory=dict)
    #: What the labels that facts were told by are on.
    on: dict[UUID, labelled.On] = field(default_factory=dict)


_BATCHES = text("""
SELECT b.*, c.code, c.hazardous, c.verified, c.valid_to AS class_ended, s.scheme, s.edition,
       CASE WHEN s.stands_in THEN s.stood_in_until ELSE s.valid_to END AS edition_ended
FROM batch b
LEFT JOIN waste_class c ON c.id = b.class_id
LEFT JOIN waste_scheme s ON s.id = c.scheme_id
WHERE b.park_id = :park AND b.id = ANY (ARRAY(
    SELECT w.id FROM batch w WHERE w.park_id = :park AND w.uuid = ANY (:batches)
    UNION
    SELECT l.batch_id FROM manifest m JOIN manifest_line l ON l.park_id = m.park_id AND l.manifest_id = m.id
    WHERE m.park_id = :park AND m.uuid = ANY (:manifests)))
ORDER BY b.id FOR UPDATE OF b
""")
#: Locked by a statement of its own: what another statement wrote while this one waited for the lock is seen by the next
#: statement only, and the lines of a manifest must not be older than its lock.
_LOCK_MANIFESTS = text("""
WITH named AS MATERIALIZED (
    SELECT w.id, w.returns_uuid FROM manifest w WHERE w.park_id = :park AND w.uuid = ANY (:uuids)
    UNION SELECT w.id, w.returns_uuid FROM manifest w WHERE w.park_id = :park AND w.id = ANY (:keys))
SELECT m.id FROM manifest m
WHERE m.park_id = :park AND m.id = ANY (ARRAY(
    SELECT id FROM named
    UNION SELECT o.id FROM named n JOIN manifest o ON o.park_id = :park AND o.uuid = n.returns_uuid))
ORDER BY m.id FOR UPDATE OF m
""")
_MANIFESTS = text("""
SELECT m.*,
  (SELECT jsonb_agg(jsonb_build_object('enterprise', c.enterprise_id, 'plate', c.plate, 'took_over_at', c.took_over_at,
          'what', c.what, 'lapsed', c.lapsed)
          ORDER BY c.leg) FROM manifest_carrier c WHERE c.park_id = m.park_id AND c.manifest_id = m.id) AS legs,
  (SELECT jsonb_agg(to_jsonb(l) || jsonb_build_object('uuid', b.uuid) ORDER BY l.batch_id)
     FROM manifest_line l JOIN batch b ON b.park_id = l.park_id AND b.id = l.batch_id
     WHERE l.park_id = m.park_id AND l.manifest_id = m.id) AS lines
FROM manifest m WHERE m.park_id = :park AND m.id = ANY (:locked) ORDER BY m.id
""")
_CLASSES = text("""
SELECT c.id, s.scheme, s.edition, c.code, c.hazardous, c.verified, c.valid_to AS class_ended,
       CASE WHEN s.stands_in THEN s.stood_in_until ELSE s.valid_to END AS edition_ended
FROM jsonb_to_recordset(CAST(:named AS jsonb)) AS n(scheme text, edition text, code text)
JOIN waste_scheme s ON s.scheme = n.scheme AND s.edition = n.edition
JOIN waste_class c ON c.scheme_id = s.id AND c.code = n.code
""")
_PERMITS = text("""
SELECT p.*, y.used_grams, y.reserved_grams
FROM permit p LEFT JOIN permit_year y ON y.permit_uuid = p.uuid AND y.year = :year
WHERE p.enterprise_id = ANY (:enterprises) ORDER BY p.id
""")
_STORES = text("""
SELECT p.id, p.capacity_grams, p.name_zh, coalesce((SELECT sum(b.grams) FROM batch b WHERE b.park_id = :park
       AND b.store_id = p.id AND b.uuid <> ALL (:loaded)), 0) AS held
FROM place p WHERE p.id = ANY (:stores)
""")
#: How far each fact was told from the nearest place of the enterprise it should have happened at.
_DISTANCES = text("""
SELECT DISTINCT ON (n.fact) n.fact, p.name_zh AS site,
       ST_Distance(p.point::geography, ST_SetSRID(ST_MakePoint(n.longitude, n.latitude), 4326)::geography) AS metres
FROM jsonb_to_recordset(CAST(:told AS jsonb)) AS n(fact uuid, enterprise int, longitude float8, latitude float8)
JOIN place p ON p.enterprise_id = n.enterprise
ORDER BY n.fact, metres
""")
#: The facts that corrections point at, back to the first and with every correction of it since; ``unmoved`` are the
#: batches whose figure never entered the books.
_TOLD = text("""
WITH RECURSIVE back AS (
    SELECT f.id, f.corrects FROM fact f WHERE f.park_id = :park AND f.id = ANY (:facts)
    UNION SELECT f.id, f.corrects FROM back JOIN fact f ON f.park_id = :park AND f.id = back.corrects),
since AS (SELECT id FROM back UNION SELECT f.id FROM since JOIN fact f ON f.park_id = :park AND f.corrects = since.id)
SELECT f.id, f.enterprise_id, f.record, p.state AS proposal, coalesce(p.settled_at_index, f."index") AS effective,
       ARRAY(SELECT n.code FROM finding n WHERE n.park_id = :park AND n."index" = f."index") AS findings,
       ARRAY(SELECT n.batch_uuid FROM finding n
             WHERE n.park_id = :park AND n."index" = f."index" AND n.code = ANY (:unmoved)) AS unmoved
FROM fact f JOIN since ON since.id = f.id LEFT JOIN proposal p ON p.park_id = f.park_id AND p.uuid = f.id
WHERE f.park_id = :park AND f.verdict = 'recorded' ORDER BY f."index"
""")
_NEW_KEYS = text("SELECT nextval('batch_key') FROM generate_series(1, :count)")


def shelf(connection: Connection, park: int, run: Sequence[facts.Fact]) -> Shelf:
    """Load and lock what these facts may touch. At most one statement for each kind of thing that is needed."""
    on = labelled.look_up(connection, park, run)
    run = [labelled.resolved(fact, on) for fact in run] if on else run
    wider = courses.Wider(connection, park, run)
    named = (
        {line.batch for fact in run for line in fact.lines}
        | {new for fact in run for new in facts.new_batches(fact)}
        | wider.batches
    )
    paper = (facts.Signed, facts.Rerouted)
    whole = {fact.manifest for fact in run if fact.manifest and (not fact.lines or isinstance(fact, paper))}
    whole |= wider.manifests
    rows = (
        connection.execute(_BATCHES, {"park": park, "batches": list(named), "manifests": list(whole)}).mappings().all()
    )
    found = Shelf(
        booking.Books(
            new_key=_keys(connection, sum(len(facts.new_batches(fact)) for fact in run)),
            enterprises=keys_of(connection, [uuid for fact in run for uuid in facts.enterprises_named(fact)]),
            places={},
            classes={},
        ),
        on=on,
    )
    _manifests(connection, park, found, run, rows, wider.manifests)
    by_key = {key: uuid for uuid, key in found.manifest_keys.items()}
    for row in rows:
        found.books.batches[row["uuid"]] = _batch(row, by_key)
        if row["class_id"] is not None and row["code"] is not None:
            found.classes[row["class_id"]] = _class(row, row["class_id"])
    _classes(connection, found, run)
    _stores(connection, park, found, run)
    found.labels = rolls.named(connection, park, run)
    courses.load(connection, park, found.books, wider)
    _earlier(connection, park, found, run, wider.roots)
    return found


def _keys(connection: Connection, count: int) -> Callable[[UUID], int]:
    """Draws the keys of new batches. After the locks, so a child's key is always above its parents'."""
    drawn = iter(connection.scalars(_NEW_KEYS, {"count": count}).all() if count else ())
    return lambda _: next(drawn)


def _batch(row: RowMapping, manifests: Mapping[int, UUID]) -> booking.Batch:
    return booking.Batch(
        key=row["id"],
        uuid=row["uuid"],
        class_id=row["class_id"],
        raw_class=row["raw_class"],
        generator=row["generator_id"],
        holder=row["holder_id"],
        state=row["state"],
        free_state=row["free_state"],
        grams=row["grams"],
        grams_at_start=row["grams_at_start"],
        measured=row["measured"],
        store=row["store_id"],
        manifest=manifests.get(row["manifest_id"]) if row["manifest_id"] else None,
        came_by=manifests.get(row["came_by_id"]) if row["came_by_id"] else None,
        mass_fact=row["mass_fact"],
        generated_at=row["generated_at"],
        held_since=row["held_since"],
        last_fact=row["last_fact"],
        last_index=row["last_index"],
        last_observed_at=row["last_observed_at"],
        form=row["form"],
        container=row["container"],
        process=row["process"],
    )


def _manifests(
    connection: Connection,
    park: int,
    found: Shelf,
    run: Sequence[facts.Fact],
    batches: Iterable[RowMapping],
    beyond: set[UUID],
) -> None:
    uuids = {fact.manifest for fact in run if fact.manifest} | beyond
    uuids |= {fact.returns for fact in run if isinstance(fact, facts.ManifestIssued) and fact.returns}
    keys = {row[name] for row in batches for name in ("manifest_id", "came_by_id") if row[name] is not None}
    if not uuids and not keys:
        return
    named = {"park": park, "uuids": list(uuids), "keys": list(keys)}
    locked = connection.scalars(_LOCK_MANIFESTS, named).all()
    for row in connection.execute(_MANIFESTS, {"park": park, "locked": locked}).mappings():
        found.manifest_keys[row["uuid"]] = row["id"]
        found.books.manifests[row["uuid"]] = booking.Manifest(
            uuid=row["uuid"],
            number=row["number"],
            state=row["state"],
            generator=row["generator_id"],
            receiver=row["receiver_id"],
            treatment=row["treatment"],
            hazardous=row["hazardous"],
            legs=[
                booking.Leg(leg["enterprise"], leg["plate"], _time(leg["took_over_at"]), leg["what"], leg["lapsed"])
                for leg in row["legs"] or ()
            ],
            lines={UUID(line["uuid"]): _line(line) for line in row["lines"] or ()},
            key=row["id"],
            permit=row["permit_uuid"],
            issued_at=row["issued_at"],
            returns=row["returns_uuid"],
            sheet=row["sheet"],
            filing=row["filing"],
        )


def _line(line: Mapping[str, Any]) -> booking.Line:
    return booking.Line(
        batch=UUID(line["uuid"]),
        planned_grams=line["planned_grams"],
        loaded_grams=line["loaded_grams"],
        accepted_grams=line["accepted_grams"],
        refused_grams=line["refused_grams"],
        outcome=line["outcome"],
        finished=line["finished"],
        pickup_fact=UUID(line["pickup_fact"]) if line["pickup_fact"] else None,
        pickup_enterprise=line["pickup_enterprise_id"],
        part_of=UUID(line["part_of"]) if line["part_of"] else None,
    )


def _time(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None


def _class(row: RowMapping, key: int) -> ClassKnown:
    ended = row["class_ended"] or row["edition_ended"]
    today = clock.day_of(datetime.now(UTC))
    return ClassKnown(
        key=key,
        scheme=row["scheme"],
        edition=row["edition"],
        code=row["code"],
        hazardous=row["hazardous"],
        verified=row["verified"],
        ended=ended if ended and ended < today else None,
    )


def classes_named(connection: Connection, refs: Iterable[facts.ClassRef]) -> dict[str, ClassKnown]:
    """The classes the catalogue knows among those named, by their shown form."""
    named = [{"scheme": ref.scheme, "edition": ref.edition, "code": ref.code} for ref in set(refs)]
    if not named:
        return {}
    rows = connection.execute(_CLASSES, {"named": json.dumps(named)}).mappings()
    return {str(found): found for row in rows if (found := _class(row, row["id"]))}


def _classes(connection: Connection, found: Shelf, run: Sequence[facts.Fact]) -> None:
    known = classes_named(connection, [ref for fact in run for ref in facts.classes_named(fact)])
    found.books.classes = {shown: known_class.key for shown, known_class in known.items()}
    found.classes |= {known_class.key: known_class for known_class in known.values()}


def _stores(connection: Connection, park: int, found: Shelf, run: Sequence[facts.Fact]) -> None:
    named = {place for fact in run for place in (getattr(fact, "store", None), getattr(fact, "site", None)) if place}
    if not named:
        return
    rows = connection.execute(text("SELECT uuid, id FROM place WHERE uuid = ANY (:uuids)"), {"uuids": list(named)})
    found.books.places = {row.uuid: row.id for row in rows}
    stores = list(found.books.places.values())
    held = connection.execute(_STORES, {"park": park, "stores": stores, "loaded": list(found.books.batches)}).mappings()
    found.stores = {row["id"]: (int(row["held"]), row["capacity_grams"], row["name_zh"]) for row in held}


def permits(connection: Connection, enterprises: Iterable[int], year: int) -> dict[int, list[PermitKnown]]:
    """All permits of these enterprises, with what is promised and used of them in a year."""
    wanted = sorted(set(enterprises))
    found: dict[int, list[PermitKnown]] = {}
    if wanted:
        for row in connection.execute(_PERMITS, {"enterprises": wanted, "year": year}).mappings():
            found.setdefault(row["enterprise_id"], []).append(permit_known(dict(row)))
    return found


def permit_known(row: Mapping[str, Any]) -> PermitKnown:
    """A permit of its row, with the sums of its year; days as the driver reads them, or as JSON has them."""
    return PermitKnown(
        uuid=UUID(str(row["uuid"])),
        enterprise=row["enterprise_id"],
        number=row["number"],
        acts_as=row["acts_as"],
        codes=row["codes"],
        treatments=row["treatments"],
        annual_grams=row["annual_grams"],
        valid_from=_date(row["valid_from"]),
        valid_to=_date(row["valid_to"]),
        used_grams=row["used_grams"] or 0,
        reserved_grams=row["reserved_grams"] or 0,
        divisions=row["divisions"],
        ends_trace=row["ends_trace"],
        ended_on=_date(row["ended_on"]) if row["ended_on"] else None,
        confirmed=row["confirmed_at"] is not None,
        revision=row["revision"],
    )


def _date(value: date | str) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value


def surroundings(
    connection: Connection, found: Shelf, run: Sequence[facts.Fact], takers: Iterable[int], year: int
) -> None:
    """What only the rules ask for: permits of those who receive and treat, distances from where it should happen."""
    # A receipt on paper is told by whoever has the paper: the permit asked for is that of the receiver named there.
    written = [fact for fact in run if isinstance(fact, facts.ManifestIssued) and fact.sheet]
    named = {found.books.enterprises[one.receiver] for one in written if one.receiver in found.books.enterprises}
    found.permits |= permits(connection, (set(takers) | named) - found.permits.keys(), year)
    told = [
        {
            "fact": str(fact.id),
            "enterprise": where,
            "longitude": fact.place.longitude,
            "latitude": fact.place.latitude,
        }
        for fact in run
        if fact.place is not None and (where := _should_be_at(found, fact)) is not None
    ]
    if told:
        rows = connection.execute(_DISTANCES, {"told": json.dumps(told)})
        found.distances |= {row.fact: (row.metres, row.site) for row in rows}


def _should_be_at(found: Shelf, fact: facts.Fact) -> int | None:
    """Whose place a pickup or receipt should happen at; None where nobody can say."""
    lines = booking.lines_of(found.books, fact)
    batch = found.books.batches.get(lines[0].batch) if lines else None
    manifest = found.books.manifests.get(fact.manifest or (batch.manifest if batch else None) or fact.id)
    if isinstance(fact, facts.PickedUp) and batch and batch.state in ("on_site", "received", "reserved"):
        return batch.holder
    gates = isinstance(fact, facts.Received) or (
        isinstance(fact, facts.PickedUp) and batch and batch.state == "refused"
    )
    return manifest.receiver if gates and manifest else None


def stores_now(found: Shelf) -> dict[int, tuple[int, int | None, str]]:
    """Grams in each store the run names, with its capacity and name, after what was booked so far."""
    here: dict[int, int] = {}
    for batch in found.books.batches.values():
        if batch.store in found.stores:
            here[batch.store] = here.get(batch.store, 0) + batch.grams
    return {store: (held + here.get(store, 0), limit, name) for store, (held, limit, name) in found.stores.items()}


def note_uses(found: Shelf, uses: Iterable[booking.Use]) -> None:
    """What one fact used of a permit is used when the rules judge the next."""
    for use in uses:
        for enterprise, mine in found.permits.items():
            found.permits[enterprise] = [
                replace(permit, used_grams=permit.used_grams + use.used) if permit.uuid == use.permit else permit
                for permit in mine
            ]


def _earlier(
    connection: Connection, park: int, found: Shelf, run: Sequence[facts.Fact], roots: Collection[UUID]
) -> None:
    """The facts that corrections point at, with the figure they stand for now."""
    wanted = [*roots, *(fact.corrects for fact in run if isinstance(fact, facts.Corrected))]
    if not wanted:
        return
    named = {"park": park, "facts": wanted, "unmoved": list(booking.UNMOVED)}
    rows = [(row, facts.from_record(json.loads(row.record))) for row in connection.execute(_TOLD, named)]
    corrects = found.books.corrects
    for _, fact in rows:
        if isinstance(fact, facts.Corrected):
            corrects[fact.id] = corrects.get(fact.corrects, fact.corrects)
    for row, fact in sorted(rows, key=lambda each: each[0].effective):
        unmoved = {str(uuid) for uuid in row.unmoved}
        if not isinstance(fact, facts.Corrected):
            note_told(found.books, fact, row.enterprise_id, unmoved)
            continue
        root, batch = corrects[fact.id], fact.lines[0].batch
        told = found.books.told.get(root)
        effective = row.proposal == "agreed" or not (row.proposal or booking.UNCORRECTED & set(row.findings))
        if told and not unmoved and effective:
            found.books.told[root] = replace(told, grams={**told.grams, batch: fact.grams})


def note_told(books: booking.Books, fact: facts.Fact, enterprise: int | None, unmoved: Collection[str]) -> None:
    """Remember what a fact said of grams, so that a correction of it knows what it changes. ``unmoved`` are the batches
    for which it was evidence only."""
    if not isinstance(fact, facts.Corrected):
        grams = {
            line.batch: line.grams for line in fact.lines if line.grams is not None and str(line.batch) not in unmoved
        }
        books.told[fact.id] = booking.Told(fact.KIND, enterprise, grams)


def unmoved(booked: booking.Booked) -> set[str]:
    """The batches for which a fact was evidence only."""
    return {found.batch for found in booked.findings if found.code in booking.UNMOVED and found.batch}
