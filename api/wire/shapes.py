"""The shapes that go out. They only describe: what is in them is decided by the views."""

from marshmallow import fields

from api.wire.fields import Instant, Shown

_STATES = [
    "on_site", "reserved", "in_transit", "deposited", "arrived", "received", "refused", "returning", "treated", "split",
    "combined", "dissolved",
]  # fmt: skip
_MANIFEST_STATES = [
    "draft", "issued", "under_way", "delivered", "closed", "refused", "part_refused", "voided", "expired",
]  # fmt: skip
_SEVERITY = {"enum": ["note", "watch", "stop"]}


class ProblemSchema(Shown):
    code = fields.String()
    zh = fields.String()
    en = fields.String()
    pointer = fields.String(allow_none=True)
    params = fields.Dict()


class ProblemJsonSchema(ProblemSchema):
    """RFC 9457."""

    type = fields.String()
    title = fields.String()
    status = fields.Integer()
    detail = fields.String()
    request_id = fields.String()
    errors = fields.List(fields.Nested(ProblemSchema))


class PartySchema(Shown):
    id = fields.UUID(allow_none=True)
    number = fields.Integer(allow_none=True)
    name_zh = fields.String(allow_none=True)
    name_en = fields.String(allow_none=True)
    uscc = fields.String(allow_none=True)
    roles = fields.List(fields.String())
    masked = fields.Boolean()


class ClassSchema(Shown):
    scheme = fields.String()
    edition = fields.String()
    code = fields.String()
    name_zh = fields.String(allow_none=True)
    name_en = fields.String(allow_none=True)
    hazardous = fields.Boolean()
    properties = fields.List(fields.String())
    verified = fields.Boolean()
    note_zh = fields.String(allow_none=True)
    note_en = fields.String(allow_none=True)


class PlaceSchema(Shown):
    id = fields.UUID()
    name_zh = fields.String(allow_none=True)
    name_en = fields.String(allow_none=True)
    longitude = fields.Float()
    latitude = fields.Float()


class WhereSchema(Shown):
    longitude = fields.Float()
    latitude = fields.Float()


class FindingSchema(Shown):
    id = fields.Integer(allow_none=True)
    code = fields.String()
    severity = fields.String(metadata=_SEVERITY)
    zh = fields.String()
    en = fields.String()
    law = fields.String(allow_none=True)
    evidence = fields.Dict()
    batch = fields.UUID(allow_none=True)
    answer = fields.String(allow_none=True)
    answered_at = Instant(allow_none=True)


class EvidenceShownSchema(Shown):
    sha256 = fields.String()
    bytes = fields.Integer()
    media = fields.String()
    what = fields.String()
    arrived = fields.Boolean(metadata={"description": "whether GET /evidence/{sha256} has it"})


class WhySchema(Shown):
    code = fields.String()
    zh = fields.String()
    en = fields.String()


class ActSchema(Shown):
    kind = fields.String()
    outcome = fields.String(allow_none=True)
    may = fields.Boolean()
    why = fields.Nested(WhySchema, allow_none=True)
    likely = fields.Boolean()


class KeySchema(Shown):
    park = fields.Integer()
    key_id = fields.Integer()
    algorithm = fields.Integer()
    public_key = fields.String()
    retired_at = Instant(allow_none=True)


class KeysSchema(Shown):
    hosts = fields.List(fields.String())
    keys = fields.List(fields.Nested(KeySchema))


class ManifestRefSchema(Shown):
    id = fields.UUID()
    number = fields.String(allow_none=True)
    state = fields.String(metadata={"enum": _MANIFEST_STATES})


class BatchSchema(Shown):
    id = fields.UUID()
    human_code = fields.String(allow_none=True)
    label_id = fields.UUID(allow_none=True)
    label_text = fields.String(allow_none=True)
    waste_class = fields.Nested(ClassSchema, allow_none=True, data_key="class", attribute="class")
    raw_class = fields.String(allow_none=True)
    grams = fields.Integer()
    grams_at_start = fields.Integer()
    measured = fields.Boolean()
    state = fields.String(metadata={"enum": _STATES})
    form = fields.String(allow_none=True)
    container = fields.String(allow_none=True)
    process = fields.String(allow_none=True)
    generator = fields.Nested(PartySchema)
    holder = fields.Nested(PartySchema)
    place = fields.Nested(PlaceSchema, allow_none=True)
    manifest = fields.Nested(ManifestRefSchema, allow_none=True)
    generated_at = Instant()
    held_since = Instant()
    last_fact = fields.UUID()
    grouped = fields.Boolean(metadata={"description": "made by combining, free, and nothing of it is gone"})
    findings = fields.List(fields.Nested(FindingSchema))
    next = fields.List(fields.Nested(ActSchema))


class BatchPageSchema(Shown):
    items = fields.List(fields.Nested(BatchSchema))


class MoveSchema(Shown):
    account = fields.String()
    grams = fields.Integer()


