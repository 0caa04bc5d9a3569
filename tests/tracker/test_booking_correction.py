"""Corrections are new facts that point at the old; nothing is edited, and nobody corrects what others have signed."""

from uuid import UUID

from sqlalchemy import text
from uuid_utils.compat import uuid7

from tests.makers import SLUDGE, World
from tests.telling import T1, Road, codes, line, make
from tracker import facts


def _generated(road: Road, grams: int, who: str = "P") -> tuple[UUID, UUID]:
    fact = make(facts.Generated, line(uuid7(), grams), waste_class=SLUDGE)
    road.tell(who, fact)
    return fact.lines[0].batch, fact.id


def test_a_slip_is_corrected_before_anybody_else_has_signed(world: World, road: Road) -> None:
    heap, fact = _generated(road, 10 * T1)
    receipt = road.corrected(heap, fact, 6_800_000)
    assert codes(receipt) == []
    assert world.batch(heap)["grams"] == 6_800_000
    assert world.balance() == {"source": -6_800_000, "stock": 6_800_000}
    kept = world.connection.execute(text("SELECT record FROM fact WHERE id = :id"), {"id": fact}).scalar_one()
    assert '"grams":10000000' in kept
    world.verified()


def test_the_last_of_several_corrections_counts_and_so_does_one_of_a_correction(world: World, road: Road) -> None:
    heap, fact = _generated(road, 10 * T1)
    first = road.corrected(heap, fact, 8 * T1)
    second = road.corrected(heap, fact, 7 * T1)
    assert codes(road.corrected(heap, first.fact, 6 * T1)) == []
    assert codes(road.corrected(heap, second.fact, 5 * T1)) == []
    assert world.batch(heap)["grams"] == 5 * T1
    assert world.balance() == {"source": -5 * T1, "stock": 5 * T1}
    world.verified()


def test_facts_and_their_corrections_may_come_in_one_request(world: World, road: Road) -> None:
    made = make(facts.Generated, line(uuid7(), 10 * T1), waste_class=SLUDGE)
    heap = made.lines[0].batch
    once = make(facts.Corrected, line(heap), corrects=made.id, grams=9 * T1, reason="读错")
    twice = make(facts.Corrected, line(heap), corrects=once.id, grams=8 * T1, reason="又读错")
    receipts = world.tell("P", made, once, twice)
    assert [codes(receipt) for receipt in receipts] == [[], [], []]
    assert world.batch(heap)["grams"] == 8 * T1
    world.verified()


def test_a_correction_waits_for_the_fact_it_corrects(world: World, road: Road) -> None:
    heap, _ = _generated(road, 10 * T1)
    weighing = make(facts.Weighed, line(heap, 9 * T1))
    early = road.corrected(heap, weighing.id, 8 * T1)
    assert (early.verdict, early.waits_for) == ("waiting", weighing.id)
    road.tell("P", weighing)
    assert world.batch(heap)["grams"] == 8 * T1
    world.verified()


def test_once_others_have_signed_the_books_stay_until_they_consent(world: World, road: Road) -> None:
    heap, fact = _generated(road, 10 * T1)
    road.delivered(heap)
    receipt = road.corrected(heap, fact, 6 * T1)
    assert "correction_awaits_consent" in codes(receipt) or "not_your_batch" in codes(receipt)
    assert world.batch(heap)["grams"] == 10 * T1
    world.verified()


def test_on_the_road_the_generator_s_correction_awaits_the_carrier(world: World, road: Road) -> None:
    heap, fact = _generated(road, 10 * T1)
    road.picked_up(road.issue(heap))
    assert codes(road.corrected(heap, fact, 6 * T1)) == ["correction_awaits_consent"]
    # A correction that waits for consent is no figure that a later one could start from.
    assert codes(road.corrected(heap, fact, 5 * T1)) == ["correction_awaits_consent"]
    assert world.batch(heap)["grams"] == 10 * T1
    world.verified()


def test_nobody_corrects_another_s_fact(world: World, road: Road) -> None:
    heap, fact = _generated(road, 10 * T1)
    road.delivered(heap)
    assert codes(road.corrected(heap, fact, 6 * T1, who="D")) == ["correction_awaits_consent"]
    assert world.batch(heap)["grams"] == 10 * T1


