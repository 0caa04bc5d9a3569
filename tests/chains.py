"""Makes chains for tests, in the field's language: a drum is split, two are grouped, a truck brings them, a furnace
ends them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text
from uuid_utils.compat import uuid7

from manifests import issue
from manifests.signing import Signer
from tests.makers import SOMEWHERE, World, now
from tracker import balance, facts, ledger, trace


def line(batch: UUID, grams: int | None = None, *, measured: bool = False) -> facts.Line:
    return facts.Line(batch=batch, grams=grams, measured=measured)


def key(world: World, batch: UUID) -> int:
    return int(world.batch(batch)["id"])


def recorded(world: World, who: str, fact: facts.Fact) -> ledger.Receipt:
    (receipt,) = world.tell(who, fact)
    assert receipt.verdict == "recorded", receipt
    return receipt


def split(world: World, who: str, batch: UUID, *grams: int, taken: int | None = None) -> list[UUID]:
    """New batches of these grams out of one."""
    parts = tuple(facts.Part(batch=uuid7(), grams=each) for each in grams)
    recorded(world, who, facts.Split(id=uuid7(), observed_at=now(), lines=(line(batch, taken),), into=parts))
    return [part.batch for part in parts]


def combined(world: World, who: str, *lines: facts.Line | UUID) -> UUID:
    """A new batch out of several; a batch without grams goes in whole."""
    told = tuple(each if isinstance(each, facts.Line) else line(each) for each in lines)
    into = facts.Merged(batch=uuid7())
    recorded(world, who, facts.Combined(id=uuid7(), observed_at=now(), lines=told, into=into))
    return into.batch


def treated(
    world: World, who: str, *lines: facts.Line | UUID, how: str = "D10", outputs: Sequence[facts.Output] = ()
) -> UUID:
    """The id of the treatment of some batches."""
    told = tuple(each if isinstance(each, facts.Line) else line(each) for each in lines)
    fact = facts.Treated(
        id=uuid7(), observed_at=now(), lines=told, treatment=how, outputs=tuple(outputs), place=SOMEWHERE
    )
    recorded(world, who, fact)
    return fact.id


def weighed(world: World, who: str, batch: UUID, grams: int) -> None:
    recorded(world, who, facts.Weighed(id=uuid7(), observed_at=now(), lines=(line(batch, grams, measured=True),)))


def shipped(
    world: World,
    signer: Signer,
    *batches: UUID,
    by: str = "P",
    carrier: str = "T",
    to: str = "D",
    treatment: str = "D10",
    refused: Mapping[UUID, facts.RefusedPart] | None = None,
    accepted: Mapping[UUID, int] | None = None,
) -> UUID:
    """Manifest, pickup and receipt; the manifest's id. ``accepted`` is what the receiver's scale says of each batch."""
    plan = issue.Plan(
        id=uuid7(),
        batches=tuple(issue.BatchPlan(batch=batch) for batch in batches),
        carriers=(issue.CarrierPlan(enterprise=world.companies[carrier].uuid),),
        receiver=world.companies[to].uuid,
        treatment=treatment,
    )
    assert issue.issue(world.connection, world.companies[by].caller, signer, plan).verdict == "recorded"
    base: dict[str, Any] = {"observed_at": now(), "manifest": plan.id, "place": SOMEWHERE}
    recorded(world, carrier, facts.PickedUp(id=uuid7(), plate="京A12345", **base))
    scale = accepted or {}
    told = tuple(line(batch, scale.get(batch), measured=batch in scale) for batch in batches)
    parts = tuple((refused or {}).values())
    outcome = {"outcome": "part", "refused": parts, "cause": "not_conform"} if parts else {"outcome": "whole"}
    recorded(world, to, facts.Received(id=uuid7(), lines=told, **base, **outcome))
    return plan.id


def chain(
    world: World, *batches: UUID, direction: trace.Direction = "both", who: str = "R", **given: Any
) -> trace.Chain:
    """What ``who`` sees of the chain of some batches. Whatever it is, the grams must add up."""
    caller = world.companies[who].caller
    found = trace.chain(world.connection, caller, [key(world, batch) for batch in batches], direction, **given)
    sums: dict[UUID, int] = defaultdict(int)
    for share in found.attribution:
        sums[share.origin] += share.grams
    assert {origin.id: origin.grams for origin in found.origins} == dict(sums)
    account = balance.of_chain(found)
    assert account.closes, account
    return found


def ends(found: trace.Chain, origin: UUID) -> dict[Any, int]:
    """Where the grams of an origin ended: by treatment code, or by the kind of end."""
    sums: dict[Any, int] = defaultdict(int)
    for share in found.attribution:
        if share.origin == origin:
            sums[share.treatment if share.output == "treated" else share.output] += share.grams
    return dict(sums)


def spoil(world: World, statement: str, **given: Any) -> None:
    """Change a table behind the ledger's back, as a superuser could."""
    world.connection.execute(text("SET ROLE NONE"))
    world.connection.execute(text("SET session_replication_role = replica"))
    world.connection.execute(text(statement), given)
    world.connection.execute(text("SET session_replication_role = origin"))
    world.connection.execute(text("SET ROLE tracker_app"))
