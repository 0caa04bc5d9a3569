"""The facts that can befall waste: something that happened, told once by somebody who saw it, never changed.

Frozen dataclasses, one a kind, and their form in the log. A fact knows nothing of how it is judged; that is
``booking`` (what it does to the books) and ``rules`` (what is odd about it).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Literal
from uuid import UUID

Form = Literal["solid", "semi_solid", "liquid", "gas"]
Outcome = Literal["whole", "part", "refused"]
Cause = Literal["not_conform", "not_receivable", "awaiting_analysis", "other"]
OutputKind = Literal["product", "residue", "loss"]
LegKind = Literal["carrier", "store"]
StopReason = Literal["breakdown", "rest", "traffic", "weather", "inspection", "other"]
Uncollected = Literal["closed", "not_ready", "no_room", "not_conform", "other"]
Side = Literal["generator", "carrier", "receiver", "store"]
Method = Literal["own", "pin", "mandate", "paper"]
NoPlace = Literal["denied", "unavailable", "declined", "not_asked"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassRef:
    """A code of a named scheme and edition. The scheme is said, never guessed from the shape of the code."""

    scheme: str
    edition: str
    code: str

    def __str__(self) -> str:
        return f"{self.scheme}-{self.edition} {self.code}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One batch the fact befell. ``grams`` None means "as the books have it"; ``prev`` is the last fact the teller had
    seen for this batch. Told by its ``label``, because a phone without a network could read no more, ``batch`` is the
    label's own id until the park knows what it is on (``tracker.labelled``)."""

    batch: UUID
    grams: int | None = None
    measured: bool = False
    prev: UUID | None = None
    label: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """Where the teller stood: WGS 84 degrees, accuracy in metres."""

    longitude: float
    latitude: float
    accuracy_m: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A photo, scale ticket or signature, known by the SHA-256 of its bytes (64 hex characters)."""

    sha256: str
    bytes: int
    media: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A new batch made of another one."""

    batch: UUID
    grams: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedPart:
    """What a receiver refused of ``batch``: it becomes the new batch ``into``, still on the truck. ``label`` as in a
    ``Line``."""

    batch: UUID
    refused_grams: int
    into: UUID
    label: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """The new batch that several became."""

    batch: UUID
    waste_class: ClassRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """What treatment made: a product (its waste status ends), a residue (a new batch), or a loss (emission, vapour)."""

    kind: OutputKind
    grams: int
    name: str | None = None
    batch: UUID | None = None
    waste_class: ClassRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """A leg of the way, in order: a carrier, or a store that keeps the load for a while. A carrier that is not in the
    register is typed in by name and gets an id of its own."""

    enterprise: UUID
    plate: str | None = None
    name: str | None = None
    permit_number: str | None = None
    what: LegKind = "carrier"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What every fact says. ``id`` is a UUIDv7 made by the device that saw it, ``observed_at`` that device's clock."""

    KIND: ClassVar[str]
    id: UUID
    observed_at: datetime
    lines: tuple[Line, ...] = ()
    manifest: UUID | None = None
    #: The label it was told by, where it is about a manifest whose id nobody without a network could know.
    manifest_label: UUID | None = None
    place: Point | None = None
    #: Why there is none: the phone said no, it could not tell, the teller would not, or nobody asked.
    no_place: NoPlace | None = None
    evidence: tuple[Evidence, ...] = ()
    device: UUID | None = None
    counter: int | None = None
    #: Names, phone numbers, free notes: kept beside the log, which holds only a salted commitment to them.
    private: Mapping[str, str] | None = None
    #: What ``told`` made of it, kept because a fact on its way into the books is asked several times.
    _told: dict[str, Any] | None = field(default=None, init=False, repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated(Fact):
    KIND: ClassVar[str] = "generated"
    waste_class: ClassRef
    form: Form | None = None
    container: str | None = None
    process: str | None = None
    store: UUID | None = None
    label: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored(Fact):
    KIND: ClassVar[str] = "stored"
    store: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenOut(Fact):
    KIND: ClassVar[str] = "taken_out"
    store: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed(Fact):
    KIND: ClassVar[str] = "weighed"
    ticket: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Split(Fact):
    KIND: ClassVar[str] = "split"
    into: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Combined(Fact):
    KIND: ClassVar[str] = "combined"
    into: Merged


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestIssued(Fact):
    """The frozen face of a manifest. Made by ``manifests.issue`` after the plan was judged, never sent by a phone."""

    KIND: ClassVar[str] = "manifest_issued"
    number: str
    generator: UUID
    carriers: tuple[Carrier, ...]
    receiver: UUID
    treatment: str
    hazardous: bool
    #: The receiver's permit that covers it; its capacity is reserved at issue and settled at receipt.
    permit: UUID | None = None
    labels: tuple[UUID, ...] = ()
    #: The manifest whose refused batches this one brings back.
    returns: UUID | None = None
    #: The approval or filing of a transfer across provinces.
    filing: str | None = None
    #: The number of the emergency sheet it was written on during an outage.
    sheet: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestVoided(Fact):
    KIND: ClassVar[str] = "manifest_voided"
    reason: str
    expired: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PickedUp(Fact):
    KIND: ClassVar[str] = "picked_up"
    carrier: UUID | None = None
    plate: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOver(Fact):
    KIND: ClassVar[str] = "handed_over"
    carrier: UUID
    plate: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotCollected(Fact):
    """The truck came and did not take it: the batch comes off the manifest, and is free for another."""

    KIND: ClassVar[str] = "not_collected"
    cause: Uncollected
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped(Fact):
    """A technical stop on the way. Nothing changes hands."""

    KIND: ClassVar[str] = "stopped"
    reason: StopReason
    text: str | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposited(Fact):
    """Kept on the way: ``keeper`` (the teller, where it names none) has it in a store until a carrier takes it on."""

    KIND: ClassVar[str] = "deposited"
    keeper: UUID | None = None
    store: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived(Fact):
    KIND: ClassVar[str] = "arrived"
    site: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Received(Fact):
    KIND: ClassVar[str] = "received"
    outcome: Outcome
    refused: tuple[RefusedPart, ...] = ()
    cause: Cause | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned(Fact):
    KIND: ClassVar[str] = "returned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Treated(Fact):
    KIND: ClassVar[str] = "treated"
    treatment: str
    outputs: tuple[Output, ...] = ()
    #: Traceability ends here, lawfully: the clause of the permit or the law that allows it.
    untraced: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected(Fact):
    KIND: ClassVar[str] = "corrected"
    corrects: UUID
    grams: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dissolved(Fact):
    """A grouping is undone while nothing has been taken from it: what went into it is there again."""

    KIND: ClassVar[str] = "dissolved"
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rerouted(Fact):
    """A plan to change a manifest on the road: the legs still to be driven, or who receives it. Judged before like
    every plan, and like a correction without effect until those concerned consent. Made by ``manifests.change``."""

    KIND: ClassVar[str] = "rerouted"
    reason: str
    carriers: tuple[Carrier, ...] = ()
    receiver: UUID | None = None
    treatment: str | None = None
    permit: UUID | None = None
    filing: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Consented(Fact):
    """Yes to what the fact ``to`` proposes."""

    KIND: ClassVar[str] = "consented"
    to: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Declined(Fact):
    """No to what the fact ``to`` proposes; from the proposer it is taken back. ``expired`` only from the park itself,
    when nobody answered in time."""

    KIND: ClassVar[str] = "declined"
    to: UUID
    reason: str | None = None
    expired: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed(Fact):
    """Somebody puts a name to the manifest, for one of its sides. ``of`` is the fact that is signed (a pickup, a
    receipt); none: the manifest as issued. ``mandate`` names the standing permission to sign for another; ``paper`` is
    ink on an emergency sheet, entered by whoever holds it for the side ``on_behalf``."""

    KIND: ClassVar[str] = "signed"
    side: Side
    method: Method = "own"
    of: UUID | None = None
    on_behalf: UUID | None = None
    mandate: UUID | None = None


KINDS: dict[str, type[Fact]] = {
    kind.KIND: kind
    for kind in (
        Generated,
        Stored,
        TakenOut,
        Weighed,
        Split,
        Combined,
        ManifestIssued,
        ManifestVoided,
        PickedUp,
        NotCollected,
        HandedOver,
        Stopped,
        Deposited,
        Arrived,
        Received,
        Returned,
        Treated,
        Dissolved,
        Rerouted,
        Corrected,
        Consented,
        Declined,
        Signed,
    )
}
