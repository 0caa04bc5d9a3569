"""The one door: what is told is in the books, once, and to the gram."""

from uuid import UUID

from uuid_utils.compat import uuid7

from manifests import issue
from manifests.signing import Signer
from tests.makers import SOMEWHERE, World, now
from tracker import facts


def _plan(world: World, *batches: UUID) -> issue.Plan:
    return issue.Plan(
        id=uuid7(),
        batches=tuple(issue.BatchPlan(batch=batch) for batch in batches),
        carriers=(issue.CarrierPlan(enterprise=world.T.uuid),),
        receiver=world.D.uuid,
        treatment="D10",
    )


def test_a_tank_of_sludge_goes_from_P_by_T_to_D_and_is_burnt(world: World, signer: Signer) -> None:
    tank = world.generated(1_000_000)
    plan = _plan(world, tank)
    receipt = issue.issue(world.connection, world.P.caller, signer, plan)
    assert receipt.verdict == "recorded"
    assert world.batch(tank)["state"] == "reserved"
    base = {"observed_at": now(), "manifest": plan.id, "place": SOMEWHERE}
    (picked,) = world.tell("T", facts.PickedUp(id=uuid7(), plate="京A12345", **base))
    assert (picked.verdict, [f.code for f in picked.findings]) == ("recorded", [])
    world.tell("T", facts.Arrived(id=uuid7(), **base))
    line = facts.Line(batch=tank, grams=1_000_000, measured=True)
    (received,) = world.tell("D", facts.Received(id=uuid7(), lines=(line,), outcome="whole", **base))
    assert [f.code for f in received.findings] == []
    (treated,) = world.tell(
        "D", facts.Treated(id=uuid7(), observed_at=now(), lines=(facts.Line(batch=tank),), treatment="D10")
    )
    assert treated.verdict == "recorded"
    assert treated.index == 5
    assert world.batch(tank)["state"] == "treated"
    assert world.balance() == {"source": -1_000_000, "treated": 1_000_000}
    world.verified()