def test_after_a_newer_weighing_only_the_history_of_the_old_figure_changes(world: World, road: Road) -> None:
    heap, fact = _generated(road, 10 * T1)
    road.weighed(heap, 9 * T1)
    assert codes(road.corrected(heap, fact, 8 * T1)) == []
    assert world.batch(heap)["grams"] == 9 * T1
    assert world.balance() == {"source": -8 * T1, "stock": 9 * T1, "difference": -T1}
    world.verified()


def test_what_is_left_takes_a_correction_first(world: World, road: Road) -> None:
    heap, fact = _generated(road, 10 * T1)
    road.split(heap, 6 * T1)
    assert codes(road.corrected(heap, fact, 7 * T1)) == []
    assert world.batch(heap)["grams"] == T1
    world.verified()


def test_the_receiver_corrects_its_scale_and_paper_and_permit_follow(world: World, road: Road) -> None:
    heap, _ = _generated(road, 10 * T1)
    manifest = road.issue(heap)
    road.picked_up(manifest)
    received = road.received(manifest, line(heap, 9 * T1, measured=True))
    proposal = road.corrected(heap, received.fact, 9_500_000, who="D")
    assert codes(proposal) == ["correction_awaits_consent"]
    assert road.permit_year() == (0, 9 * T1)
    assert codes(road.consented(proposal.fact, "P")) == []
    assert world.batch(heap)["grams"] == 9_500_000
    assert road.on_paper(manifest, heap)["accepted_grams"] == 9_500_000
    assert road.permit_year() == (0, 9_500_000)
    world.verified()


def test_the_carrier_corrects_what_it_loaded(world: World, road: Road) -> None:
    heap, _ = _generated(road, 10 * T1)
    manifest = road.issue(heap)
    loaded = road.picked_up(manifest, line(heap, 9 * T1, measured=True))
    proposal = road.corrected(heap, loaded.fact, 9_900_000, who="T")
    assert codes(road.consented(proposal.fact, "P")) == []
    assert road.on_paper(manifest, heap)["loaded_grams"] == 9_900_000
    world.verified()


def test_what_went_on_into_other_batches_is_not_corrected_by_a_figure(world: World, road: Road) -> None:
    heap, _ = _generated(road, 10 * T1)
    split, _ = road.split(heap, 4 * T1, taken=4 * T1)
    assert codes(road.corrected(heap, split.fact, 3 * T1)) == ["correction_of_use"]
    assert world.batch(heap)["grams"] == 6 * T1
    world.verified()


def test_a_fact_that_moved_nothing_has_no_figure_to_correct(world: World, road: Road) -> None:
    heap, _ = _generated(road, 10 * T1)
    again = make(facts.Generated, line(heap, 99 * T1), waste_class=SLUDGE)
    road.tell("P", again)
    assert codes(road.corrected(heap, again.id, 5 * T1)) == ["correction_of_nothing"]
    assert world.balance() == {"source": -10 * T1, "stock": 10 * T1}
    world.verified()


def test_a_correction_of_a_fact_about_something_else_is_found(world: World, road: Road) -> None:
    heap, _ = _generated(road, 10 * T1)
    _, other = _generated(road, 3 * T1)
    assert codes(road.corrected(heap, other, 5 * T1)) == ["correction_of_nothing"]
    assert world.batch(heap)["grams"] == 10 * T1
    world.verified()


def test_an_outsider_corrects_nothing(world: World, road: Road) -> None:
    heap, fact = _generated(road, 10 * T1)
    assert codes(road.corrected(heap, fact, 5 * T1, who="P2")) == ["not_your_batch"]
    assert world.batch(heap)["grams"] == 10 * T1


def _received(road: Road, grams: int, who: str = "P") -> tuple[UUID, UUID, UUID]:
    """A heap that ``who`` shipped to the store S, the manifest, and the receipt's fact."""
    heap, _ = _generated(road, grams, who)
    manifest = road.issue(heap, who=who, to="S", treatment="C5")
    road.picked_up(manifest)
    return heap, manifest, road.received(manifest, line(heap, grams, measured=True), who="S").fact


