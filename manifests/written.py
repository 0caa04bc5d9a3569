"""What stands on an emergency sheet, as somebody enters it: a manifest that has happened, in ink."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from manifests.plan import CarrierPlan
from tracker import booking, quantity, registry
from tracker.facts import Cause, ClassRef, Form
from tracker.problems import Problem

#: Rows on a sheet, and what a pen adds on its back.
ROWS_MAX = 50
_NAME_MAX = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A batch on the sheet. With a ``waste_class`` it is new and ``batch`` is made by whoever enters it; else it is one
    the books know. All grams are whole; None where the box is empty."""

    batch: UUID
    waste_class: ClassRef | None = None
    grams: int | None = None
    measured: bool = False
    form: Form | None = None
    container: str | None = None
    loaded_grams: int | None = None
    accepted_grams: int | None = None
    refused_grams: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    carrier: CarrierPlan
    took_over_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    at: datetime
    cause: Cause | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """A signature in ink: which side, the name as it reads, and when."""

    side: Literal["generator", "carrier", "receiver"]
    name: str
    at: datetime | None = None
    #: Of the carriers, which one, counted from 1.
    leg: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The whole sheet. ``id`` is made by whoever enters it, so that entering it twice makes one manifest."""

    id: UUID
    sheet: str
    written_at: datetime
    rows: tuple[Row, ...]
    legs: tuple[Leg, ...]
    receiver: UUID
    treatment: str
    generator: UUID | None = None
    receipt: Receipt | None = None
    names: tuple[Name, ...] = ()
    remark: str | None = None


def readable(written: Written) -> None:
    """Whether it can be understood at all; whether it was lawful is asked later, and refuses nothing."""
    if not written.rows:
        raise Problem("manifest_without_batches", "/batches")
    if not written.legs:
        raise Problem("carrier_missing", "/carriers")
    seen: set[UUID] = set()
    for at, row in enumerate(written.rows):
        if row.batch in seen:
            raise Problem("batch_named_twice", f"/batches/{at}", batch=str(row.batch))
        seen.add(row.batch)
        if row.waste_class is not None and row.grams is None:
            raise Problem("fact_needs_grams", f"/batches/{at}/grams")
        booking.plain_text(row.container or "", f"/batches/{at}/container", registry.NAME_MAX)
        _readable_grams(row, f"/batches/{at}")
    for at, leg in enumerate(written.legs):
        if leg.carrier.enterprise is None and not (leg.carrier.name or "").strip():
            raise Problem("field_required", f"/carriers/{at}/name", field="name")
    _readable_names(written)
    if written.receipt is not None and written.receipt.cause is None and any(row.refused_grams for row in written.rows):
        raise Problem("cause_missing", "/received/cause")


def _readable_grams(row: Row, pointer: str) -> None:
    for name in ("grams", "loaded_grams", "accepted_grams", "refused_grams"):
        grams = getattr(row, name)
        # Nothing accepted, and nothing refused, is written as a nought.
        if grams is None or (grams == 0 and name in ("accepted_grams", "refused_grams")):
            continue
        try:
            quantity.check(grams)
        except Problem as problem:
            raise problem.at(f"{pointer}/{name}") from None


def _readable_names(written: Written) -> None:
    for at, name in enumerate(written.names):
        booking.plain_text(name.name, f"/signed/{at}/name", _NAME_MAX)
        if name.side == "carrier" and not 1 <= name.leg <= len(written.legs):
            raise Problem("field_malformed", f"/signed/{at}/leg", field="leg", reason=str(name.leg))


__all__ = ["ROWS_MAX", "Leg", "Name", "Receipt", "Row", "Written", "readable"]
