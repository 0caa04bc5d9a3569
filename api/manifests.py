"""Manifests: plan, issue, void, look at."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from urllib.parse import quote
from uuid import UUID

from flask import Response, current_app, request
from marshmallow import fields

from api import typed
from api.auth import Later, Room, inside
from api.labelled import manifest_face, with_label_text
from api.wire import paging
from api.wire.fields import Choice, Day, Grams, Several, Strict, Uid, Words
from api.wire.proposals import ProposalSchema
from api.wire.reading import ETAG, IF_MATCH, LINK, PICTURE, PREFER, Blueprint, etag_of, sent_revision
from api.wire.shapes import ActsSchema, ManifestPageSchema, ManifestWholeSchema
from manifests import change, ink, issue
from tracker import papers
from tracker.problems import Problem
from tracker.views import manifests, proposals

blp = Blueprint("manifests", __name__, url_prefix="/api/v1/manifests", description="The paper of a consignment.")


class ManifestQuery(paging.PageQuery):
    q = Words(limit=100)
    state = Words(limit=200, metadata={"description": "one state, or several with commas"})
    party = Uid()


class BatchPlanSchema(Strict):
    batch = Uid(required=True)
    grams = Grams(allow_none=True)


class CarrierPlanSchema(Strict):
    what = Choice(("carrier", "store"), load_default="carrier")
    enterprise = Uid(allow_none=True)
    name = Words(limit=200, allow_none=True)
    permit_number = Words(limit=100, allow_none=True)
    plate = Words(limit=20, allow_none=True)
    driver = Words(limit=100, allow_none=True)
    driver_phone = Words(limit=30, allow_none=True)


class PlanSchema(Strict):
    id = Uid(required=True)
    batches = Several(fields.Nested(BatchPlanSchema), most=issue.BATCHES_MAX, required=True)
    carriers = Several(fields.Nested(CarrierPlanSchema), most=20, required=True)
    receiver = Uid(required=True)
    treatment = Words(limit=10, required=True)
    plate = Words(limit=20, allow_none=True, metadata={"description": "the first carrier's, where it gives none"})
    remark = Words(limit=500, allow_none=True)
    filing_number = Words(
        limit=100, allow_none=True, metadata={"description": "filing or approval of a transfer out of the province"}
    )
    filing_valid_to = Day(allow_none=True)
    number = Words(limit=60, allow_none=True, metadata={"description": "one of a block; else the park gives the next"})
    draft = fields.Boolean(truthy={True}, falsy={False}, load_default=False)


class VoidSchema(Strict):
    reason = Words(limit=500, least=1, required=True)


class ChangeBodySchema(Strict):
    id = Uid(required=True, metadata={"description": "of the fact, made by whoever asks"})
    reason = Words(limit=500, least=1, required=True)
    carriers = Several(fields.Nested(CarrierPlanSchema), most=20)
    receiver = Uid(allow_none=True)
    treatment = Words(limit=10, allow_none=True)
    filing_number = Words(limit=100, allow_none=True)


class ReturnBodySchema(Strict):
    id = Uid(required=True, metadata={"description": "of the new manifest, made by whoever asks"})
    carriers = Several(fields.Nested(CarrierPlanSchema), most=20)
    remark = Words(limit=500, allow_none=True)


@blp.route("", methods=["GET"])
@inside()
@blp.arguments(ManifestQuery, location="query")
@blp.response(200, ManifestPageSchema, headers=LINK)
def page(room: Room, query: dict[str, Any]) -> Any:
    """Manifests the caller has a part in, newest first; regulators see all of the park's."""
    found = manifests.page(
        room.connection,
        room.caller,
        sought=typed.sought(room, query.get("q", "")),
        states=[state for state in query.get("state", "").split(",") if state],
        party=query.get("party"),
        before=paging.before(query.get("cursor")),
        limit=query["limit"],
    )
    return paging.paged([with_label_text(room, manifest) for manifest in found], query["limit"])


@blp.route("", methods=["POST"])
@blp.response(201, ManifestWholeSchema, headers=ETAG)
@blp.alt_response(204, description="Issued, with ``Prefer: return=minimal``: ``Location`` ends in its number.")
@blp.doc(parameters=[PREFER])
@inside("handler", "manager")
@blp.arguments(PlanSchema)
def make(room: Room, body: dict[str, Any]) -> Any:
    """Issue a manifest, or keep it as a draft. The plan is judged whole: either all of it happens or nothing."""
    plan = _plan(body)
    if body["draft"]:
        issue.draft(room.connection, room.caller, plan, now=room.now)
        receipt = None
    else:
        receipt = issue.issue(room.connection, room.caller, room.signer, plan, now=room.now)
    if request.headers.get("Prefer", "").strip() == "return=minimal":
        # Who ships by the thousand wants the number, and not to be told what was just sent.
        number = receipt.number if receipt else None
        headers = {
            "Location": f"{blp.url_prefix}/{quote(number or str(plan.id))}",
            "Preference-Applied": "return=minimal",
        }
        return Response(status=204, headers=headers)
    # Said when all is committed: nobody waits for a number while this one's answer is put together.
    return Later(lambda reading: _whole(reading, str(plan.id)))


@blp.route("/<string:what>", methods=["GET"])
@inside()
@blp.response(200, ManifestWholeSchema, headers=ETAG)
def one(room: Room, what: str) -> Any:
    """A manifest by its id, its number or the human code of its label; spaces, hyphens and full width do not matter."""
    return _whole(room, what)


