"""The books: batches and manifests as they stand, and what one fact did to them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

from tracker import lifecycle
from tracker.problems import Finding

Account = Literal["source", "stock", "transit", "treated", "lost", "difference"]


Verdict = Literal["recorded", "conflict"]


@dataclass(slots=True)
class Batch:
    """A batch as the books have it. Enterprises, places, classes and manifests by their keys; mass in grams."""

    key: int
    uuid: UUID
    class_id: int | None
    raw_class: str | None
    generator: int
    holder: int
    state: str
    free_state: str
    grams: int
    grams_at_start: int
    measured: bool
    store: int | None
    manifest: UUID | None
    #: The manifest it came to its present holder by: that one closes when nothing is left of what it brought.
    came_by: UUID | None
    #: The fact its mass rests on: a correction of an older one no longer changes what is here.
    mass_fact: UUID
    generated_at: datetime
    held_since: datetime
    last_fact: UUID
    last_index: int
    last_observed_at: datetime
    form: str | None = None
    container: str | None = None
    process: str | None = None

    @property
    def custody(self) -> Account:
        """Whether its grams stand in somebody's stock or on a truck."""
        return "transit" if self.state in lifecycle.ON_THE_ROAD else "stock"


@dataclass(slots=True)
class Line:
    """One batch on a manifest. ``outcome``: planned, loaded, whole, part, refused, returned, released."""

    batch: UUID
    planned_grams: int
    loaded_grams: int | None = None
    accepted_grams: int | None = None
    refused_grams: int | None = None
    outcome: str = "planned"
    finished: bool = False
    pickup_fact: UUID | None = None
    pickup_enterprise: int | None = None
    #: The batch on the same manifest that this one is the refused part of.
    part_of: UUID | None = None


@dataclass(slots=True)
class Leg:
    """A carrier on a manifest, or a store that keeps the load on the way, in order. ``lapsed``: nobody drove it, and
    nobody will."""

    enterprise: int
    plate: str | None
    took_over_at: datetime | None = None
    what: str = "carrier"
    lapsed: bool = False


@dataclass(slots=True)
class Manifest:
    """A manifest as the books have it; ``lines`` by the batch's id."""

    uuid: UUID
    number: str | None
    state: str
    generator: int
    receiver: int
    treatment: str
    hazardous: bool
    legs: list[Leg]
    lines: dict[UUID, Line]
    key: int = 0
    permit: UUID | None = None
    issued_at: datetime | None = None
    #: The manifest whose refused batches it brings back; the emergency sheet it was written on.
    returns: UUID | None = None
    sheet: str | None = None
    filing: str | None = None


@dataclass(frozen=True, slots=True)
class Posting:
    """``amends`` is the fact this posting corrects the figures of, as ``Books.mark`` wrote it down; a trace reads it as
    if that fact had been told right from the start."""

    batch: Batch
    account: Account
    enterprise: int
    grams: int
    amends: int | None = None


@dataclass(frozen=True, slots=True)
class Edge:
    """Grams that went from one batch into another; negative only where it amends an earlier one."""

    parent: Batch
    child: Batch
    grams: int
    amends: int | None = None


@dataclass(frozen=True, slots=True)
class Flow:
    """Grams that came into a batch, or left it, by one fact: from or into the batch ``other``, or onto ``account``."""

    index: int
    fact: UUID
    kind: str
    grams: int
    other: UUID | None = None
    account: Account | None = None
    enterprise: int = 0


@dataclass(slots=True)
class Course:
    """Where the grams of a batch came from and where they went, corrections included."""

    came: list[Flow] = field(default_factory=list)
    went: list[Flow] = field(default_factory=list)


@dataclass(slots=True)
class Proposal:
    """A change that has no effect until those concerned consent: a corrected figure, or another way for a manifest.
    ``answers`` holds everybody who is asked, None until they have answered."""

    fact: UUID
    kind: Literal["correction", "route"]
    proposer: int | None
    answers: dict[int, str | None]
    state: str = "open"
    batch: UUID | None = None
    manifest: UUID | None = None
    root: UUID | None = None
    grams: int | None = None
    change: "Change | None" = None
    made_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """Another way for a manifest, in keys of the tables."""

    legs: tuple[tuple[int, str | None, str], ...] = ()
    receiver: int | None = None
    treatment: str | None = None
    permit: UUID | None = None
    filing: str | None = None


@dataclass(frozen=True, slots=True)
class Signature:
    manifest: UUID
    side: str
    enterprise: int
    method: str
    of: UUID | None


@dataclass(frozen=True, slots=True)
class Use:
    """A change to what a permit has promised and used in a calendar year, in grams."""

    permit: UUID
    year: int
    reserved: int
    used: int


