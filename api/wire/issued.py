"""A manifest that a phone issued without a network, as it comes over the wire: an ordinary envelope, whose details are
the plan with its number."""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields

from api.errors import Invalid, coded, problems_of
from api.wire.facts import EnvelopeSchema
from api.wire.fields import Several, Strict, Uid, Words
from manifests.offline import Issued
from manifests.plan import CarrierPlan
from tracker import facts

KIND = "manifest_issued"
#: What it carries it names by id: its number, its code and its labels are made of them.
_ENVELOPE = EnvelopeSchema()


class IssuedCarrierSchema(Strict):
    enterprise = Uid(allow_none=True)
    name = Words(limit=200, allow_none=True)
    permit_number = Words(limit=100, allow_none=True)
    plate = Words(limit=20, allow_none=True)


class IssuedDetailsSchema(Strict):
    number = Words(limit=60, least=1, required=True)
    carriers = Several(fields.Nested(IssuedCarrierSchema), least=1, most=20, required=True)
    receiver = Uid(required=True)
    treatment = Words(limit=10, least=1, required=True)
    remark = Words(limit=500, allow_none=True)
    filing_number = Words(limit=100, allow_none=True)


_DETAILS = IssuedDetailsSchema()


def is_issued(body: Mapping[str, Any]) -> bool:
    """Whether a phone tells of a manifest it issued, and not of something that befell one."""
    return isinstance(body, Mapping) and body.get("kind") == KIND


def _envelope(body: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = _ENVELOPE.load(body)
    if found.get("manifest") is None:
        raise ValidationError({"manifest": coded("field_required", field="manifest").messages})
    return found


def _details(body: Mapping[str, Any]) -> dict[str, Any]:
    try:
        found: dict[str, Any] = _DETAILS.load(body)
    except ValidationError as error:
        raise ValidationError({"details": error.messages}) from None
    return found


def read(body: Mapping[str, Any]) -> Issued:
    """The manifest of one JSON object. Raises ``Invalid`` with every problem in it."""
    try:
        envelope = _envelope(body)
        details = _details(envelope.pop("details", None) or {})
    except ValidationError as error:
        raise Invalid(list(problems_of(error.messages))) from None
    place = envelope.get("place")
    return Issued(
        id=envelope["id"],
        observed_at=envelope["observed_at"],
        manifest=envelope["manifest"],
        lines=tuple(facts.Line(**line) for line in envelope.get("lines") or ()),
        place=facts.Point(**place) if place else None,
        evidence=tuple(facts.Evidence(**one) for one in envelope.get("evidence") or ()),
        device=envelope.get("device"),
        counter=envelope.get("counter"),
        private=envelope.get("private") or None,
        **details | {"carriers": tuple(CarrierPlan(**one) for one in details["carriers"])},
    )
