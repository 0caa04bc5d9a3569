"""Names under manifests: whose counts, what a phone may say, what a mandate covers, what is missing at the gate."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from manifests.signing import Signer
from tests import makers
from tests.makers import OILY_RAGS, World, now
from tests.telling import Road, codes, count, finding, make
from tracker import facts, ledger, mandates, signatures
from tracker.parties import Who
from tracker.problems import Problem


@pytest.fixture
def road(world: World, signer: Signer) -> Road:
    return Road(world, signer)


def signature(manifest: UUID, side: facts.Side = "generator", **given: Any) -> facts.Signed:
    return make(facts.Signed, manifest=manifest, side=side, **given)


def who(world: World, name: str) -> Who:
    caller = world.companies[name].caller
    assert caller.person
    assert caller.person_uuid
    assert caller.enterprise
    assert caller.enterprise_uuid
    return Who(caller.person, caller.person_uuid, caller.enterprise, caller.enterprise_uuid)


def names(world: World, manifest: UUID, as_whom: str = "P") -> list[tuple[str, str, str | None, str | None]]:
    """Side, method, party and person, as somebody sees them."""
    paper = signatures.signed.standing(world.connection, world.park, [manifest])[manifest]
    shown = signatures.on_paper(paper, world.companies[as_whom].caller)["signatures"]
    return [(one["side"], one["method"], one["party"]["name_en"], one["person"]) for one in shown]


def mandate(world: World, *, pattern: str = "CN-SW:900-*", days: int = 30, to: str | None = None) -> UUID:
    made = mandates.make(
        world.connection,
        world.P.caller,
        uuid7(),
        carrier=world.T.uuid,
        receiver=world.companies[to].uuid if to else None,
        pattern=pattern,
        valid_to=(now() + timedelta(days=days)).date(),
        now=now(),
    )
    found: UUID = made["uuid"]
    return found


def by_mandate(world: World, manifest: UUID, given: UUID, **more: Any) -> facts.Signed:
    return signature(manifest, method="mandate", mandate=given, on_behalf=world.P.uuid, **more)


def turned(receipt: ledger.Receipt) -> str:
    assert receipt.verdict == "turned_away", receipt
    assert receipt.problem is not None
    return receipt.problem.code


def test_everybody_signs_for_their_own_side(world: World, road: Road) -> None:
    manifest = road.issue(world.generated())
    assert codes(road.tell("P", signature(manifest))) == []
    pickup = make(facts.PickedUp, manifest=manifest)
    road.tell("T", pickup)
    assert codes(road.tell("T", signature(manifest, "carrier", of=pickup.id))) == []
    assert codes(road.tell("T", signature(manifest, "generator"))) == ["signature_not_yours"]
    assert names(world, manifest) == [
        ("generator", "own", "P Ltd", "P 员工"),
        ("carrier", "own", "T Ltd", None),
    ]
    world.verified()


def test_what_is_signed_must_have_happened_first(world: World, road: Road) -> None:
    manifest = road.issue(world.generated())
    pickup = make(facts.PickedUp, manifest=manifest)
    early = signature(manifest, "carrier", of=pickup.id)
    waiting = road.tell("T", early)
    assert (waiting.verdict, waiting.waits_for) == ("waiting", pickup.id)
    road.tell("T", pickup)
    assert [name[0] for name in names(world, manifest)] == ["carrier"]
    world.verified()


@pytest.mark.parametrize(
    "claim",
    [{"method": "pin"}, {"method": "mandate"}, {"on_behalf": uuid7()}, {"mandate": uuid7()}],
    ids=["pin", "mandate", "on behalf", "own with a mandate"],
)
def test_a_phone_cannot_say_by_itself_that_somebody_else_signed(
    world: World, road: Road, claim: dict[str, Any]
) -> None:
    manifest = road.issue(world.generated())
    assert turned(road.tell("T", signature(manifest, **claim))) == "signature_not_vouched"
    assert count(world, "manifest_signature") == 0


def test_by_pin_it_is_the_signer_who_tells(world: World, road: Road) -> None:
    manifest = road.issue(world.generated())
    told = signature(manifest, method="pin")
    receipt = road.tell("T", told, vouched={told.id: who(world, "P")})
    assert (receipt.verdict, codes(receipt)) == ("recorded", [])
    assert names(world, manifest) == [("generator", "pin", "P Ltd", "P 员工")]
    again = road.tell("T", told, vouched={told.id: who(world, "P")})
    assert (again.verdict, again.index) == ("already_recorded", receipt.index)
    world.verified()


def test_a_signature_that_waits_stays_the_signers(world: World, road: Road) -> None:
    manifest = road.issue(world.generated())
    pickup = make(facts.PickedUp, manifest=manifest)
    told = signature(manifest, method="pin", of=pickup.id)
    assert road.tell("T", told, vouched={told.id: who(world, "P")}).verdict == "waiting"
    road.tell("T", pickup)
    assert names(world, manifest) == [("generator", "pin", "P Ltd", "P 员工")]
    world.verified()


def test_a_wrong_pin_is_turned_away_and_kept(world: World, road: Road) -> None:
    manifest = road.issue(world.generated())
    told = signature(manifest, method="pin")
    denied = road.tell("T", told, vouched={told.id: Problem("signature_denied", left=2)})
    assert turned(denied) == "signature_denied"
    assert count(world, "turned_away") == 1


# --- standing mandates -----------------------------------------------------------------------------------------------


def test_a_mandate_lets_the_carrier_sign_for_the_generator(world: World, road: Road) -> None:
    given = mandate(world, to="D")
    manifest = road.issue(world.generated())
    assert codes(road.tell("T", by_mandate(world, manifest, given))) == []
    assert names(world, manifest) == [("generator", "mandate", "P Ltd", None)]
    assert names(world, manifest, "T") == [("generator", "mandate", "P Ltd", "T 员工")]
    world.verified()


def test_a_mandate_covers_its_own_stream_carrier_and_days(world: World, road: Road) -> None:
    sludge = road.issue(world.generated())
    rags = road.issue(world.generated(waste=OILY_RAGS), treatment="R4")
    to_store = road.issue(world.generated(), to="S")
    given, other, ended = mandate(world, to="D"), mandate(world, pattern="CN-HW:900-249-08"), mandate(world)
    assert turned(road.tell("T", by_mandate(world, rags, given))) == "mandate_other_stream"
    assert turned(road.tell("T", by_mandate(world, rags, other))) == "mandate_other_stream"
    assert turned(road.tell("T", by_mandate(world, to_store, given))) == "mandate_other_stream"
    assert turned(road.tell("T", by_mandate(world, sludge, given, side="carrier"))) == "mandate_other_stream"
    assert turned(road.tell("T2", by_mandate(world, sludge, given))) == "mandate_missing"
    assert turned(road.tell("T", by_mandate(world, sludge, uuid7()))) == "mandate_missing"
    late = datetime.now(UTC) + timedelta(days=32)
    assert turned(road.tell("T", by_mandate(world, sludge, ended), now=late)) == "mandate_ended"
    assert count(world, "manifest_signature") == 0


def test_a_mandate_is_revoked_at_once(world: World, road: Road) -> None:
    given = mandate(world)
    manifest = road.issue(world.generated())
    told = by_mandate(world, manifest, given, observed_at=now() - timedelta(hours=1))
    with pytest.raises(Problem, match="not_found"):
        mandates.revoke(world.connection, world.T.caller, given, now())
    mandates.revoke(world.connection, world.P.caller, given, now())
    assert turned(road.tell("T", told)) == "mandate_ended"


def test_a_mandate_that_ends_while_the_signature_waits_is_over(world: World, road: Road) -> None:
    given = mandate(world)
    manifest = road.issue(world.generated())
    pickup = make(facts.PickedUp, manifest=manifest)
    assert road.tell("T", by_mandate(world, manifest, given, of=pickup.id)).verdict == "waiting"
    mandates.revoke(world.connection, world.P.caller, given, now())
    road.tell("T", pickup)
    assert names(world, manifest) == []
    assert count(world, "turned_away") == 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"pattern": "900-*"}, "mandate_pattern_malformed"),
        ({"pattern": "CN-SW:"}, "mandate_pattern_malformed"),
        ({"pattern": "CN-SW:9*0*"}, "mandate_pattern_malformed"),
        ({"valid_to": date(2020, 1, 1)}, "mandate_date_past"),
        ({"carrier": "D"}, "mandate_not_carrier"),
        ({"carrier": "P"}, "mandate_not_carrier"),
    ],
)
def test_a_mandate_that_could_not_work_is_refused(world: World, change: dict[str, Any], code: str) -> None:
    plan: dict[str, Any] = {"carrier": "T", "pattern": "CN-SW:*", "valid_to": date(2099, 1, 1)} | change
    plan["carrier"] = world.companies[plan["carrier"]].uuid
    with pytest.raises(Problem) as refused:
        mandates.make(world.connection, world.P.caller, uuid7(), receiver=None, now=now(), **plan)
    assert refused.value.code == code


# --- what is missing at the gate -------------------------------------------------------------------------------------


@pytest.fixture
def strict(db: Any, tmp_path: Any) -> Road:
    """A park that asks for the generator's and the carrier's name at pickup."""
    from manifests import keys
    from tracker import registry

    wanted = {"signatures_wanted": ["generator_at_pickup", "carrier_at_pickup"]}
    world = makers.world(db, code="STRICT", settings=wanted)
    key = keys.create(tmp_path / "keys", world.park, 1)
    registry.add_park_key(db, world.park, 1, keys.public_bytes(key))
    return Road(world, Signer(tmp_path / "keys"))


def test_received_without_the_names_the_park_asks_for(strict: Road) -> None:
    world = strict.world
    drum, tank = world.generated(), world.generated()
    manifest = strict.issue(drum, tank)
    pickup = make(facts.PickedUp, manifest=manifest)
    strict.tell("T", pickup)
    strict.tell("T", signature(manifest, "carrier", of=pickup.id))
    first = strict.received(manifest, facts.Line(batch=drum))
    missing = finding(first, "signature_missing")
    assert missing.evidence["sides_en"] == "generator"
    assert "signature_missing" not in codes(strict.received(manifest, facts.Line(batch=tank))), "said once"
    world.verified()


def test_received_with_every_name_even_when_they_come_at_the_same_moment(strict: Road) -> None:
    world = strict.world
    manifest = strict.issue(world.generated())
    pickup = make(facts.PickedUp, manifest=manifest)
    by_pin = signature(manifest, method="pin", of=pickup.id)
    told = (pickup, by_pin, signature(manifest, "carrier", of=pickup.id))
    world.tell("T", *told, vouched={by_pin.id: who(world, "P")})
    assert "signature_missing" not in codes(strict.received(manifest))


def test_a_park_that_asks_for_none_finds_none_missing(world: World, road: Road) -> None:
    manifest = road.issue(world.generated())
    road.picked_up(manifest)
    assert "signature_missing" not in codes(road.received(manifest))
