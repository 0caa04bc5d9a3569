"""Emergency sheets: ordered while everything works, written during an outage, entered afterwards, each once."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from uuid_utils.compat import uuid7

from manifests import backfill, emergency, stack
from manifests import code as qr
from manifests.plan import CarrierPlan
from manifests.signing import Signer
from manifests.written import Leg, Name, Receipt, Row, Written
from tests.makers import OILY_RAGS, SLUDGE, World, now
from tests.manifests import printed
from tests.telling import T1, Road, codes, finding
from tracker import ledger
from tracker.problems import Problem


@pytest.fixture
def road(world: World, signer: Signer) -> Road:
    return Road(world, signer)


def ordered(road: Road, count: int = 1, who: str = "P") -> list[str]:
    """Numbers of fresh sheets."""
    world = road.world
    found = emergency.order(world.connection, world.companies[who].caller, road.signer, uuid7(), count)
    return [row["number"] for row in found]


def paper(road: Road, *rows: Row, sheet: str | None = None, hours: float = 30, **given: Any) -> Written:
    """A sheet written ``hours`` ago: T took it, D received it two hours later, everybody signed."""
    world, at = road.world, now() - timedelta(hours=hours)
    body: dict[str, Any] = {
        "id": uuid7(), "sheet": sheet or ordered(road)[0], "written_at": at, "rows": rows,
        "legs": (leg(road, "T", at + timedelta(minutes=20)),), "receiver": world.D.uuid, "treatment": "D10",
        "receipt": Receipt(at=at + timedelta(hours=2)),
        "names": (Name(side="generator", name="王芳"), Name(side="carrier", name="李䶮"), Name(side="receiver", name="赵敏")),
    }  # fmt: skip
    return Written(**body | given)


def leg(road: Road, who: str, at: datetime | None) -> Leg:
    return Leg(carrier=CarrierPlan(enterprise=road.world.companies[who].uuid, plate="京A12345"), took_over_at=at)


def new(grams: int = T1, **given: Any) -> Row:
    """A batch nobody has told of yet."""
    given.setdefault("waste_class", SLUDGE)
    return Row(batch=uuid7(), grams=grams, **given)


def entered(road: Road, written: Written, who: str = "P") -> list[ledger.Receipt]:
    return backfill.enter(road.world.connection, road.world.companies[who].caller, road.signer, written)


def gates(receipt: ledger.Receipt) -> list[str]:
    return sorted(one.evidence["gate"] for one in receipt.findings if one.code == "gate_closed_on_paper")


def test_a_sheet_is_entered_whole(road: Road) -> None:
    world, drum, row = road.world, road.world.generated(), new(2 * T1, accepted_grams=1_990_000, container="吨桶")
    sheet = paper(road, Row(batch=drum), row)
    receipts = entered(road, sheet)
    assert {one.verdict for one in receipts} == {"recorded"}
    assert "backfilled_late" not in codes(receipts[0])
    told = road.manifest(sheet.id)
    assert (told["state"], told["sheet"]) == ("delivered", sheet.sheet)
    assert told["issued_at"] == sheet.written_at
    assert [road.holder(one) for one in (drum, row.batch)] == ["D", "D"]
    assert road.on_paper(sheet.id, row.batch)["accepted_grams"] == 1_990_000
    (when,) = world.connection.execute(text("SELECT took_over_at FROM manifest_carrier")).scalars()
    assert when == sheet.legs[0].took_over_at
    signed = world.connection.execute(text('SELECT side, method FROM manifest_signature ORDER BY "index"')).all()
    assert [tuple(one) for one in signed] == [("generator", "paper"), ("carrier", "paper"), ("receiver", "paper")]
    world.verified()


def test_what_was_received_on_paper_is_shown_to_the_receiver(road: Road) -> None:
    receipts = entered(road, paper(road, new()))
    (found,) = [one for receipt in receipts for one in receipt.findings if one.code == "received_on_paper"]
    assert found.evidence["enterprise"] == "D 有限公司"


def test_late_and_placeless_is_the_nature_of_paper(road: Road) -> None:
    receipts = entered(road, paper(road, new(), hours=24 * 5))
    assert {code for receipt in receipts for code in codes(receipt)} == {"received_on_paper"}


def test_the_receiver_is_asked_for_its_own_permit(road: Road) -> None:
    receipts = entered(road, paper(road, new(waste_class=OILY_RAGS)))
    assert {code for receipt in receipts for code in codes(receipt)} == {"received_on_paper"}
    receipts = entered(road, paper(road, new(waste_class=OILY_RAGS), receiver=road.world.T.uuid))
    assert "permit_missing" in {code for receipt in receipts for code in codes(receipt)}


def test_later_than_the_limit_is_a_finding_and_recorded(road: Road) -> None:
    sheet = paper(road, new(), hours=24 * 25)
    receipt = entered(road, sheet)[0]
    assert finding(receipt, "backfilled_late").evidence["limit"] == 10
    assert road.manifest(sheet.id)["state"] == "delivered"
    road.world.verified()


def test_entered_twice_it_is_one_manifest(road: Road) -> None:
    sheet = paper(road, new())
    first, again = entered(road, sheet)[0], entered(road, sheet)
    assert [(one.verdict, one.index) for one in again] == [("already_recorded", first.index)]
    with pytest.raises(Problem, match="manifest_id_taken"):
        entered(road, paper(road, new(), sheet=sheet.sheet, id=sheet.id))
    with pytest.raises(Problem, match="sheet_used"):
        entered(road, paper(road, new(), sheet=sheet.sheet))
    other = paper(road, new())
    entered(road, other)
    with pytest.raises(Problem, match="manifest_id_taken"):
        entered(road, paper(road, new(), id=other.id))


def test_a_sheet_is_used_by_whoever_it_was_issued_to(road: Road) -> None:
    foreign = ordered(road, who="P2")[0]
    with pytest.raises(Problem, match="sheet_foreign"):
        entered(road, paper(road, new(), sheet=foreign))
    with pytest.raises(Problem, match="sheet_unknown"):
        entered(road, paper(road, new(), sheet=emergency.number.general(emergency.RULE, "BDA", 2026, 999_999)))
    with pytest.raises(Problem, match="manifest_number_mistyped"):
        entered(road, paper(road, new(), sheet=foreign[:-3] + ("1" if foreign[-3] != "1" else "2") + foreign[-2:]))
    with pytest.raises(Problem, match="generator_not_yours"):
        entered(road, paper(road, new(), generator=road.world.P2.uuid))
    with pytest.raises(Problem, match="role_may_not"):
        entered(road, paper(road, new()), who="R")


def test_typed_as_people_type_it(road: Road) -> None:
    number = ordered(road)[0]
    sheet = paper(road, new(), sheet=number.lower().replace("-", " "))
    entered(road, sheet)
    assert road.manifest(sheet.id)["sheet"] == number


def test_closed_gates_are_findings_and_the_paper_is_recorded(road: Road) -> None:
    world = road.world
    theirs, gone = world.generated(who="P2"), world.generated()
    road.delivered(gone)
    rows = (
        Row(batch=theirs), Row(batch=gone), new(waste_class=OILY_RAGS),
        new(waste_class=SLUDGE.__class__(scheme="CN-SW", edition="2024", code="没有")),
    )  # fmt: skip
    sheet = paper(road, *rows, receiver=world.T.uuid, treatment="X9")
    receipts = entered(road, sheet)
    assert gates(receipts[0]) == [
        "batch_not_held", "batch_not_held", "batch_unclassified", "manifest_mixes_hazard", "receiver_without_permit",
        "treatment_unknown",
    ]  # fmt: skip
    assert {one.verdict for one in receipts} <= {"recorded", "conflict"}
    # What was another's stays another's: paper moves nobody else's waste.
    assert [road.holder(one) for one in (theirs, gone)] == ["P2", "D"]
    assert road.holder(rows[2].batch) == "T"
    world.verified()


def test_a_permit_that_is_full_is_used_all_the_same(road: Road) -> None:
    huge = new(11_000_000_000)
    before = road.permit_year()
    receipts = entered(road, paper(road, huge))
    assert "receiver_capacity_exceeded" in gates(receipts[0])
    assert road.permit_year() == (before[0], before[1] + 11_000_000_000)
    road.world.verified()


def test_more_than_there_was_is_a_finding(road: Road) -> None:
    drum = road.world.generated(T1)
    receipts = entered(road, paper(road, Row(batch=drum, grams=3 * T1)))
    assert gates(receipts[0]) == ["batch_short"]
    road.world.verified()


def test_refused_in_part_and_through_two_carriers(road: Road) -> None:
    at = now() - timedelta(hours=20)
    row = new(10 * T1, loaded_grams=9_900_000, accepted_grams=3 * T1, refused_grams=6_900_000)
    legs = (leg(road, "T", at), leg(road, "T2", at + timedelta(hours=1)))
    receipt = Receipt(at=at + timedelta(hours=3), cause="not_conform", text="含水率过高")
    sheet = paper(road, row, legs=legs, receipt=receipt, written_at=at)
    assert {one.verdict for one in entered(road, sheet)} == {"recorded"}
    assert road.manifest(sheet.id)["state"] == "part_refused"
    assert (road.world.batch(row.batch)["grams"], road.holder(row.batch)) == (3 * T1, "D")
    assert road.world.connection.execute(text("SELECT count(*) FROM batch WHERE state = 'refused'")).scalar_one() == 1
    road.world.verified()


def test_all_of_it_refused(road: Road) -> None:
    sheet = paper(road, new(refused_grams=T1), receipt=Receipt(at=now(), cause="other"))
    entered(road, sheet)
    assert road.manifest(sheet.id)["state"] == "refused"
    with pytest.raises(Problem, match="cause_missing"):
        entered(road, paper(road, new(refused_grams=T1)))
    road.world.verified()


def test_the_truck_has_not_come_yet(road: Road) -> None:
    row = new()
    sheet = paper(road, row, legs=(leg(road, "T", None),), receipt=None, names=())
    entered(road, sheet)
    assert road.manifest(sheet.id)["state"] == "issued"
    assert road.world.batch(row.batch)["state"] == "reserved"
    assert road.picked_up(sheet.id).verdict == "recorded"
    road.world.verified()


def test_a_carrier_in_no_register_and_one_who_may_not_tell_for_others(road: Road) -> None:
    typed = Leg(carrier=CarrierPlan(name="河北路通", plate="冀B7"), took_over_at=now() - timedelta(hours=9))
    sheet = paper(road, new(waste_class=OILY_RAGS), legs=(typed,), receipt=None)
    receipts = entered(road, sheet)
    assert gates(receipts[0]) == ["carrier_needs_permit_number"]
    # The paper is the generator's to enter; a carrier on it does not become its receiver.
    second = paper(road, new(), receipt=None, names=())
    entered(road, second)
    assert "not_your_batch" in codes(road.received(second.id, who="T"))
    road.world.verified()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"rows": ()}, "manifest_without_batches"),
        ({"legs": ()}, "carrier_missing"),
        ({"rows": (Row(batch=UUID(int=7)),)}, "not_found"),
        ({"rows": (Row(batch=UUID(int=7), waste_class=SLUDGE),)}, "fact_needs_grams"),
        ({"receiver": UUID(int=7)}, "enterprise_unknown"),
        ({"names": (Name(side="carrier", name="x", leg=4),)}, "field_malformed"),
        ({"names": (Name(side="generator", name="x" * 101),)}, "text_too_long"),
    ],
)
def test_what_cannot_be_read_leaves_nothing_behind(road: Road, change: dict[str, Any], code: str) -> None:
    sheet = paper(road, new(), **change)
    length = ledger.length(road.world.connection, road.world.park)
    with pytest.raises(Problem) as refused:
        entered(road, sheet)
    assert (refused.value.code, ledger.length(road.world.connection, road.world.park)) == (code, length)


def test_a_new_batch_cannot_take_the_id_of_another(road: Road) -> None:
    theirs = road.world.generated(who="P2")
    with pytest.raises(Problem, match="batch_id_taken"):
        entered(road, paper(road, Row(batch=theirs, waste_class=SLUDGE, grams=T1)))


def test_an_order_asked_again_gives_the_same_sheets(road: Road) -> None:
    world, order = road.world, uuid7()
    first = emergency.order(world.connection, world.P.caller, road.signer, order, 5)
    again = emergency.order(world.connection, world.P.caller, road.signer, order, 5)
    assert [row["number"] for row in first] == [row["number"] for row in again]
    assert [row["serial"] for row in first] == [1, 2, 3, 4, 5]
    for count, who in ((6, "P"), (5, "P2")):
        with pytest.raises(Problem, match="order_id_taken"):
            emergency.order(world.connection, world.companies[who].caller, road.signer, order, count)
    with pytest.raises(Problem, match="not_your_enterprise"):
        emergency.order(world.connection, world.P.caller, road.signer, uuid7(), 1, world.D.uuid)
    for count in (0, 201):
        with pytest.raises(Problem, match="field_malformed"):
            emergency.order(world.connection, world.P.caller, road.signer, uuid7(), count)
    (row,) = emergency.order(world.connection, world.R.caller, road.signer, uuid7(), 1, world.D.uuid)
    assert (row["number"][:2], row["enterprise_uuid"], row["serial"]) == ("E-", world.D.uuid, 6)


def test_a_stack_is_printed_and_every_code_is_read_back(road: Road) -> None:
    world = road.world
    rows = emergency.order(world.connection, world.P.caller, road.signer, uuid7(), 3)
    made = stack.pdf(rows, host="WASTE.PARK.CN", days=10, at=datetime(2026, 11, 21, tzinfo=UTC))
    printed.is_pdf_a(made)
    assert printed.pages(made) == 3
    assert printed.codes(made) == [qr.text("WASTE.PARK.CN", bytes(row["signed"])) for row in rows]
    said = printed.words(made)
    assert all(row["number"] in said and row["human_code"] in said for row in rows)
    printed.keep("sheet", made)