class BatchFactSchema(Shown):
    id = fields.UUID()
    index = fields.Integer()
    kind = fields.String()
    verdict = fields.String()
    observed_at = Instant()
    recorded_at = Instant()
    enterprise = fields.Nested(PartySchema, allow_none=True)
    person = fields.String(allow_none=True)
    manifest = fields.UUID(allow_none=True)
    manifest_number = fields.String(allow_none=True)
    details = fields.Dict()
    grams = fields.Integer(allow_none=True, metadata={"description": "what it first said of this batch"})
    moves = fields.List(fields.Nested(MoveSchema))
    place = fields.Nested(WhereSchema, allow_none=True)
    evidence = fields.List(fields.Nested(EvidenceShownSchema))
    findings = fields.List(fields.Nested(FindingSchema))


class BatchFactsSchema(Shown):
    items = fields.List(fields.Nested(BatchFactSchema))


class LegSchema(Shown):
    leg = fields.Integer()
    party = fields.Nested(PartySchema)
    plate = fields.String(allow_none=True)
    took_over_at = Instant(allow_none=True)
    what = fields.String(metadata={"enum": ["carrier", "store"]})
    lapsed = fields.Boolean()


class ManifestLineSchema(Shown):
    batch = fields.Nested(BatchSchema)
    planned_grams = fields.Integer()
    loaded_grams = fields.Integer(allow_none=True)
    accepted_grams = fields.Integer(allow_none=True)
    refused_grams = fields.Integer(allow_none=True)
    outcome = fields.String()
    part_of = fields.UUID(allow_none=True, metadata={"description": "the batch this one is the refused part of"})


class ManifestSchema(ManifestRefSchema):
    hazardous = fields.Boolean()
    generator = fields.Nested(PartySchema)
    receiver = fields.Nested(PartySchema)
    carriers = fields.List(fields.Nested(LegSchema))
    treatment = fields.String()
    remark = fields.String(allow_none=True)
    draft = fields.Dict(allow_none=True)
    revision = fields.Integer()
    grams = fields.Integer()
    batch_count = fields.Integer()
    label_id = fields.UUID(allow_none=True)
    label_text = fields.String(allow_none=True)
    human_code = fields.String(allow_none=True)
    made_at = Instant()
    issued_at = Instant(allow_none=True)
    due_pickup_at = Instant(allow_none=True)
    returns = fields.Nested(ManifestRefSchema, allow_none=True)
    filing = fields.String(allow_none=True)
    sheet = fields.String(allow_none=True)


class OtherNumberSchema(Shown):
    id = fields.Integer()
    system = fields.String(metadata={"enum": ["national", "province", "customs", "park", "erp", "other"]})
    name = fields.String()
    number = fields.String()
    added_at = fields.String(metadata={"format": "date-time"})


class SignatureSchema(Shown):
    side = fields.String(metadata={"enum": ["generator", "carrier", "receiver", "store"]})
    party = fields.Nested(PartySchema)
    method = fields.String(metadata={"enum": ["own", "pin", "mandate", "paper"]})
    of = fields.UUID(allow_none=True)
    person = fields.String(allow_none=True)
    at = Instant()
    fact = fields.UUID()


class MaySignSchema(Shown):
    side = fields.String()
    of = fields.UUID(allow_none=True)
    kind = fields.String(allow_none=True)
    may = fields.Boolean()
    why = fields.Nested(WhySchema, allow_none=True)


class ManifestWholeSchema(ManifestSchema):
    external_numbers = fields.List(fields.Nested(OtherNumberSchema))
    lines = fields.List(fields.Nested(ManifestLineSchema))
    returned_by = fields.List(fields.Nested(ManifestRefSchema))
    open_proposals = fields.Integer()
    findings = fields.List(fields.Nested(FindingSchema))
    next = fields.List(fields.Nested(ActSchema))
    signatures = fields.List(fields.Nested(SignatureSchema))
    may_sign = fields.List(fields.Nested(MaySignSchema))


class ManifestPageSchema(Shown):
    items = fields.List(fields.Nested(ManifestSchema))


class ActsSchema(Shown):
    items = fields.List(fields.Nested(ActSchema))


class PermitSchema(Shown):
    id = fields.UUID()
    number = fields.String()
    acts_as = fields.String()
    codes = fields.List(fields.String())
    treatments = fields.List(fields.String())
    annual_grams = fields.Integer(allow_none=True)
    used_grams = fields.Integer()
    reserved_grams = fields.Integer()
    left_grams = fields.Integer(allow_none=True, metadata={"description": "negative: more was taken than allowed"})
    valid_from = fields.Date()
    valid_to = fields.Date()
    divisions = fields.List(fields.String(), metadata={"description": "where it is valid; none: everywhere"})
    ends_trace = fields.Boolean(metadata={"description": "its holder may lawfully end the trace at treatment"})
    ended_on = fields.Date(allow_none=True)
    confirmed = fields.Boolean(metadata={"description": "false: no regulator has seen it, and it opens no gate"})
    revision = fields.Integer()
