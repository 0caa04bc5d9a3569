"""What a trace answers: a chain of batches, facts and grams, and its map. Parties, classes and findings are plain
dictionaries in the shape of ``tracker.views.shapes``; a party that is hidden reads ``{"masked": true}``."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from tracker.trace.attribution import End
from tracker.trace.graph import Direction


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A point, WGS 84 degrees; ``id`` and names where it is a place of the register, accuracy in metres where told."""

    longitude: float
    latitude: float
    accuracy_m: float | None = None
    id: UUID | None = None
    name_zh: str | None = None
    name_en: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A batch. ``level`` is 0 for the roots, negative for ancestors, positive for descendants, and always higher than
    that of any parent (so a root that came of another root stands above 0). ``grams`` is what it holds now,
    ``grams_in`` what ever came into it and ``grams_out`` what left it; in = out + holds + what scales disagreed about.
    A masked batch keeps only its id, level, state and class, which nobody's business hangs on."""

    key: int
    id: UUID
    level: int
    state: str
    waste_class: dict[str, Any] | None
    raw_class: str | None
    human_code: str | None
    grams_at_start: int | None
    grams: int | None
    grams_in: int | None
    grams_out: int | None
    measured: bool | None
    generator: dict[str, Any]
    holder: dict[str, Any]
    place: Place | None
    generated_at: datetime | None
    masked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """Grams that went from ``parent`` into ``child`` by ``fact``; None where neither end is the caller's own."""

    parent: UUID
    child: UUID
    fact: UUID
    index: int
    kind: str
    grams: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A batch a fact befell: ``in`` went in or was handled, ``out`` was made by it. ``grams`` as told, else as booked;
    None for a batch outside of the chain whose grams were not told."""

    batch: UUID
    grams: int | None
    measured: bool
    direction: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Who did what when. ``actor`` is the person's public id; ``actor_name`` is set for regulators alone."""

    id: UUID
    index: int
    kind: str
    verdict: str
    winner: UUID | None
    observed_at: datetime
    recorded_at: datetime
    actor: UUID | None
    actor_name: str | None
    enterprise: dict[str, Any] | None
    manifest: UUID | None
    manifest_number: str | None
    lines: tuple[Line, ...]
    place: Place | None
    findings: tuple[dict[str, Any], ...]
    evidence: tuple[dict[str, Any], ...]
    details: Mapping[str, Any]
    masked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Grams of ``origin`` and where they ended (see ``tracker.trace.attribution``): in ``fact``, with ``treatment``,
    told by ``enterprise``; or with the ``enterprise`` that has them now (``fact`` None). ``batch`` is where, None where
    that is several batches. ``untraced`` is the clause by which traceability lawfully ends there. The shares of an
    origin sum to its grams."""

    origin: UUID
    output: End
    batch: UUID | None
    fact: UUID | None
    treatment: str | None
    enterprise: dict[str, Any] | None
    grams: int
    untraced: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """A batch that brought grams into the chain, and how many."""

    id: UUID
    grams: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Composition:
    """What a root was made of when it came to be. ``origin`` None: grams from outside of the traced chain."""

    root: UUID
    origin: UUID | None
    grams: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """The postings of the chain's batches summed by account, in grams, and what crossed its border: ``entered`` came
    from batches outside of it, ``left`` went to such. ``unexplained`` is what its open findings ask about. ``agrees``
    says that every batch row holds what its postings say."""

    accounts: Mapping[str, int]
    entered: int
    left: int
    unexplained: int
    agrees: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """The chain of some roots. ``truncated``: it goes on beyond the bound. ``masked``: something is hidden from the
    caller. ``complete`` is false where ancestors were too many to attribute each; then only the roots are origins.
    ``statements`` is how many SQL statements it took."""

    direction: Direction
    roots: tuple[UUID, ...]
    truncated: bool
    masked: bool
    complete: bool
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    facts: tuple[Fact, ...]
    origins: tuple[Origin, ...]
    attribution: tuple[Share, ...]
    made_of: tuple[Composition, ...]
    totals: Totals
    sites: tuple[dict[str, Any], ...]
    statements: int

    def geojson(self) -> dict[str, Any]:
        """A FeatureCollection: a point for every fact that says where it was told, and the sites of those involved."""
        seen = [
            _feature(
                fact.place.longitude,
                fact.place.latitude,
                {
                    "what": "fact",
                    "fact": str(fact.id),
                    "kind": fact.kind,
                    "observed_at": fact.observed_at.isoformat(),
                    "batches": [str(line.batch) for line in fact.lines],
                    "accuracy_m": fact.place.accuracy_m,
                },
            )
            for fact in self.facts
            if fact.place is not None
        ]
        sites = [
            _feature(site["longitude"], site["latitude"], {"what": "site"} | _without_point(site))
            for site in self.sites
        ]
        return {"type": "FeatureCollection", "features": seen + sites}


def _feature(longitude: float, latitude: float, properties: dict[str, Any]) -> dict[str, Any]:
    point = {"type": "Point", "coordinates": [longitude, latitude]}
    return {"type": "Feature", "geometry": point, "properties": properties}


def _without_point(site: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in site.items() if name not in ("longitude", "latitude")}
