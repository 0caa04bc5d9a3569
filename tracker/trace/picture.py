"""The nodes, edges and facts of a chain as one caller sees them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from tracker import facts
from tracker.trace.masking import Sight
from tracker.trace.material import Material
from tracker.trace.reading import Told
from tracker.trace.shown import Edge, Fact, Line, Node, Place
from tracker.views import shapes

#: These facts take grams from a batch; of the others a line shows what the batch weighed after.
_TAKES = (facts.Split, facts.Combined, facts.Treated)


def nodes(of: Material, sight: Sight) -> Iterator[Node]:
    """The batches of the chain from ancestors to descendants."""
    levels, flows = of.graph.levels(), of.flows()
    for key in sorted(of.rows, key=lambda each: (levels[each], each)):
        row = of.rows[key]
        base: dict[str, Any] = {
            "key": key,
            "id": row["uuid"],
            "level": levels[key],
            "state": row["state"],
            "waste_class": shapes.waste_class(row),
            "raw_class": row["raw_class"],
        }
        if sight.batch(key):
            came, went = flows[key]
            yield Node(
                **base,
                human_code=row["human_code"],
                grams_at_start=row["grams_at_start"],
                grams=row["grams"],
                grams_in=came,
                grams_out=went,
                measured=row["measured"],
                generator=sight.party(row["generator_id"], of.parties.shown),
                holder=sight.party(row["holder_id"], of.parties.shown),
                place=_store(row) if sight.knows(row["place_enterprise"]) else None,
                generated_at=row["generated_at"],
                masked=False,
            )
        else:
            yield Node(
                **base,
                human_code=None,
                grams_at_start=None,
                grams=None,
                grams_in=None,
                grams_out=None,
                measured=None,
                generator=dict(shapes.MASKED),
                holder=dict(shapes.MASKED),
                place=None,
                generated_at=None,
                masked=True,
            )


def _store(row: Mapping[str, Any]) -> Place | None:
    if row["place_uuid"] is None:
        return None
    return Place(
        longitude=row["longitude"],
        latitude=row["latitude"],
        id=row["place_uuid"],
        name_zh=row["place_zh"],
        name_en=row["place_en"],
    )


def edges(of: Material, sight: Sight) -> Iterator[Edge]:
    """The edges of the chain; grams between two batches that are both not the caller's own are not told."""
    for link in of.graph.links:
        one = of.by_index[link.index]
        shown = sight.is_own(link.parent) or sight.is_own(link.child)
        yield Edge(
            parent=of.uuids[link.parent],
            child=of.uuids[link.child],
            fact=one.fact.id,
            index=link.index,
            kind=one.fact.KIND,
            grams=link.grams if shown else None,
        )


def told(of: Material, sight: Sight) -> Iterator[Fact]:
    """The facts of the chain in log order, each open, masked, or not there."""
    held: dict[int, int] = defaultdict(int)
    for one in of.told:
        for batch in one.batches:
            held[batch] += of.change(one.index, batch)
        seen = sight.fact(one)
        if seen != "hidden":
            yield _fact(of, sight, one, held, is_open=seen == "open")


def _fact(of: Material, sight: Sight, one: Told, held: Mapping[int, int], *, is_open: bool) -> Fact:
    fact = one.fact
    lines = [line for line in _lines(of, one, held) if line.batch not in of.keys or sight.batch(of.keys[line.batch])]
    who = sight.party(one.enterprise, of.parties.shown) if one.enterprise is not None else None
    base: dict[str, Any] = {
        "id": fact.id,
        "index": one.index,
        "kind": fact.KIND,
        "verdict": one.verdict,
        "observed_at": one.observed_at,
        "recorded_at": one.recorded_at,
    }
    if not is_open:
        return Fact(
            **base,
            winner=None,
            actor=None,
            actor_name=None,
            enterprise=who,
            manifest=None,
            manifest_number=None,
            lines=tuple(line for line in lines if line.batch in of.keys),
            place=None,
            findings=(),
            details={"treatment": fact.treatment} if isinstance(fact, facts.Treated) else {},
            masked=True,
        )
    place = fact.place
    return Fact(
        **base,
        winner=one.winner,
        actor=one.actor if sight.all or one.enterprise == sight.mine else None,
        actor_name=one.actor_name,
        enterprise=who,
        manifest=one.manifest,
        manifest_number=one.number,
        lines=tuple(lines if sight.all else [line for line in lines if line.batch in of.keys]),
        place=Place(longitude=place.longitude, latitude=place.latitude, accuracy_m=place.accuracy_m) if place else None,
        findings=tuple(shapes.findings(one.findings)),
        details=one.details if sight.all else _discreet(of, sight, one),
        masked=False,
    )


def _discreet(of: Material, sight: Sight, one: Told) -> dict[str, Any]:
    """Details without the batches of other chains: what else went into a heap is the business of those it came from."""
    kept = dict(one.details)
    for name in ("into", "outputs", "refused"):
        if isinstance(kept.get(name), list):
            kept[name] = [each for each in kept[name] if _visible(of, sight, each)]
    return kept


def _visible(of: Material, sight: Sight, part: Mapping[str, Any]) -> bool:
    named = [UUID(part[name]) for name in ("batch", "into") if part.get(name)]
    return all(uuid in of.keys and sight.batch(of.keys[uuid]) for uuid in named)


def _lines(of: Material, one: Told, held: Mapping[int, int]) -> Iterator[Line]:
    """The batches a fact befell: those it named, or else all of the chain that it touched; and those it made."""
    fact = one.fact
    made = dict(_made(fact))
    named = [line for line in fact.lines if line.batch not in made] or [
        facts.Line(batch=of.uuids[key]) for key in one.batches if of.uuids[key] not in made
    ]
    for line in named:
        grams = line.grams
        key = of.keys.get(line.batch)
        if grams is None and key is not None:
            grams = -of.change(one.index, key) if isinstance(fact, _TAKES) else held[key]
        yield Line(batch=line.batch, grams=grams, measured=line.measured, direction="in")
    for uuid, grams in made.items():
        key = of.keys.get(uuid)
        booked = of.change(one.index, key) if key is not None and of.born.get(key) == one.index else grams
        yield Line(batch=uuid, grams=booked, measured=False, direction="out")


def _made(fact: facts.Fact) -> Iterator[tuple[UUID, int | None]]:
    match fact:
        case facts.Generated():
            yield from ((line.batch, line.grams) for line in fact.lines)
        case facts.Split():
            yield from ((part.batch, part.grams) for part in fact.into)
        case facts.Combined():
            yield fact.into.batch, None
        case facts.Received():
            yield from ((part.into, part.refused_grams) for part in fact.refused)
        case facts.Treated():
            yield from ((output.batch, output.grams) for output in fact.outputs if output.batch is not None)