@blp.route("/<uuid:manifest>", methods=["PUT"])
@inside("handler", "manager")
@blp.doc(parameters=[IF_MATCH])
@blp.arguments(PlanSchema)
@blp.response(200, ManifestWholeSchema, headers=ETAG)
def revise(room: Room, body: dict[str, Any], manifest: UUID) -> Any:
    """Change a draft; ``If-Match`` says which reading of it the change rests on."""
    if body["id"] != manifest:
        raise Problem("field_malformed", "/id", field="id", reason=f"≠ {manifest}")
    issue.revise(room.connection, room.caller, _plan(body), sent_revision())
    return _whole(room, str(manifest))


@blp.route("/<uuid:manifest>/issue", methods=["POST"])
@inside("handler", "manager")
@blp.response(200, ManifestWholeSchema, headers=ETAG)
def issue_draft(room: Room, manifest: UUID) -> Any:
    """Issue a draft as it stands."""
    draft = manifests.one(room.connection, room.caller, str(manifest))
    if draft["state"] == "issued":
        return _whole(room, str(manifest))  # Asked again because the answer was lost: it has what it wants.
    if draft["state"] != "draft":
        raise Problem("manifest_not_draft", number=draft["number"])
    issue.issue(room.connection, room.caller, room.signer, issue.plan_of(manifest, draft["draft"]), now=room.now)
    return _whole(room, str(manifest))


@blp.route("/<uuid:manifest>/void", methods=["POST"])
@inside("handler", "manager", "regulator")
@blp.arguments(VoidSchema)
@blp.response(200, ManifestWholeSchema, headers=ETAG)
def void(room: Room, body: dict[str, Any], manifest: UUID) -> Any:
    """Take a manifest back before pickup; its batches are free again."""
    issue.void(room.connection, room.caller, manifest, body["reason"], now=room.now)
    return _whole(room, str(manifest))


@blp.route("/<uuid:manifest>/changes", methods=["POST"])
@inside("handler", "manager")
@blp.arguments(ChangeBodySchema)
@blp.response(201, ProposalSchema)
def change_way(room: Room, body: dict[str, Any], manifest: UUID) -> Any:
    """Propose other carriers for what is still to be driven, or another receiver. It takes effect when those concerned
    have consented; where nobody else is concerned, at once."""
    plan = change.ChangePlan(**body | {"carriers": _carriers(body.get("carriers") or ())})
    change.propose(room.connection, room.caller, manifest, plan, room.now)
    return proposals.one(room.connection, room.caller, plan.id)


@blp.route("/<uuid:manifest>/return", methods=["POST"])
@inside("handler", "manager")
@blp.arguments(ReturnBodySchema)
@blp.response(201, ManifestWholeSchema, headers=ETAG)
def send_back(room: Room, body: dict[str, Any], manifest: UUID) -> Any:
    """Issue the return consignment of everything refused on a manifest, in one step; answered with the new manifest."""
    plan = change.ReturnPlan(**body | {"carriers": _carriers(body.get("carriers") or ())})
    change.send_back(room.connection, room.caller, room.signer, manifest, plan, room.now)
    return _whole(room, str(plan.id))


@blp.route("/<string:what>/next", methods=["GET"])
@inside()
@blp.response(200, ActsSchema)
def next_acts(room: Room, what: str) -> Any:
    """Which acts the caller may do now, and for the others why not."""
    return {"items": _one(room, what)["next"]}


@blp.route("/<string:what>/label.<any(png, svg):form>", methods=["GET"])
@inside()
@blp.response(200, PICTURE, content_type="image/png")
@blp.alt_response(200, schema=PICTURE, content_type="image/svg+xml")
def picture(room: Room, what: str, form: str) -> Any:
    """The printable label of an issued manifest, as PNG or SVG."""
    found = _one(room, what)
    if found["label_signed"] is None:
        raise Problem("not_found", what=what[:60])
    face = manifest_face(current_app.extensions["config"].hosts[0], found)
    if form == "png":
        return Response(ink.face_png(face), mimetype="image/png")
    return Response(ink.face_svg(face), mimetype="image/svg+xml")


def _one(room: Room, what: str) -> dict[str, Any]:
    """A manifest by id, number or human code, however it was typed; a mistyped one is told what is wrong with it."""
    wanted, mistake = typed.reference(room, what)
    if typed.is_code(wanted) and (label := papers.label_by_human_code(room.connection, room.caller.park, wanted)):
        wanted = str(label["manifest_uuid"] or wanted)
    try:
        return manifests.one(room.connection, room.caller, wanted)
    except Problem as problem:
        if problem.code != "not_found":
            raise
        raise mistake or typed.unknown(room, wanted) from None


def _whole(room: Room, what: str) -> Any:
    found = with_label_text(room, _one(room, what))
    return found, etag_of(found)


def _carriers(told: Iterable[dict[str, Any]]) -> tuple[issue.CarrierPlan, ...]:
    return tuple(issue.CarrierPlan(**carrier) for carrier in told)


def _plan(body: dict[str, Any]) -> issue.Plan:
    carriers = list(_carriers(body["carriers"]))
    if body.get("plate") and carriers and carriers[0].plate is None:
        first = carriers[0]
        carriers[0] = replace(first, plate=body["plate"])
    return issue.Plan(
        id=body["id"],
        batches=tuple(issue.BatchPlan(**batch) for batch in body["batches"]),
        carriers=tuple(carriers),
        receiver=body["receiver"],
        treatment=body["treatment"],
        remark=body.get("remark"),
        filing_number=body.get("filing_number"),
        filing_valid_to=body.get("filing_valid_to"),
        number=body.get("number"),
    )
