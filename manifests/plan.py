"""What somebody wants to ship, before anybody has judged it, and the form in which a draft keeps it."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal
from uuid import UUID

from tracker import booking, registry
from tracker.problems import Problem

#: A lorry does not carry more containers than this, and a manifest nobody can read is none.
BATCHES_MAX = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchPlan:
    """A batch to ship; ``grams`` None means all of it."""

    batch: UUID
    grams: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierPlan:
    """A registered carrier by id, or one that is in no register by name; or a store that keeps the load on the way."""

    enterprise: UUID | None = None
    name: str | None = None
    permit_number: str | None = None
    plate: str | None = None
    driver: str | None = None
    driver_phone: str | None = None
    what: Literal["carrier", "store"] = "carrier"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What somebody wants to ship. ``id`` is made by whoever plans, so asking twice makes one manifest.
    ``filing_number`` is that of the filing or approval under which it leaves the province, ``filing_valid_to`` its last
    day. ``number`` is one of a block the enterprise was given; without one, the park gives the next."""

    id: UUID
    batches: tuple[BatchPlan, ...]
    carriers: tuple[CarrierPlan, ...]
    receiver: UUID
    treatment: str
    remark: str | None = None
    filing_number: str | None = None
    filing_valid_to: date | None = None
    number: str | None = None


def readable(plan: Plan) -> None:
    """What somebody typed is text as people write it."""
    if len(plan.batches) > BATCHES_MAX:
        raise Problem("field_malformed", "/batches", field="batches", reason=f"> {BATCHES_MAX}")
    booking.plain_text(plan.remark or "", "/remark")
    booking.plain_text(plan.filing_number or "", "/filing_number", registry.NAME_MAX)
    for at, one in enumerate(plan.carriers):
        booking.plain_text(one.name or "", f"/carriers/{at}/name", registry.NAME_MAX)
        booking.plain_text(one.permit_number or "", f"/carriers/{at}/permit_number", registry.NAME_MAX)
        booking.plain_text(one.plate or "", f"/carriers/{at}/plate", registry.NAME_MAX)
        booking.plain_text(one.driver or "", f"/carriers/{at}/driver", registry.NAME_MAX)
        booking.plain_text(one.driver_phone or "", f"/carriers/{at}/driver_phone", registry.NAME_MAX)


def body_of(plan: Plan) -> dict[str, Any]:
    return {
        "batches": [
            {"batch": str(one.batch)} | ({"grams": one.grams} if one.grams is not None else {}) for one in plan.batches
        ],
        "carriers": [
            {
                name: str(value)
                for name in ("enterprise", "name", "permit_number", "plate", "what", "driver", "driver_phone")
                if (value := getattr(one, name)) is not None
            }
            for one in plan.carriers
        ],
        "receiver": str(plan.receiver),
        "treatment": plan.treatment,
        "remark": plan.remark,
        "filing_number": plan.filing_number,
        "filing_valid_to": plan.filing_valid_to.isoformat() if plan.filing_valid_to else None,
    } | ({"number": plan.number} if plan.number is not None else {})


def only_planned(plan: Plan) -> dict[str, Any] | None:
    """The plan as a draft keeps it, where it says something that the fact of its issue does not: who drives and until
    when a filing holds. None where the fact says it all."""
    more = plan.filing_valid_to or any(one.driver or one.driver_phone for one in plan.carriers)
    return body_of(plan) if more else None


def plan_of(uuid: UUID, body: dict[str, Any]) -> Plan:
    """The plan a draft keeps."""
    return Plan(
        id=uuid,
        batches=tuple(BatchPlan(batch=UUID(one["batch"]), grams=one.get("grams")) for one in body["batches"]),
        carriers=tuple(
            CarrierPlan(
                enterprise=UUID(one["enterprise"]) if one.get("enterprise") else None,
                name=one.get("name"),
                permit_number=one.get("permit_number"),
                plate=one.get("plate"),
                driver=one.get("driver"),
                driver_phone=one.get("driver_phone"),
                what=one.get("what", "carrier"),
            )
            for one in body["carriers"]
        ),
        receiver=UUID(body["receiver"]),
        treatment=body["treatment"],
        remark=body.get("remark"),
        filing_number=body.get("filing_number"),
        filing_valid_to=date.fromisoformat(body["filing_valid_to"]) if body.get("filing_valid_to") else None,
        number=body.get("number"),
    )
