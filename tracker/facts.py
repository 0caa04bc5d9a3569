"""The facts that can befall waste: something that happened, told once by somebody who saw it, never changed.

Frozen dataclasses, one a kind, and their form in the log. A fact knows nothing of how it is judged; that is
``booking`` (what it does to the books) and ``rules`` (what is odd about it).
"""

import hashlib
import json
import types
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, ClassVar, Literal, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import rfc8785

from tracker.problems import Problem

Form = Literal["solid", "semi_solid", "liquid", "gas"]
Outcome = Literal["whole", "part", "refused"]
Cause = Literal["not_conform", "not_receivable", "awaiting_analysis", "other"]
OutputKind = Literal["product", "residue", "loss"]


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
    seen for this batch."""

    batch: UUID
    grams: int | None = None
    measured: bool = False
    prev: UUID | None = None


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
    """What a receiver refused of ``batch``: it becomes the new batch ``into``, still on the truck."""

    batch: UUID
    refused_grams: int
    into: UUID


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
    """A carrier in leg order. One that is not in the register is typed in by name and gets an id of its own."""

    enterprise: UUID
    plate: str | None = None
    name: str | None = None
    permit_number: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What every fact says. ``id`` is a UUIDv7 made by the device that saw it, ``observed_at`` that device's clock."""

    KIND: ClassVar[str]
    id: UUID
    observed_at: datetime
    lines: tuple[Line, ...] = ()
    manifest: UUID | None = None
    place: Point | None = None
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected(Fact):
    KIND: ClassVar[str] = "corrected"
    corrects: UUID
    grams: int
    reason: str


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
        HandedOver,
        Arrived,
        Received,
        Returned,
        Treated,
        Corrected,
    )
}
_ENVELOPE = frozenset(each.name for each in fields(Fact))


def new_batches(fact: Fact) -> list[UUID]:
    """The batches this fact brings into the world."""
    match fact:
        case Generated():
            return [line.batch for line in fact.lines]
        case Split():
            return [part.batch for part in fact.into]
        case Combined():
            return [fact.into.batch]
        case Received():
            return [part.into for part in fact.refused]
        case Treated():
            return [output.batch for output in fact.outputs if output.batch is not None]
        case _:
            return []


def enterprises_named(fact: Fact) -> list[UUID]:
    """The enterprises a fact names beside the one that tells it."""
    match fact:
        case ManifestIssued():
            return [fact.generator, fact.receiver, *(carrier.enterprise for carrier in fact.carriers)]
        case PickedUp() | HandedOver() if fact.carrier is not None:
            return [fact.carrier]
        case _:
            return []


def classes_named(fact: Fact) -> list[ClassRef]:
    """The waste classes a fact names."""
    match fact:
        case Generated():
            return [fact.waste_class]
        case Combined():
            return [fact.into.waste_class] if fact.into.waste_class else []
        case Treated():
            return [output.waste_class for output in fact.outputs if output.waste_class]
        case _:
            return []


# --- the form in the log ------------------------------------------------------------------------------------------


def told(fact: Fact) -> dict[str, Any]:
    """What was told, as plain JSON: the part of a log record that comes from the teller. Empty fields are left out.

    ``private`` is not in it: the log holds a commitment instead. Not to be changed by whoever asks.
    """
    kept = fact._told  # noqa: SLF001 - the class and this function share a module and a secret
    if kept is None:
        kept = _tell(fact)
        object.__setattr__(fact, "_told", kept)
    return kept


def _tell(fact: Fact) -> dict[str, Any]:
    plain = {name: _plain(getattr(fact, name)) for name in _names(type(fact)) if name != "private"}
    body = {name: value for name, value in plain.items() if value not in (None, [])}
    envelope = {name: value for name, value in body.items() if name in _ENVELOPE}
    details = {name: value for name, value in body.items() if name not in _ENVELOPE}
    return {"kind": fact.KIND, **envelope, "details": details}


