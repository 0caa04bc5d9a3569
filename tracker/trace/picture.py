"""The nodes, edges and facts of a chain as one caller sees them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from tracker.trace.masking import Sight
from tracker.trace.material import Material
from tracker.trace.reading import Told
from tracker.trace.shown import Edge, Fact, Line, Node, Place
from tracker.views import shapes

#: These facts take grams from a batch; of the others a line shows what the batch weighed after.
_TAKES = frozenset({"split", "combined", "treated"})


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
            fact=one.id,
            index=link.index,
            kind=one.kind,
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
    lines = [line for line in _lines(of, one, held) if line.batch not in of.keys or sight.batch(of.keys[line.batch])]
    base: dict[str, Any] = {
        "id": one.id,
        "index": one.index,
        "kind": one.kind,
        "verdict": one.verdict,
        "observed_at": one.observed_at,
        "recorded_at": one.recorded_at,
        "enterprise": sight.party(one.enterprise, of.parties.shown) if one.enterprise is not None else None,
    }
    if not is_open:
        return Fact(
            **base,
            winner=None,
            actor=None,
            actor_name=None,
            manifest=None,
            manifest_number=None,
            lines=tuple(line for line in lines if line.batch in of.keys),
            place=None,
            findings=(),
            evidence=(),
            details={"treatment": one.treatment} if one.treatment else {},
            masked=True,
        )
    place = one.record.get("place")
    return Fact(
        **base,
        winner=one.winner,
        actor=one.actor if sight.all or one.enterprise == sight.mine else None,
        actor_name=one.actor_name,
        manifest=one.manifest,
        manifest_number=one.number,
        lines=tuple(lines if sight.all else [line for line in lines if line.batch in of.keys]),
        place=Place(**place) if place else None,
        findings=tuple(shapes.findings(one.findings)),
        evidence=tuple(shapes.evidence(one.record, one.arrived)),
        details=one.details if sight.all else _discreet(of, sight, one),
        masked=False,
    )


def _discreet(of: Material, sight: Sight, one: Told) -> Mapping[str, Any]:
    """The details of an open fact. Where somebody else put waste of several together, what came out of all of it is not
    told to those who own a part."""
    lines = one.record.get("lines", ())
    keys = [of.keys.get(UUID(line["batch"])) for line in lines]
    if one.enterprise == sight.mine or all(key is not None and sight.is_own(key) for key in keys):
        return one.details
    return {name: value for name, value in one.details.items() if name not in ("into", "outputs", "refused")}


def _lines(of: Material, one: Told, held: Mapping[int, int]) -> Iterator[Line]:
    """The batches a fact befell: those it named, or else all of the chain that it touched; and those it made."""
    made = dict(_made(one))
    named = [line for line in one.record.get("lines", ()) if line["batch"] not in made]
    if not named:
        named = [{"batch": shown} for key in one.batches if (shown := str(of.uuids[key])) not in made]
    for line in named:
        uuid, grams = UUID(line["batch"]), line.get("grams")
        key = of.keys.get(uuid)
        if grams is None and key is not None:
            grams = -of.change(one.index, key) if one.kind in _TAKES else held[key]
        yield Line(batch=uuid, grams=grams, measured=line.get("measured", False), direction="in")
    for shown, grams in made.items():
        uuid = UUID(shown)
        key = of.keys.get(uuid)
        booked = of.change(one.index, key) if key is not None and of.born.get(key) == one.index else grams
        yield Line(batch=uuid, grams=booked, measured=False, direction="out")


def _made(one: Told) -> Iterator[tuple[str, int | None]]:
    """The new batches of a fact, as ``facts.new_batches`` would name them, with the grams told."""
    details = one.details
    match one.kind:
        case "generated":
            yield from ((line["batch"], line["grams"]) for line in one.record["lines"])
        case "split":
            yield from ((part["batch"], part["grams"]) for part in details.get("into", ()))
        case "combined":
            yield details["into"]["batch"], None
        case "received":
            yield from ((part["into"], part["refused_grams"]) for part in details.get("refused", ()))
        case "treated":
            yield from ((each["batch"], each["grams"]) for each in details.get("outputs", ()) if each.get("batch"))
