"""A fact as it comes over the wire, one shape of ``details`` a kind, and the receipt that answers it."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from marshmallow import ValidationError, fields, validate

from api.errors import Invalid, coded, problems_of
from api.wire import named
from api.wire.fields import Choice, Grams, Instant, Notes, Number, Several, Shown, Strict, Uid, Whole, Words
from api.wire.shapes import FindingSchema, ProblemSchema
from manifests import sealing
from tracker import facts, ledger

LINES_MAX = 1_000
PARTS_MAX = 200
_SHA256 = r"^[0-9a-f]{64}$"
_INT32_MAX = 2**31 - 1


class ClassRefSchema(Strict):
    scheme = Words(limit=32, least=1, required=True)
    edition = Words(limit=16, least=1, required=True)
    code = Words(limit=40, least=1, required=True)


_BY_LABEL = {"description": "instead of `batch`: the label that was scanned, where the phone could not know the batch"}


class BatchLineSchema(Strict):
    batch = Uid(required=True)
    grams = Grams(allow_none=True)
    measured = fields.Boolean(truthy={True}, falsy={False})
    prev = Uid(allow_none=True)


class LineSchema(BatchLineSchema):
    """One of ``batch`` and ``label``."""

    batch = Uid()
    label = Uid(metadata=_BY_LABEL)


class PointSchema(Strict):
    longitude = Number(-180, 180, required=True)
    latitude = Number(-90, 90, required=True)
    accuracy_m = Number(0, 1_000_000, allow_none=True)


class EvidenceSchema(Strict):
    sha256 = Words(limit=64, least=64, required=True, validate=validate.Regexp(_SHA256))
    bytes = Whole(0, 2**40, required=True)
    media = Words(limit=100, least=1, required=True)
    what = Choice(("photo", "scale_ticket", "signature", "document"), required=True)


class EnvelopeSchema(Strict):
    """The envelope every fact shares."""

    id = Uid(required=True)
    kind = Choice(tuple(facts.KINDS), required=True)
    observed_at = Instant(required=True)
    lines = Several(fields.Nested(BatchLineSchema), most=LINES_MAX)
    manifest = Uid(allow_none=True)
    place = fields.Nested(PointSchema, allow_none=True)
    no_place = Choice(("denied", "unavailable", "declined", "not_asked"), allow_none=True)
    evidence = Several(fields.Nested(EvidenceSchema), most=20)
    device = Uid(allow_none=True)
    counter = Whole(0, _INT32_MAX, allow_none=True)
    private = Notes(name_max=40, text_max=2_000, allow_none=True)
    details = fields.Dict(keys=fields.String())
    signature = Words(
        limit=200,
        allow_none=True,
        metadata={
            "description": "by the phone's own key: ECDSA P-256 with SHA-256, 64 bytes r and s in base64url, over the"
            " canonical JSON (RFC 8785) of this object without it"
        },
    )


class FactSchema(EnvelopeSchema):
    """What befell something that is there. What ``details`` holds depends on ``kind``; docs/api.md has the table."""

    lines = Several(fields.Nested(LineSchema), most=LINES_MAX)
    manifest_label = Uid(
        metadata={"description": "instead of `manifest`: the label of the manifest, where the phone could not know it"}
    )


class GeneratedDetailsSchema(Strict):
    waste_class = fields.Nested(ClassRefSchema, required=True, data_key="class")
    form = Choice(("solid", "semi_solid", "liquid", "gas"), allow_none=True)
    container = Words(limit=200, allow_none=True)
    process = Words(limit=200, allow_none=True)
    store = Uid(allow_none=True)
    label = Uid(allow_none=True)


class StoredDetailsSchema(Strict):
    store = Uid(required=True)


class TakenOutDetailsSchema(Strict):
    store = Uid(allow_none=True)


class WeighedDetailsSchema(Strict):
    ticket = Words(limit=100, allow_none=True)


class PartSchema(Strict):
    batch = Uid(required=True)
    grams = Grams(required=True)


class SplitDetailsSchema(Strict):
    into = Several(fields.Nested(PartSchema), least=1, most=PARTS_MAX, required=True)


class MergedSchema(Strict):
    batch = Uid(required=True)
    waste_class = fields.Nested(ClassRefSchema, allow_none=True, data_key="class")


class CombinedDetailsSchema(Strict):
    into = Several(fields.Nested(MergedSchema), least=1, most=1, required=True)


class PickedUpDetailsSchema(Strict):
    carrier = Uid(allow_none=True)
    plate = Words(limit=20, allow_none=True)


class HandedOverDetailsSchema(Strict):
    carrier = Uid(required=True)
    plate = Words(limit=20, allow_none=True)


class NotCollectedDetailsSchema(Strict):
    cause = Choice(("closed", "not_ready", "no_room", "not_conform", "other"), required=True)
    text = Words(limit=500, allow_none=True)


class StoppedDetailsSchema(Strict):
    reason = Choice(("breakdown", "rest", "traffic", "weather", "inspection", "other"), required=True)
    text = Words(limit=500, allow_none=True)
    until = Instant(allow_none=True)


class DepositedDetailsSchema(Strict):
    keeper = Uid(allow_none=True)
    store = Uid(allow_none=True)


class ArrivedDetailsSchema(Strict):
    site = Uid(allow_none=True)


class RefusedPartSchema(Strict):
    batch = Uid()
    label = Uid(metadata=_BY_LABEL)
    refused_grams = Grams(required=True)
    into = Uid(required=True)


class ReceivedDetailsSchema(Strict):
    outcome = Choice(("whole", "part", "refused"), required=True)
    refused = Several(fields.Nested(RefusedPartSchema), most=LINES_MAX)
    cause = Choice(("not_conform", "not_receivable", "awaiting_analysis", "other"), allow_none=True)
    text = Words(limit=500, allow_none=True)


class ReturnedDetailsSchema(Strict):
    pass


class OutputSchema(Strict):
    kind = Choice(("product", "residue", "loss"), required=True)
    grams = Grams(required=True)
    name = Words(limit=200, allow_none=True)
    batch = Uid(allow_none=True)
    waste_class = fields.Nested(ClassRefSchema, allow_none=True, data_key="class")


class TreatedDetailsSchema(Strict):
    treatment = Words(limit=10, least=1, required=True)
    outputs = Several(fields.Nested(OutputSchema), most=PARTS_MAX)
    untraced = Words(limit=200, allow_none=True)


class DissolvedDetailsSchema(Strict):
    reason = Words(limit=500, allow_none=True)


class CorrectedDetailsSchema(Strict):
    corrects = Uid(required=True)
    grams = Grams(required=True)
    reason = Words(limit=500, least=1, required=True)


class ConsentedDetailsSchema(Strict):
    to = Uid(required=True)


class DeclinedDetailsSchema(Strict):
    to = Uid(required=True)
    reason = Words(limit=500, allow_none=True)


class SignedDetailsSchema(Strict):
    side = Choice(("generator", "carrier", "receiver", "store"), required=True)
    of = Uid(allow_none=True)
    sealed = Words(
        limit=sealing.TEXT_MAX,
        least=1,
        allow_none=True,
        load_only=True,
        metadata={
            "description": "login and PIN of somebody who signs on this phone, sealed for the installation's key"
        },
    )
    mandate = Uid(allow_none=True)


_DETAILS: Mapping[str, Strict] = {
    "generated": GeneratedDetailsSchema(),
    "stored": StoredDetailsSchema(),
    "taken_out": TakenOutDetailsSchema(),
    "weighed": WeighedDetailsSchema(),
    "split": SplitDetailsSchema(),
    "combined": CombinedDetailsSchema(),
    "picked_up": PickedUpDetailsSchema(),
    "not_collected": NotCollectedDetailsSchema(),
    "handed_over": HandedOverDetailsSchema(),
    "stopped": StoppedDetailsSchema(),
    "deposited": DepositedDetailsSchema(),
    "arrived": ArrivedDetailsSchema(),
    "received": ReceivedDetailsSchema(),
    "returned": ReturnedDetailsSchema(),
    "treated": TreatedDetailsSchema(),
    "dissolved": DissolvedDetailsSchema(),
    "corrected": CorrectedDetailsSchema(),
    "consented": ConsentedDetailsSchema(),
    "declined": DeclinedDetailsSchema(),
    "signed": SignedDetailsSchema(),
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
    if "signature" in body:
        # No part of the fact, which is signed anew each time it is sent; and whatever it is, the fact is recorded.
        body = {name: value for name, value in body.items() if name != "signature"}
    try:
        envelope = _ENVELOPE.load(body)
        kind = envelope.pop("kind")
        details = envelope.pop("details", None) or {}
        named.once(kind, envelope)
        told = _details(kind, details)
    except ValidationError as error:
        raise Invalid(list(problems_of(error.messages))) from None
    lines = tuple(facts.Line(**named.by_id(line)) for line in envelope.pop("lines", None) or ())
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


def details_of(kind: str) -> Strict:
    """The shape of the details of a kind."""
    return _DETAILS[kind]


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
            made[name] = _parts(kind, name, value)
        else:
            made[name] = value
    if kind == "signed":
        # The sealed PIN is no part of the fact: it is opened, judged and forgotten (``sealed_of``).
        sealed = made.pop("sealed", None)
        if sealed and "mandate" in made:
            reason = coded("field_malformed", reason="sealed / mandate").messages
            raise ValidationError({"details": {"mandate": reason}})
        made["method"] = "pin" if sealed else "mandate" if "mandate" in made else "own"
    if kind == "combined":
        made["into"] = made["into"][0]
    return made


def _parts(kind: str, name: str, value: Sequence[Mapping[str, Any]]) -> tuple[Any, ...]:
    made = _LISTS[kind, name]
    if made is facts.RefusedPart:
        named.each_once(kind, name, value)
    return tuple(made(**_inner(named.by_id(one))) for one in value)


def sealed_of(body: Mapping[str, Any]) -> str | None:
    """The sealed login and PIN in a signature that ``read`` could read."""
    details = body.get("details")
    return details.get("sealed") if body.get("kind") == "signed" and isinstance(details, Mapping) else None


def _inner(body: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: facts.ClassRef(**value) if name == "waste_class" else value
        for name, value in body.items()
        if value is not None
    }


def describe_facts(spec: Any) -> None:
    """Put the shape of each kind into the OpenAPI file. ``read`` goes by the same shapes, one fact at a time."""
    for kind, details in _DETAILS.items():
        shape = {"kind": Choice((kind,), required=True), "details": fields.Nested(details, required=_wanted(details))}
        spec.components.schema(_name(kind), schema=FactSchema.from_dict(shape, name=f"{_name(kind)}Schema"))


def _wanted(details: Strict) -> bool:
    return any(field.required for field in details.fields.values())


def _name(kind: str) -> str:
    return "Fact" + "".join(word.capitalize() for word in kind.split("_"))


class AnyFact(fields.Dict):
    """A fact that is read by itself, later; the OpenAPI file shows the shape of each kind."""

    def __init__(self) -> None:
        refs = {kind: f"#/components/schemas/{_name(kind)}" for kind in _DETAILS}
        shapes = [{"$ref": ref} for ref in refs.values()]
        super().__init__(metadata={"oneOf": shapes, "discriminator": {"propertyName": "kind", "mapping": refs}})


class SyncSchema(Strict):
    """Up to fifty facts. Each is read and answered by itself, so one that is malformed does not hold up the others."""

    device = Uid(allow_none=True)
    sent_at = Instant(allow_none=True)
    facts = Several(AnyFact(), least=1, most=ledger.FACTS_MAX, too_many="too_many_facts", required=True)


class ReceiptSchema(Shown):
    id = fields.String(allow_none=True)
    verdict = fields.String(
        metadata={
            "enum": ["recorded", "already_recorded", "waiting", "conflict", "turned_away", "quarantined", "refused"]
        }
    )
    index = fields.Integer(allow_none=True)
    findings = fields.List(fields.Nested(FindingSchema))
    problem = fields.Nested(ProblemSchema, allow_none=True)
    winner = fields.UUID(allow_none=True)
    waits_for = fields.UUID(allow_none=True)


class SyncAnswerSchema(Shown):
    received_at = Instant()
    clock_skew_s = fields.Float(allow_none=True)
    receipts = fields.List(fields.Nested(ReceiptSchema))


class AskedSchema(ReceiptSchema):
    """What would be said of a fact. ``refused``: less is left than it takes."""

    verdict = fields.String(
        metadata={
            "enum": ["recorded", "already_recorded", "waiting", "conflict", "turned_away", "quarantined", "refused"]
        }
    )


class CheckAnswerSchema(Shown):
    received_at = Instant()
    clock_skew_s = fields.Float(allow_none=True)
    receipts = fields.List(fields.Nested(AskedSchema))


def id_of(body: Any) -> str | None:
    """What a fact calls itself, even where the rest of it cannot be read."""
    given = body.get("id") if isinstance(body, Mapping) else None
    if not isinstance(given, str):
        return None
    try:
        return str(UUID(given))
    except ValueError:
        return given[:64]