def _grouped(road: Road) -> tuple[UUID, UUID, UUID, UUID]:
    """10 t and 5.5 t combined at S: the first heap, the receipt of it, the second heap, the group."""
    first, _, receipt = _received(road, 10 * T1)
    second, _, _ = _received(road, 5_500_000, "P2")
    _, group = road.combined(line(first), line(second), who="S")
    return first, receipt, second, group


def test_a_grouping_follows_the_figure_of_its_member_once_the_other_party_consents(world: World, road: Road) -> None:
    first, receipt, _, group = _grouped(road)
    proposal = road.corrected(first, receipt, 6_800_000)
    assert codes(proposal) == ["correction_awaits_consent"]
    assert world.batch(group)["grams"] == 15_500_000
    assert codes(road.consented(proposal.fact, "P")) == ["answer_not_asked"]
    assert world.batch(group)["grams"] == 15_500_000
    assert codes(road.consented(proposal.fact, "S")) == []
    assert world.batch(group)["grams"] == 12_300_000
    asked = "SELECT answer FROM finding WHERE code = 'correction_awaits_consent'"
    assert world.connection.execute(text(asked)).scalars().all() == ["已同意 / agreed"]
    assert sum(grams for _, child, grams in road.edges() if child == group) == 12_300_000
    kept = world.connection.execute(text("SELECT record FROM fact WHERE id = :id"), {"id": receipt}).scalar_one()
    assert '"grams":10000000' in kept
    world.verified()


def test_a_decline_ends_a_correction_and_so_does_taking_it_back(world: World, road: Road) -> None:
    first, receipt, _, group = _grouped(road)
    declined = road.corrected(first, receipt, 6_800_000)
    assert codes(road.declined(declined.fact, "S", reason="磅单为准")) == []
    assert codes(road.consented(declined.fact, "S")) == ["answer_too_late"]
    withdrawn = road.corrected(first, receipt, 7_000_000)
    assert codes(road.declined(withdrawn.fact, "P")) == []
    assert codes(road.consented(withdrawn.fact, "S")) == ["answer_too_late"]
    assert world.batch(group)["grams"] == 15_500_000
    states = world.connection.execute(text("SELECT state FROM proposal ORDER BY made_at, uuid")).scalars().all()
    assert states == ["declined", "withdrawn"]
    world.verified()


def test_a_correction_runs_on_into_what_was_treated(world: World, road: Road) -> None:
    first, receipt, _, group = _grouped(road)
    road.treated(line(group), who="S", treatment="R4")
    proposal = road.corrected(first, receipt, 6_800_000, who="S")
    assert codes(road.consented(proposal.fact, "P")) == []
    assert world.balance() == {"source": -15_500_000, "treated": 12_300_000, "difference": 3_200_000}
    assert world.batch(group)["state"] == "treated"
    world.verified()


def test_what_was_weighed_since_keeps_its_own_figure(world: World, road: Road) -> None:
    first, receipt, _, group = _grouped(road)
    road.weighed(group, 15_400_000, who="S")
    proposal = road.corrected(first, receipt, 6_800_000)
    assert codes(road.consented(proposal.fact, "S")) == []
    assert world.batch(group)["grams"] == 15_400_000
    world.verified()


def test_two_corrections_of_one_figure_are_open_at_once_and_the_last_agreed_counts(world: World, road: Road) -> None:
    first, receipt, _, group = _grouped(road)
    low, high = road.corrected(first, receipt, 6 * T1), road.corrected(first, receipt, 9 * T1)
    road.consented(high.fact, "S")
    assert world.batch(group)["grams"] == 14_500_000
    road.consented(low.fact, "S")
    assert world.batch(group)["grams"] == 11_500_000
    world.verified()


def test_a_correction_that_would_leave_less_than_nothing_changes_nothing(world: World, road: Road) -> None:
    heap, fact = _generated(road, 10 * T1)
    road.split(heap, 6 * T1)
    road.split(heap, 3 * T1)
    assert codes(road.corrected(heap, fact, 1)) == ["correction_too_large"]
    assert world.balance() == {"source": -10 * T1, "stock": 10 * T1}
    assert codes(road.corrected(heap, fact, 3)) == []
    assert world.balance() == {"source": -3, "stock": 3}
    assert world.batch(heap)["state"] == "split"
    world.verified()
