"""What a rule may look at: the fact, what it did to the books, and what the park knows about those involved."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from tracker import booking, facts
from tracker.parties import Settings
from tracker.problems import Finding
from tracker.rolls import LabelKnown


@dataclass(frozen=True, slots=True)
class ClassKnown:
    """A waste class as the catalogue has it. ``ended`` is set where its edition no longer may be used."""

    key: int
    scheme: str
    edition: str
    code: str
    hazardous: bool
    verified: bool
    ended: date | None

    def __str__(self) -> str:
        return f"{self.scheme}-{self.edition} {self.code}"


@dataclass(frozen=True, slots=True)
class PermitKnown:
    """A permit with what is used of it this year, in grams. ``divisions`` are the beginnings of the county codes it is
    valid for, none for everywhere; ``ended_on`` is the first day on which it no longer held, where it was ended."""

    uuid: UUID
    enterprise: int
    number: str
    acts_as: str
    codes: Sequence[str]
    treatments: Sequence[str]
    annual_grams: int | None
    valid_from: date
    valid_to: date
    used_grams: int = 0
    reserved_grams: int = 0
    divisions: Sequence[str] = ()
    ends_trace: bool = False
    ended_on: date | None = None
    confirmed: bool = True
    revision: int = 1

    def in_force(self, on: date) -> bool:
        ended = self.ended_on is not None and on >= self.ended_on
        return self.confirmed and not ended and self.valid_from <= on <= self.valid_to

    def takes_from(self, division: str) -> bool:
        """Whether it is valid for waste of a county; where only the province is known, it gets the benefit."""
        return not self.divisions or any(
            division.startswith(area) or area.startswith(division) for area in self.divisions
        )

    def covers(self, scheme: str, code: str) -> bool:
        """Whether a pattern such as ``CN-HW:*-08`` or ``CN-SW:*`` takes in the code."""
        return any(matches(pattern, scheme, code) for pattern in self.codes)


def matches(pattern: str, scheme: str, code: str) -> bool:
    """Whether a code of a scheme is one of a pattern."""
    of_scheme, _, shape = pattern.partition(":")
    if of_scheme != scheme:
        return False
    start, star, end = shape.partition("*")
    return (
        code.startswith(start) and code.endswith(end) and len(code) >= len(start) + len(end) if star else code == shape
    )


@dataclass(frozen=True, slots=True)
class Paper:
    """Facts that stood on paper before they came here: what their judge found, by fact. That they come late, and from
    no place a phone could name, is the nature of paper and no finding of each of them."""

    findings: Mapping[UUID, Sequence[Finding]] = field(default_factory=dict)
    #: Not on paper but on a phone without a network: it has a clock, and comes late like any other fact of a phone.
    by_phone: bool = False


@dataclass(frozen=True, slots=True)
class Context:
    """Everything the rules are given for one fact."""

    fact: facts.Fact
    booked: booking.Booked
    settings: Settings
    recorded_at: datetime
    classes: Mapping[int, ClassKnown]
    #: What the device said its clock read when it sent, minus ours, in seconds.
    skew_s: float | None = None
    #: Permits of the receivers and treaters involved, by enterprise key.
    permits: Mapping[int, Sequence[PermitKnown]] = field(default_factory=dict)
    #: Metres from the fact's point to the nearest place of the enterprise it should have happened at, with its name.
    distance: tuple[float, str] | None = None
    paper: Paper | None = None
    #: Grams in each store named, with its capacity and name, after this fact.
    stores: Mapping[int, tuple[int, int | None, str]] = field(default_factory=dict)
    #: The labels that new batches were said to bear, as far as they were issued.
    labels: Mapping[UUID, LabelKnown] = field(default_factory=dict)
    #: The names under the manifests involved: the side, and whether it signed as issued or something that happened.
    signed: Mapping[UUID, Collection[tuple[str, str]]] = field(default_factory=dict)

    @property
    def when(self) -> datetime:
        """The time the books go by."""
        return booking.trusted(self.fact.observed_at, self.recorded_at, self.skew_s)

    def lines(self) -> Iterator[tuple[booking.Batch, booking.Before, facts.Line | None]]:
        """The batches that were there before, as they were, with the line the fact told about each."""
        told = {line.batch: line for line in self.fact.lines}
        for uuid, before in self.booked.before.items():
            yield self.booked.touched[uuid], before, told.get(uuid)
