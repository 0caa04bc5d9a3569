"""Putting names to manifests: who may sign what and why not, one at a time or two hundred at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection
from uuid_utils.compat import uuid7

from tracker import facts, ledger, lifecycle, mandates, pins, signed
from tracker.parties import Caller, Who
from tracker.problems import Problem, entry

BULK_MAX = 200
#: A manifest in one of these has nothing to sign: it is not issued yet, or no longer in force.
_NO_PAPER = frozenset({"draft", "voided", "expired"})
#: What "of" may be for many manifests at once.
OF_MANY = {"pickup": "picked_up", "receipt": "received"}


@dataclass(frozen=True, slots=True)
class Wish:
    """A signature somebody wants to give: ``login`` and ``pin`` where it is not the caller's own, ``mandate`` where it
    is the caller's in another's name."""

    fact: UUID
    manifest: UUID
    side: facts.Side
    of: UUID | None = None
    login: str | None = None
    pin: str | None = None
    mandate: UUID | None = None
    device: UUID | None = None


@dataclass(slots=True)
class Report:
    """What became of one manifest of many: signed, already_signed, refused (and why)."""

    manifest: UUID
    number: str | None
    outcome: str
    fact: UUID | None = None
    problem: Problem | None = None


def sign(connection: Connection, caller: Caller, wish: Wish, now: datetime, *, careful: bool) -> UUID | Problem:
    """Sign one manifest; the id of the signature, or why not. Returned, not raised: the try of a PIN must be kept."""
    who: Who | None = None
    if wish.login is not None:
        ask = pins.Ask(
            wish.fact, wish.manifest, wish.side, wish.of, wish.login, wish.pin or "", wish.device, sealed=False
        )
        answered = pins.tried(connection, caller, [ask], now)[wish.fact]
        if isinstance(answered, Problem):
            return answered
        who = answered
    names = mandates.generators(connection, caller.park, [wish.mandate] if wish.mandate else [])
    if wish.mandate is not None and wish.mandate not in names:
        return Problem("mandate_missing", "/mandate")
    paper = signed.standing(connection, caller.park, [wish.manifest]).get(wish.manifest)
    if paper is None or not _visible(paper, caller):
        return Problem("not_found", what=str(wish.manifest))
    if _given(paper, wish):
        return wish.fact
    signer = paper["generator_id"] if wish.mandate else who.enterprise if who else caller.enterprise
    if why := refusal(paper, wish.side, wish.of, signer):
        return why
    fact = _fact(wish, names, now)
    vouched = {fact.id: who} if who else None
    (receipt,) = ledger.record(connection, caller, [fact], now=now, careful=careful, vouched=vouched)
    if receipt.problem and receipt.problem.code == "fact_id_reused":
        # The same wish was heard twice at one moment, and each hearing dates its fact by its own clock.
        paper = signed.standing(connection, caller.park, [wish.manifest]).get(wish.manifest)
        if paper and _given(paper, wish):
            return wish.fact
    return receipt.problem or wish.fact


def _given(paper: Mapping[str, Any], wish: Wish) -> bool:
    """Whether this very signature stands on the manifest."""
    return any(UUID(one["fact"]) == wish.fact for one in paper["signatures"] or ())


def _fact(wish: Wish, names: Mapping[UUID, UUID], now: datetime) -> facts.Signed:
    method: facts.Method = "pin" if wish.login is not None else "mandate" if wish.mandate else "own"
    return facts.Signed(
        id=wish.fact,
        observed_at=now,
        manifest=wish.manifest,
        device=wish.device,
        side=wish.side,
        method=method,
        of=wish.of,
        mandate=wish.mandate,
        on_behalf=names[wish.mandate] if wish.mandate else None,
    )


def sign_many(
    connection: Connection,
    caller: Caller,
    manifests: Sequence[UUID],
    side: facts.Side,
    now: datetime,
    *,
    of: str | None = None,
    mandate: UUID | None = None,
    careful: bool = False,
) -> list[Report]:
    """Sign up to two hundred manifests by oneself; one report each, in the order asked. What is wrong with one does not
    take the others with it."""
    wanted = list(dict.fromkeys(manifests))
    names = mandates.generators(connection, caller.park, [mandate] if mandate else [])
    papers = signed.standing(connection, caller.park, wanted)
    reports: dict[UUID, Report] = {}
    told: list[facts.Signed] = []
    for uuid in wanted:
        paper = papers.get(uuid)
        if paper is None or not _visible(paper, caller):
            reports[uuid] = Report(uuid, None, "refused", problem=Problem("not_found", what=str(uuid)))
            continue
        report = reports[uuid] = Report(uuid, paper["number"], "signed")
        if mandate is not None and mandate not in names:
            report.outcome, report.problem = "refused", Problem("mandate_missing", "/mandate")
            continue
        thing = _latest(paper, of)
        why = thing if isinstance(thing, Problem) else None
        if not isinstance(thing, Problem):
            signer = paper["generator_id"] if mandate else caller.enterprise
            why = refusal(paper, side, thing, signer)
        if why is not None:
            report.outcome = "already_signed" if why.code == "signature_already_given" else "refused"
            report.problem = why
            continue
        wish = Wish(uuid7(), uuid, side, None if isinstance(thing, Problem) else thing, mandate=mandate)
        told.append(_fact(wish, names, now))
    _record(connection, caller, told, reports, now, careful=careful)
    return [reports[uuid] for uuid in wanted]


def _record(
    connection: Connection,
    caller: Caller,
    told: Sequence[facts.Signed],
    reports: Mapping[UUID, Report],
    now: datetime,
    *,
    careful: bool,
) -> None:
    if not told:
        return
    for receipt, fact in zip(
        ledger.record(connection, caller, told, now=now, careful=careful, most=BULK_MAX), told, strict=True
    ):
        assert fact.manifest is not None  # noqa: S101 - made a few lines above
        report = reports[fact.manifest]
        report.fact, report.problem = fact.id, receipt.problem
        if receipt.problem is not None:
            report.outcome, report.fact = "refused", None


def _latest(paper: Mapping[str, Any], of: str | None) -> UUID | Problem | None:
    if of is None:
        return None
    ids = [UUID(one["id"]) for one in paper["told"] or () if one["kind"] == OF_MANY[of]]
    return ids[-1] if ids else Problem("signature_too_early", number=paper["number"] or "—")


def _sides(paper: Mapping[str, Any]) -> dict[str, set[int]]:
    """Who is what, as ``booking.sides`` has it."""
    legs = paper["legs"] or ()
    home = {paper["receiver_id"]} if paper["returns"] else set()
    return {
        "generator": {paper["generator_id"]} | home,
        "carrier": {leg["enterprise"] for leg in legs if leg["what"] == "carrier"},
        "receiver": {paper["receiver_id"]},
        "store": {leg["enterprise"] for leg in legs if leg["what"] == "store"},
    }


def _visible(paper: Mapping[str, Any], caller: Caller) -> bool:
    mine = any(caller.enterprise in who for who in _sides(paper).values())
    return (mine or caller.sees_all) and (paper["state"] != "draft" or paper["generator_id"] == caller.enterprise)


def refusal(paper: Mapping[str, Any], side: str, of: UUID | None, enterprise: int | None) -> Problem | None:
    """Why this enterprise cannot sign this for that side, or None where it can."""
    number, words = paper["number"] or "—", lifecycle.words()["side"][side]
    if paper["state"] in _NO_PAPER:
        state = lifecycle.words()["manifest"][paper["state"]]
        return Problem("signature_no_paper", "/manifest", number=number, state=state["zh"], state_en=state["en"])
    if enterprise is None or enterprise not in _sides(paper)[side]:
        return Problem("signature_side_not_yours", "/side", number=number, side=words["zh"], side_en=words["en"])
    kinds = {UUID(one["id"]): one["kind"] for one in paper["told"] or ()}
    if of is not None and of not in kinds:
        return Problem("signature_of_unknown", "/of", number=number)
    if side not in signed.SIGNABLE[kinds[of] if of else None]:
        return Problem("signature_of_other_side", "/of", side=words["zh"], side_en=words["en"])
    for one in paper["signatures"] or ():
        given = UUID(one["of"]) if one["of"] else None
        if (one["side"], one["enterprise"], given) == (side, enterprise, of):
            return Problem("signature_already_given", number=number, side=words["zh"], side_en=words["en"])
    return None


def on_paper(paper: Mapping[str, Any], caller: Caller) -> dict[str, Any]:
    """The names under a manifest, and what the caller may sign on it; where not, why not."""
    return {
        "signatures": [
            {
                "side": one["side"],
                "party": _party(one),
                "method": one["method"],
                "of": one["of"],
                # Who it was is the signer's own enterprise's business; the others see which enterprise.
                "person": one["person"] if one["teller"] == caller.enterprise else None,
                "at": datetime.fromisoformat(one["at"]),
                "fact": one["fact"],
            }
            for one in paper["signatures"] or ()
        ],
        "may_sign": [_offer(paper, side, of, kind, caller) for side, of, kind in _things(paper)],
    }


def _party(one: Mapping[str, Any]) -> dict[str, Any]:
    names = ("number", "id", "name_zh", "name_en", "uscc", "roles")
    columns = ("id", "uuid", "name_zh", "name_en", "uscc", "roles")
    found = {name: one[f"party_{column}"] for name, column in zip(names, columns, strict=True)}
    return found | {"masked": False}


def _things(paper: Mapping[str, Any]) -> list[tuple[str, UUID | None, str | None]]:
    told = [(UUID(one["id"]), one["kind"]) for one in paper["told"] or ()]
    every: list[tuple[UUID | None, str | None]] = [(None, None), *told]
    there = {side for side, who in _sides(paper).items() if who}
    return [(side, of, kind) for of, kind in every for side in signed.SIGNABLE[kind] if side in there]


def _offer(paper: Mapping[str, Any], side: str, of: UUID | None, kind: str | None, caller: Caller) -> dict[str, Any]:
    why = refusal(paper, side, of, caller.enterprise)
    shown = None
    if why is not None:
        row = entry(why.code)
        shown = {"code": why.code, "zh": row.say("zh", why.params), "en": row.say("en", why.params)}
    return {"side": side, "of": of, "kind": kind, "may": why is None, "why": shown}