def digest(fact: Fact, *, private: bool = False) -> bytes:
    """SHA-256 of what was told: the same id with another digest is another fact.

    Without the private parts, because this one is kept for ever beside the log: a name or a phone number is short
    enough to be guessed from an unsalted hash long after it was erased. With them only where nothing is kept.
    """
    body = told(fact) | ({"private": dict(fact.private or {})} if private else {})
    return hashlib.sha256(json.dumps(body, sort_keys=True, separators=(",", ":")).encode()).digest()


def _written_alike(value: float) -> bool:
    """Whether Python writes this fraction as ECMAScript does: no exponent, no trailing zero."""
    return 1e-4 <= abs(value) < 1e16 and not value.is_integer()  # noqa: PLR2004 - here exponents begin


def canonical(body: Mapping[str, Any]) -> bytes:
    """A log record in canonical form (RFC 8785), whose keys are our own names.

    Python's encoder is written in C and writes the same bytes, but for numbers with a fraction that are very large,
    very small, or whole; only places hold fractions, and for unusual ones the library is asked. ``tracker verify`` asks
    the library for every record.
    """
    fractions = (body.get("place") or {}).values()
    if all(isinstance(value, int) or _written_alike(value) for value in fractions):
        return json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    return rfc8785.dumps(dict(body))


def commitment(salt: bytes, private: Mapping[str, str]) -> str:
    """What the log says of the private parts: SHA-256 of salt and canonical JSON, in hexadecimal."""
    return hashlib.sha256(salt + rfc8785.dumps(dict(private))).hexdigest()


def from_record(record: Mapping[str, Any]) -> Fact:
    """The fact of a log record. Raises ``Problem`` field_malformed for a kind nobody knows."""
    kind = KINDS.get(record["kind"])
    if kind is None:
        raise Problem("field_malformed", "/kind", field="kind", reason=str(record["kind"])[:40])
    body = {**record, **record["details"]}
    if not isinstance(body.get("private"), dict):
        body.pop("private", None)  # A log record holds only the commitment.
    fact: Fact = _build(kind, body)
    return fact


_NAMES: dict[type[Any], tuple[str, ...]] = {}
_HINTS: dict[type[Any], dict[str, Any]] = {}


def _names(kind: type[Any]) -> tuple[str, ...]:
    if kind not in _NAMES:
        _NAMES[kind] = tuple(each.name for each in fields(kind) if not each.name.startswith("_"))
    return _NAMES[kind]


def _hints(kind: type[Any]) -> dict[str, Any]:
    if kind not in _HINTS:
        _HINTS[kind] = {name: hint for name, hint in get_type_hints(kind).items() if name in _names(kind)}
    return _HINTS[kind]


def _plain(value: Any) -> Any:
    kind = type(value)
    if value is None or kind in _AS_THEY_ARE:
        return value
    if kind is float:
        return value + 0.0  # Minus zero becomes zero, as canonical JSON and the database write it.
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if kind is tuple:
        return [_plain(item) for item in value]
    pairs = ((name, _plain(getattr(value, name))) for name in _names(kind))
    return {name: item for name, item in pairs if item is not None}


_AS_THEY_ARE = frozenset({str, int, bool})


def _build(kind: type[Any], body: Mapping[str, Any]) -> Any:
    """A dataclass of its plain form. ``told`` leaves empty lists out, so a missing list is an empty one."""
    given = {name: _read(hint, body[name]) for name, hint in _hints(kind).items() if name in body}
    empty = {name: () for name, hint in _hints(kind).items() if name not in body and get_origin(hint) is tuple}
    return kind(**empty, **given)


def _read(hint: Any, value: Any) -> Any:
    if value is None:
        return None
    origin, args = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return _read(next(arg for arg in args if arg is not type(None)), value)
    if origin is tuple:
        return tuple(_read(args[0], item) for item in value)
    if hint is UUID:
        return UUID(value)
    if hint is datetime:
        return datetime.fromisoformat(value)
    if hint is float:
        return float(value)
    if isinstance(hint, type) and hasattr(hint, "__dataclass_fields__"):
        return _build(hint, value)
    return value
