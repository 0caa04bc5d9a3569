"""The shape of a proposal: what waits for a yes."""

from marshmallow import fields

from api.wire.fields import Instant, Shown
from api.wire.shapes import PartySchema

STATES = ("open", "agreed", "declined", "withdrawn", "lapsed")


class BatchRefSchema(Shown):
    id = fields.UUID()
    human_code = fields.String(allow_none=True)


class NumberRefSchema(Shown):
    id = fields.UUID()
    number = fields.String(allow_none=True)


class CorrectedFactSchema(Shown):
    fact = fields.UUID()
    kind = fields.String()
    grams = fields.Integer(allow_none=True)


class ChangedLegSchema(Shown):
    party = fields.Nested(PartySchema)
    plate = fields.String(allow_none=True)
    what = fields.String()


class ChangeSchema(Shown):
    carriers = fields.List(fields.Nested(ChangedLegSchema))
    receiver = fields.Nested(PartySchema, allow_none=True)
    treatment = fields.String(allow_none=True)


class GivenAnswerSchema(Shown):
    party = fields.Nested(PartySchema)
    answer = fields.String(allow_none=True)


class ProposalSchema(Shown):
    id = fields.UUID()
    kind = fields.String(metadata={"enum": ["correction", "route"]})
    state = fields.String(metadata={"enum": list(STATES)})
    proposer = fields.Nested(PartySchema, allow_none=True)
    made_at = Instant()
    due_at = Instant()
    reason = fields.String(allow_none=True)
    batch = fields.Nested(BatchRefSchema, allow_none=True)
    manifest = fields.Nested(NumberRefSchema, allow_none=True)
    corrects = fields.Nested(CorrectedFactSchema, allow_none=True)
    grams = fields.Integer(allow_none=True)
    change = fields.Nested(ChangeSchema, allow_none=True)
    answers = fields.List(fields.Nested(GivenAnswerSchema))
    may = fields.List(fields.String(metadata={"enum": ["consent", "decline", "withdraw"]}))
