"""The chain report: what the API tells its reader, on paper."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from manifests import report, river
from manifests.paperwords import Language, kilograms
from manifests.signing import Signer
from tests.makers import World
from tests.manifests import printed
from tests.telling import T1, Road, line
from tracker import balance, facts, papers, trace

AT = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)


@pytest.fixture
def road(world: World, signer: Signer) -> Road:
    return Road(world, signer)


def chain(road: Road, what: UUID, who: str = "R") -> tuple[trace.Roots, trace.Chain]:
    roots = trace.roots_of(road.world.connection, road.world.park, str(what))
    return roots, trace.chain(road.world.connection, road.world.companies[who].caller, roots.keys)


def pdf(road: Road, what: UUID, *languages: Language, who: str = "R") -> bytes:
    roots, found = chain(road, what, who)
    (label,) = papers.labels_of(road.world.connection, road.world.park, batches=[what], manifests=[what]).values()
    return report.pdf(
        roots, found, park={"name_zh": "测试园区", "name_en": "Test park"}, host="WASTE.PARK.CN",
        signed=bytes(label["signed"]), human_code=label["human_code"], languages=languages or ("zh",), at=AT,
    )  # fmt: skip


def grouped(road: Road) -> UUID:
    """10 t and 30 t by T to S, put together there, by T2 to D, and a tenth of it becomes slag."""
    first, second = road.world.generated(10 * T1), road.world.generated(30 * T1, who="P2")
    for batch, who in ((first, "P"), (second, "P2")):
        manifest = road.issue(batch, who=who, to="S", treatment="C5")
        road.picked_up(manifest)
        road.received(manifest, who="S")
    _, both = road.combined(line(first), line(second), who="S")
    on = road.issue(both, who="S", carriers=("T2",))
    road.picked_up(on, who="T2")
    road.received(on, line(both, 39_900_000, measured=True))
    slag = facts.Output(kind="residue", grams=4 * T1, batch=UUID(int=77), waste_class=None)
    road.treated(line(both), outputs=(facts.Output(kind="product", grams=35_900_000, name="蒸汽"), slag))
    return both


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_chain_is_printed_and_its_account_closes(road: Road, language: Language) -> None:
    first = grouped(road)
    made, (_, found) = pdf(road, first, language), chain(road, first)
    printed.is_pdf_a(made)
    said = printed.words(made)
    account = balance.of_chain(found)
    assert account.closes
    for grams in (account.generated, account.treated, account.on_hand):
        assert kilograms(grams) in said
    assert ("闭合（到克）" if language == "zh" else "closes,tothegram") in said
    for fact in found.facts:
        assert f"#{fact.index}" in said
    assert len(printed.codes(made)) == 1
    printed.keep(f"chain-{language}", made)


def test_an_enterprise_reads_no_more_than_the_api_tells_it(road: Road) -> None:
    first = grouped(road)
    everything, mine = printed.words(pdf(road, first)), printed.words(pdf(road, first, who="P"))
    assert all(name in everything for name in ("P2有限公司", "D有限公司", "S有限公司", "30,000.000"))
    assert "S有限公司" in mine
    assert "P2有限公司" not in mine
    assert "D有限公司" not in mine
    assert "不公开" in mine
    assert "D员工" in everything
    assert "D员工" not in mine
    printed.keep("chain-masked", pdf(road, first, "zh", who="P"))


def test_the_river_has_a_band_for_every_stay_and_stays_on_the_page(road: Road) -> None:
    _, found = chain(road, grouped(road))
    drawn: Any = river.draw(found, lambda party: (party or {}).get("name_zh") or "—")
    assert [lane["name"][:2].strip() for lane in drawn["lanes"]] == ["P", "P2", "T", "S", "T2", "D"]
    for band in drawn["bands"]:
        for left, top in band["points"]:
            assert river.LEFT_MM <= left <= river.WIDTH_MM
            assert 0 <= top <= drawn["height"]
    assert drawn["height"] < 180


def test_too_much_for_a_picture_is_said(road: Road) -> None:
    manifest = road.issue(*[road.world.generated(T1) for _ in range(river.BATCHES_MAX + 1)])
    said = printed.words(pdf(road, manifest))
    assert "不附流向图" in said
    assert said.count("产生") > river.BATCHES_MAX
