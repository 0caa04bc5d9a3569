"""The manifest on paper, printed and read back."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from manifests import backfill, paper
from manifests import code as qr
from manifests.paperwords import Language
from manifests.plan import CarrierPlan
from manifests.signing import Signer
from manifests.written import Leg, Name, Receipt, Row
from tests.makers import OILY_RAGS, World
from tests.manifests import printed
from tests.manifests.test_backfill import new
from tests.manifests.test_backfill import paper as sheet_of
from tests.telling import T1, Road, line, make
from tracker import facts
from tracker.views import paper as view

HOST = "WASTE.PARK.CN"
AT = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)
RARE = "䶮㛃𬭚"
BOTH: tuple[Language, ...] = ("zh", "en")


@pytest.fixture
def road(world: World, signer: Signer) -> Road:
    return Road(world, signer)


def seen(road: Road, manifest: UUID, who: str = "P") -> dict[str, Any]:
    return view.paper(road.world.connection, road.world.companies[who].caller, str(manifest))


def pdf(road: Road, manifest: UUID, *languages: Language, who: str = "P") -> bytes:
    return paper.pdf(seen(road, manifest, who), host=HOST, languages=languages or ("zh",), at=AT)


def signed(road: Road, manifest: UUID, side: str, who: str, **given: Any) -> None:
    road.tell(who, make(facts.Signed, manifest=manifest, side=side, **given))


def travelled(road: Road) -> UUID:
    """Oily rags and sludge-like drums from P by T and T2 to D, one refused in part, weights corrected, names under it."""
    drums = [road.world.generated(T1, waste=OILY_RAGS, container=f"200 L 钢桶 {RARE}", form="solid") for _ in range(3)]
    manifest = road.issue(*drums, carriers=("T", "T2"), treatment="D10")
    signed(road, manifest, "generator", "P")
    pickup = road.picked_up(manifest, line(drums[0], 980_000, measured=True))
    signed(road, manifest, "carrier", "T", of=pickup.fact)
    road.handed_over(manifest, to="T2")
    road.received(manifest, line(drums[0], 975_500, measured=True), line(drums[1], 1_000_400, measured=True))
    road.part_refused(manifest, drums[2], 700_000, 300_000)
    signed(road, manifest, "receiver", "D")
    road.corrected(drums[0], pickup.fact, 985_000, who="T")
    return manifest


@pytest.mark.parametrize("languages", [("zh",), ("en",), BOTH])
def test_a_travelled_manifest_is_printed(road: Road, languages: tuple[Language, ...]) -> None:
    manifest = travelled(road)
    made = pdf(road, manifest, *languages)
    printed.is_pdf_a(made)
    said, found = printed.words(made), seen(road, manifest)
    for wanted in (found["number"], found["human_code"], found["proof"]["leaf"], "980.000", "985.000", "975.500", RARE):
        assert wanted in said, wanted
    assert said.count("900-041-49") >= 3 * len(languages)
    link = qr.text(HOST, found["label_signed"])
    assert printed.codes(made) == [link, link] * len(languages)
    printed.keep(f"manifest-{'-'.join(languages)}", made)


def test_both_figures_of_a_correction_stand_side_by_side(road: Road) -> None:
    manifest = travelled(road)
    (found,) = seen(road, manifest)["corrections"]
    assert (found["before"], found["after"], found["state"]) == (980_000, 985_000, "open")


def test_names_are_shown_to_their_own_side_and_the_park(road: Road) -> None:
    manifest = travelled(road)
    by = {who: {one["side"]: one["name"] for one in seen(road, manifest, who)["signatures"]} for who in ("P", "T", "R")}
    assert by["P"] == {"generator": "P 员工", "carrier": None, "receiver": None}
    assert by["T"] == {"generator": None, "carrier": "T 员工", "receiver": None}
    assert by["R"] == {"generator": "P 员工", "carrier": "T 员工", "receiver": "D 员工"}
    assert "D员工" not in printed.words(pdf(road, manifest))
    assert "D员工" in printed.words(pdf(road, manifest, who="R"))


def test_many_batches_flow_over_pages_that_say_which_they_are(road: Road) -> None:
    manifest = road.issue(*[road.world.generated(T1 + at) for at in range(90)])
    made, number = pdf(road, manifest, *BOTH), road.manifest(manifest)["number"]
    count = printed.pages(pdf(road, manifest, "zh"))
    rest = printed.pages(made) - count
    assert min(count, rest) >= 3
    said = printed.words(made)
    for page in range(1, count + 1):
        assert f"第{page}页，共{count}页" in said
    for page in range(1, rest + 1):
        assert f"page{page}of{rest}" in said
    assert f"page{rest + 1}of" not in said
    # The running head is on every page; in Chinese the title ends in the same word, right above the number.
    assert said.count(f"联单{number}") == count + 1
    assert said.count(f"Manifest{number}") == rest
    assert "90,004.005" in said
    printed.keep("manifest-90-batches", made)


def test_a_draft_says_that_it_is_none(road: Road) -> None:
    from manifests import issue

    batch = road.world.generated(T1)
    plan = road.plan(batch, carriers=("T", "T2"), remark="先占位")
    issue.draft(road.world.connection, road.world.P.caller, plan)
    for language in BOTH:
        made = pdf(road, plan.id, language)
        printed.is_pdf_a(made)
        # The mark lies across the page in a grey of its own.
        assert printed.pictures(made, 50)[0].convert("L").tobytes().count(222) > 1_000
        assert "1,000.000" in printed.words(made)
        assert ("T有限公司" if language == "zh" else "T2Ltd") in printed.words(made)
        assert printed.codes(made) == []
        printed.keep(f"draft-{language}", made)


def test_what_was_on_paper_first_says_so(road: Road) -> None:
    sheet = sheet_of(road, new(2 * T1, waste_class=OILY_RAGS, container="吨桶", form="liquid"))
    backfill.enter(road.world.connection, road.world.P.caller, road.signer, sheet)
    made = pdf(road, sheet.id, "zh")
    said = printed.words(made)
    for wanted in (sheet.sheet, "纸质签字", "王芳", "李䶮"):
        assert wanted in said
    assert "李䶮" not in printed.words(pdf(road, sheet.id, "zh", who="D"))
    assert "赵敏" in printed.words(pdf(road, sheet.id, "zh", who="D"))
    printed.keep("manifest-from-sheet", made)


def hostile() -> dict[str, str]:
    return {
        "typst": '#panic("x") $x$ *b* #read("data.json") `r` = T',
        "html": "<script>alert(1)</script>&amp;",
        "long": "很长的名字" * 1000,
        "long_latin": "W" * 5000,
        "rtl": "甲\u202e乙\u2067丙\u200f丁",
    }


@pytest.mark.parametrize("name", hostile())
def test_hostile_words_are_words(road: Road, name: str) -> None:
    nasty = hostile()[name]
    manifest = travelled(road)
    found = seen(road, manifest)
    party = found["generator"] | {"name_zh": nasty, "name_en": nasty}
    found = found | {"remark": nasty, "generator": party}
    made = paper.pdf(found, host=HOST, languages=BOTH, at=AT)
    printed.is_pdf_a(made)
    shown = "".join(nasty.translate({0x202E: None, 0x2067: None, 0x200F: None}).split())
    assert shown[:400] in printed.words(made)
    link = qr.text(HOST, found["label_signed"])
    assert printed.codes(made) == [link] * 4
    # Nothing runs over the edge: the outermost millimetres of every page are white.
    for page in printed.pictures(made, 50):
        grey = page.convert("L")
        wide, high = grey.size
        for edge in ((0, 0, 12, high), (wide - 12, 0, wide, high)):
            assert min(grey.crop(edge).tobytes()) == 255


def test_a_stranger_gets_no_paper(road: Road) -> None:
    from tracker.problems import Problem

    manifest = travelled(road)
    with pytest.raises(Problem, match="not_found"):
        seen(road, manifest, "P2")


def test_the_same_moment_prints_the_same_bytes(road: Road) -> None:
    manifest = travelled(road)
    assert pdf(road, manifest, *BOTH) == pdf(road, manifest, *BOTH)


def test_it_asks_for_as_much_for_ninety_batches_as_for_one(road: Road) -> None:
    from sqlalchemy import event

    def asked(manifest: UUID) -> int:
        sent: list[str] = []

        def note(*given: Any) -> None:
            sent.append(given[2])

        event.listen(road.world.connection, "before_cursor_execute", note)
        seen(road, manifest)
        event.remove(road.world.connection, "before_cursor_execute", note)
        return len(sent)

    one = road.issue(road.world.generated())
    many = road.issue(*[road.world.generated() for _ in range(90)])
    assert asked(one) == asked(many)


def test_lapsed_legs_and_carriers_in_no_register(road: Road) -> None:
    typed = Leg(carrier=CarrierPlan(name=f"河北{RARE}运输", permit_number="冀 1", plate="冀B7"), took_over_at=AT)
    skipped = Leg(carrier=CarrierPlan(enterprise=road.world.T2.uuid))
    at = datetime.now(UTC) - timedelta(hours=3)
    sheet = sheet_of(
        road, Row(batch=road.world.generated()), legs=(typed, skipped), receipt=Receipt(at=at),
        names=(Name(side="carrier", name=f"孙{RARE}"),),
    )  # fmt: skip
    backfill.enter(road.world.connection, road.world.P.caller, road.signer, sheet)
    lapsed = road.world.connection.execute(text("SELECT lapsed FROM manifest_carrier ORDER BY leg")).scalars().all()
    assert lapsed == [False, True]
    said = printed.words(pdf(road, sheet.id, "zh", who="R"))
    for wanted in ("未使用（失效）", "未登记", f"河北{RARE}运输", f"孙{RARE}"):
        assert wanted in said
