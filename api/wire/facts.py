"""A fact as it comes over the wire, one shape of ``details`` a kind, and the receipt that answers it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from marshmallow import ValidationError, fields, validate

from api.errors import Invalid, coded, problems_of
from api.wire.fields import Choice, Grams, Instant, Number, Strict, Uid, Words
from api.wire.shapes import FindingSchema, ProblemSchema
from tracker import facts

LINES_MAX = 1_000
PARTS_MAX = 200
_SHA256 = r"^[0-9a-f]{64}$"
_INT32_MAX = 2**31 - 1


class ClassRefSchema(Strict):
    scheme = Words(limit=32, least=1, required=True)
    edition = Words(limit=16, least=1, required=True)
    code = Words(limit=40, least=1, required=True)


class LineSchema(Strict):
    batch = Uid(required=True)
    grams = Grams(allow_none=True)
    measured = fields.Boolean(truthy={True}, falsy={False})
    prev = Uid(allow_none=True)


class PointSchema(Strict):
    longitude = Number(-180, 180, required=True)
    latitude = Number(-90, 90, required=True)
    accuracy_m = Number(0, 1_000_000, allow_none=True)


class EvidenceSchema(Strict):
    sha256 = fields.String(required=True, validate=validate.Regexp(_SHA256))
    bytes = fields.Integer(strict=True, required=True, validate=validate.Range(0, 2**40))
    media = Words(limit=100, least=1, required=True)
    what = Choice(("photo", "scale_ticket", "signature", "document"), required=True)


class FactSchema(Strict):
    """The envelope every fact shares. What ``details`` holds depends on ``kind``; docs/api.md has the table."""

    id = Uid(required=True)
    kind = Choice(tuple(facts.KINDS), required=True)
    observed_at = Instant(required=True)
    lines = fields.List(fields.Nested(LineSchema), validate=validate.Length(max=LINES_MAX))
    manifest = Uid(allow_none=True)
    place = fields.Nested(PointSchema, allow_none=True)
    evidence = fields.List(fields.Nested(EvidenceSchema), validate=validate.Length(max=20))
    device = Uid(allow_none=True)
    counter = fields.Integer(strict=True, allow_none=True, validate=validate.Range(0, _INT32_MAX))
    private = fields.Dict(keys=Words(limit=40), values=Words(limit=2_000), allow_none=True)
    details = fields.Dict(keys=fields.String())


class _Generated(Strict):
    waste_class = fields.Nested(ClassRefSchema, required=True, data_key="class")
    form = Choice(("solid", "semi_solid", "liquid", "gas"), allow_none=True)
    container = Words(limit=200, allow_none=True)
    process = Words(limit=200, allow_none=True)
    store = Uid(allow_none=True)
    label = Uid(allow_none=True)


class _Stored(Strict):
    store = Uid(required=True)


class _TakenOut(Strict):
    store = Uid(allow_none=True)


class _Weighed(Strict):
    ticket = Words(limit=100, allow_none=True)


class _Part(Strict):
    batch = Uid(required=True)
    grams = Grams(required=True)


class _Split(Strict):
    into = fields.List(fields.Nested(_Part), required=True, validate=validate.Length(1, PARTS_MAX))


class _Merged(Strict):
    batch = Uid(required=True)
    waste_class = fields.Nested(ClassRefSchema, allow_none=True, data_key="class")


class _Combined(Strict):
    into = fields.List(fields.Nested(_Merged), required=True, validate=validate.Length(1, 1))


class _PickedUp(Strict):
    carrier = Uid(allow_none=True)
    plate = Words(limit=20, allow_none=True)


class _HandedOver(Strict):
    carrier = Uid(required=True)
    plate = Words(limit=20, allow_none=True)


class _Arrived(Strict):
    site = Uid(allow_none=True)


class _RefusedPart(Strict):
    batch = Uid(required=True)
    refused_grams = Grams(required=True)
    into = Uid(required=True)


class _Received(Strict):
    outcome = Choice(("whole", "part", "refused"), required=True)
    refused = fields.List(fields.Nested(_RefusedPart), validate=validate.Length(max=LINES_MAX))
    cause = Choice(("not_conform", "not_receivable", "awaiting_analysis", "other"), allow_none=True)
    text = Words(limit=500, allow_none=True)


class _Returned(Strict):
    pass


class _Output(Strict):
    kind = Choice(("product", "residue", "loss"), required=True)
    grams = Grams(required=True)
    name = Words(limit=200, allow_none=True)
    batch = Uid(allow_none=True)
    waste_class = fields.Nested(ClassRefSchema, allow_none=True, data_key="class")


class _Treated(Strict):
    treatment = Words(limit=10, least=1, required=True)
    outputs = fields.List(fields.Nested(_Output), validate=validate.Length(max=PARTS_MAX))


class _Corrected(Strict):
    corrects = Uid(required=True)
    grams = Grams(required=True)
    reason = Words(limit=500, least=1, required=True)


_DETAILS: Mapping[str, Strict] = {
    "generated": _Generated(),
    "stored": _Stored(),
    "taken_out": _TakenOut(),
    "weighed": _Weighed(),
    "split": _Split(),
    "combined": _Combined(),
    "picked_up": _PickedUp(),
    "handed_over": _HandedOver(),
    "arrived": _Arrived(),
    "received": _Received(),
    "returned": _Returned(),
    "treated": _Treated(),
    "corrected": _Corrected(),
}
#: Which plain dictionaries become which dataclass.
_PARTS: Mapping[str, type] = {"waste_class": facts.ClassRef}
_LISTS: Mapping[tuple[str, str], type] = {
    ("split", "into"): facts.Part,
    ("combined", "into"): facts.Merged,
    ("received", "refused"): facts.RefusedPart,
    ("treated", "outputs"): facts.Output,
}
_ENVELOPE = FactSchema()


def read(body: Mapping[str, Any]) -> facts.Fact:
    """The fact of one JSON object. Raises ``Invalid`` with every problem in it."""
    try:
        envelope = _ENVELOPE.load(body)
        kind = envelope.pop("kind")
        details = envelope.pop("details", None) or {}
        told = _details(kind, details)
    except ValidationError as error:
        raise Invalid(list(problems_of(error.messages))) from None
    lines = tuple(facts.Line(**line) for line in envelope.pop("lines", None) or ())
    place = envelope.pop("place", None)
    evidence = tuple(facts.Evidence(**one) for one in envelope.pop("evidence", None) or ())
    private = envelope.pop("private", None)
    return facts.KINDS[kind](
        **envelope,
        **told,
        lines=lines,
        place=facts.Point(**place) if place else None,
        evidence=evidence,
        private=private or None,
    )


def _details(kind: str, body: Mapping[str, Any]) -> dict[str, Any]:
    schema = _DETAILS.get(kind)
    if schema is None:
        raise ValidationError({"kind": coded("fact_not_told_here", fact=kind).messages})
    try:
        told = schema.load(body)
    except ValidationError as error:
        raise ValidationError({"details": error.messages}) from None
    made: dict[str, Any] = {}
    for name, value in told.items():
        if value is None:
            continue
        if name in _PARTS:
            made[name] = _PARTS[name](**value)
        elif (kind, name) in _LISTS:
            made[name] = tuple(_LISTS[kind, name](**_inner(one)) for one in value)
        else:
            made[name] = value
    if kind == "combined":
        made["into"] = made["into"][0]
    return made


def _inner(body: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: facts.ClassRef(**value) if name == "waste_class" else value
        for name, value in body.items()
        if value is not None
    }


class SyncSchema(Strict):
    """Up to fifty facts. Each is read and answered by itself, so one that is malformed does not hold up the others."""

    device = Uid(allow_none=True)
    sent_at = Instant(allow_none=True)
    facts = fields.List(fields.Dict(), required=True, validate=validate.Length(1, 50))


class ReceiptSchema(Strict):
    id = fields.String(allow_none=True)
    verdict = fields.String(
        metadata={"enum": ["recorded", "already_recorded", "waiting", "conflict", "turned_away", "quarantined"]}
    )
    index = fields.Integer(allow_none=True)
    findings = fields.List(fields.Nested(FindingSchema))
    problem = fields.Nested(ProblemSchema, allow_none=True)
    winner = fields.UUID(allow_none=True)
    waits_for = fields.UUID(allow_none=True)


class SyncAnswerSchema(Strict):
    received_at = Instant()
    clock_skew_s = fields.Float(allow_none=True)
    receipts = fields.List(fields.Nested(ReceiptSchema))


def id_of(body: Any) -> str | None:
    """What a fact calls itself, even where the rest of it cannot be read."""
    given = body.get("id") if isinstance(body, Mapping) else None
    if not isinstance(given, str):
        return None
    try:
        return str(UUID(given))
    except ValueError:
        return given[:64]
