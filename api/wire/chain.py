"""The shape of a chain."""

from marshmallow import fields

from api.wire.fields import Instant, Shown
from api.wire.shapes import ClassSchema, EvidenceShownSchema, FindingSchema, PartySchema


class ChainPlaceSchema(Shown):
    longitude = fields.Float()
    latitude = fields.Float()
    accuracy_m = fields.Float(allow_none=True)
    id = fields.UUID(allow_none=True)
    name_zh = fields.String(allow_none=True)
    name_en = fields.String(allow_none=True)


class NodeSchema(Shown):
    id = fields.UUID()
    level = fields.Integer()
    state = fields.String()
    waste_class = fields.Nested(ClassSchema, allow_none=True, data_key="class")
    raw_class = fields.String(allow_none=True)
    human_code = fields.String(allow_none=True)
    grams_at_start = fields.Integer(allow_none=True)
    grams = fields.Integer(allow_none=True)
    grams_in = fields.Integer(allow_none=True)
    grams_out = fields.Integer(allow_none=True)
    measured = fields.Boolean(allow_none=True)
    generator = fields.Nested(PartySchema)
    holder = fields.Nested(PartySchema)
    place = fields.Nested(ChainPlaceSchema, allow_none=True)
    generated_at = Instant(allow_none=True)
    masked = fields.Boolean()


class ChainEdgeSchema(Shown):
    parent = fields.UUID()
    child = fields.UUID()
    fact = fields.UUID()
    index = fields.Integer()
    kind = fields.String()
    grams = fields.Integer(allow_none=True)


class ChainLineSchema(Shown):
    batch = fields.UUID()
    grams = fields.Integer(allow_none=True)
    measured = fields.Boolean()
    direction = fields.String()


class ChainFactSchema(Shown):
    id = fields.UUID()
    index = fields.Integer()
    kind = fields.String()
    verdict = fields.String()
    winner = fields.UUID(allow_none=True)
    observed_at = Instant()
    recorded_at = Instant()
    actor = fields.UUID(allow_none=True)
    actor_name = fields.String(allow_none=True)
    enterprise = fields.Nested(PartySchema, allow_none=True)
    manifest = fields.UUID(allow_none=True)
    manifest_number = fields.String(allow_none=True)
    lines = fields.List(fields.Nested(ChainLineSchema))
    place = fields.Nested(ChainPlaceSchema, allow_none=True)
    findings = fields.List(fields.Nested(FindingSchema))
    evidence = fields.List(fields.Nested(EvidenceShownSchema))
    details = fields.Dict()
    masked = fields.Boolean()


class ShareSchema(Shown):
    origin = fields.UUID()
    output = fields.String()
    batch = fields.UUID()
    fact = fields.UUID(allow_none=True)
    treatment = fields.String(allow_none=True)
    enterprise = fields.Nested(PartySchema, allow_none=True)
    grams = fields.Integer()
    untraced = fields.String(allow_none=True, metadata={"description": "the clause by which traceability ends here"})


class OriginSchema(Shown):
    id = fields.UUID()
    grams = fields.Integer()


class CompositionSchema(Shown):
    root = fields.UUID()
    origin = fields.UUID(allow_none=True)
    grams = fields.Integer()


class BalanceSchema(Shown):
    generated = fields.Integer()
    received = fields.Integer()
    on_hand = fields.Integer()
    in_transit = fields.Integer()
    treated = fields.Integer()
    lost = fields.Integer()
    difference = fields.Integer()
    shipped = fields.Integer()
    unexplained = fields.Integer()
    agrees = fields.Boolean()
    closes = fields.Boolean()


class RootSchema(Shown):
    kind = fields.String(metadata={"enum": ["batch", "manifest"]})
    id = fields.UUID()
    number = fields.String(allow_none=True)


class ChainSchema(Shown):
    root = fields.Nested(RootSchema)
    roots = fields.List(fields.UUID())
    direction = fields.String(metadata={"enum": ["both", "up", "down"]})
    truncated = fields.Boolean()
    masked = fields.Boolean()
    complete = fields.Boolean()
    nodes = fields.List(fields.Nested(NodeSchema))
    edges = fields.List(fields.Nested(ChainEdgeSchema))
    facts = fields.List(fields.Nested(ChainFactSchema))
    attribution = fields.List(fields.Nested(ShareSchema))
    origins = fields.List(fields.Nested(OriginSchema))
    made_of = fields.List(fields.Nested(CompositionSchema))
    balance = fields.Nested(BalanceSchema)
    geojson = fields.Dict()