@dataclass(frozen=True, slots=True)
class Told:
    """An earlier fact that a correction points at: who told it, and the grams it now stands for, batch by batch."""

    kind: str
    enterprise: int | None
    grams: Mapping[UUID, int]


@dataclass(frozen=True, slots=True)
class Before:
    state: str
    grams: int
    measured: bool
    holder: int
    observed_at: datetime


@dataclass(slots=True)
class Books:
    """Everything a run of facts may touch. ``new_key`` draws keys that only grow; the maps turn the ids of a fact into
    the keys of the tables."""

    new_key: Callable[[UUID], int]
    enterprises: Mapping[UUID, int]
    places: Mapping[UUID, int]
    classes: Mapping[str, int]
    batches: dict[UUID, Batch] = field(default_factory=dict)
    manifests: dict[UUID, Manifest] = field(default_factory=dict)
    told: dict[UUID, Told] = field(default_factory=dict)
    #: What each correction is about in the end: to correct a correction is to correct the same fact once more.
    corrects: dict[UUID, UUID] = field(default_factory=dict)
    proposals: dict[UUID, Proposal] = field(default_factory=dict)
    #: Kept only where something may be corrected or undone, else None.
    courses: dict[UUID, Course] | None = None
    #: Whether facts are booked under their index in the log; if not, under their place in the run.
    folding: bool = False

    def mark(self, index: int) -> int:
        """A fact of this run as ``amends`` names it: below zero until its index in the log is known."""
        return index if self.folding else -1 - index

    def course(self, batch: UUID) -> Course:
        courses = self.courses if self.courses is not None else {}
        return courses.setdefault(batch, Course())


@dataclass(frozen=True, slots=True)
class Teller:
    """Who tells a fact: their enterprise's key, None for the park itself."""

    enterprise: int | None


@dataclass(slots=True)
class Booked:
    """What a fact did. ``before`` holds what the rules want to compare with: state, grams, holder and time of each
    batch before the fact."""

    verdict: Verdict = "recorded"
    winner: UUID | None = None
    winner_enterprise: int | None = None
    postings: list[Posting] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    uses: list[Use] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    touched: dict[UUID, Batch] = field(default_factory=dict)
    born: dict[UUID, Batch] = field(default_factory=dict)
    manifests: dict[UUID, Manifest] = field(default_factory=dict)
    #: The manifest it is about although it names none.
    filed: UUID | None = None
    before: dict[UUID, "Before"] = field(default_factory=dict)
    #: Manifests of which a leg has begun, lapsed or been added.
    driven: set[UUID] = field(default_factory=set)
    #: Legs and lines that came to a manifest after it was issued.
    new_legs: set[tuple[UUID, int]] = field(default_factory=set)
    new_lines: set[tuple[UUID, UUID]] = field(default_factory=set)
    proposals: dict[UUID, Proposal] = field(default_factory=dict)
    signatures: list[Signature] = field(default_factory=list)


def relations(batch: Batch, manifest: Manifest | None, teller: Teller) -> set[str]:
    """What the teller is to a batch: holder, generator, carrier, store, receiver. The park itself is all of them.

    Who has it on the road carries it, named on the manifest or not. Who made it and has since shipped it is nothing to
    it any more: the generator is who the manifest ships it from. A batch that is on the road without a manifest names
    no receiver, so whoever has it now may say so; nothing could move it again otherwise.
    """
    if teller.enterprise is None:
        return {"anyone", "holder", "generator", "carrier", "receiver", "store"}
    mine = teller.enterprise
    on_the_road = batch.state in lifecycle.ON_THE_ROAD
    found = {"anyone"}
    if batch.holder == mine:
        found |= {"holder", "carrier"} if on_the_road else {"holder"}
    if manifest is not None:
        parts = sides(manifest)
        found |= {part for part, who in parts.items() if mine in who}
        if manifest.sheet and mine == manifest.generator:
            # All sides wrote on one sheet of paper, and whoever it was issued to enters what they wrote.
            found |= {"carrier", "receiver"}
    elif on_the_road and batch.generator == mine:
        found.add("generator")
    elif on_the_road and batch.holder != mine:
        found.add("receiver")
    return found


def sides(manifest: Manifest) -> dict[str, set[int]]:
    """Who is what on a manifest. Where it brings something back, its receiver is whom the batch came from."""
    home = {manifest.receiver} if manifest.returns else set()
    return {
        "generator": {manifest.generator} | home,
        "receiver": {manifest.receiver},
        "carrier": {leg.enterprise for leg in manifest.legs if leg.what == "carrier"},
        "store": {leg.enterprise for leg in manifest.legs if leg.what == "store"},
    }
