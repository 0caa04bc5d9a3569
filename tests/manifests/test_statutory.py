"""The statutory label: sizes of the standard, every field in its place, both codes read, whatever the words are."""

from dataclasses import replace
from datetime import date
from itertools import combinations
from random import Random

import pytest

from manifests import fonts, identification, ink, lettering, printing, statutory
from manifests.face import BLACK, ORANGE, WHITE, Box, Code, Face, Line
from manifests.statutory import Particulars
from tests.manifests import degrade
from tests.manifests.pictures import code_paths, codes_in, opened, painted
from tests.manifests.test_face import HOSTILE

SIDES = tuple(statutory.TEXT_MM)
MEASURES = [ink.measure, lettering.estimate]


@pytest.fixture
def full(face: Face) -> Particulars:
    return Particulars(
        face, category="HW49", properties=("T", "In"), form="solid", main_components="废棉纱、废手套、矿物油",
        harmful_components="矿物油、苯系物", precautions="远离火源；防止泄漏；轻装轻卸；不得与氧化剂混放",
        identification="91110302MA0001000X9000414920261121001", contact="王工 010-5555 0123", generated=date(2026, 11, 20),
    )  # fmt: skip


def hostile(full: Particulars, text: str) -> Particulars:
    face = replace(full.face, class_code=text, class_name_zh=text, class_name_en=text, generator=text)
    said = dict.fromkeys(("category", "form", "main_components", "harmful_components", "precautions", "contact"), text)
    return replace(full, face=face, **said)


def _said(full: Particulars, side: int = 100) -> str:
    return "".join(mark.text for mark in _drawn(full, side) if isinstance(mark, Line))


def _drawn(full: Particulars, side: int, measure: lettering.Measure = ink.measure) -> list[object]:
    return list(statutory.draw(full, side=side, ink="colour", measure=measure))


@pytest.mark.parametrize("side", SIDES)
def test_frame_blank_and_text_are_as_large_as_the_standard_asks(full: Particulars, side: int) -> None:
    drawn = _drawn(full, side)
    ground, frame, inner = (mark for mark in drawn[:3] if isinstance(mark, Box))
    assert (ground.width, ground.height, ground.fill) == (side, side, WHITE)
    assert frame.fill == BLACK
    assert min(frame.left, side - frame.left - frame.width) >= 3
    assert inner.left - frame.left >= 1
    assert (inner.fill, ORANGE) == ("#ff9600", "#ff9600")
    least = statutory.TEXT_MM_LEAST[side]
    lines = [mark for mark in drawn if isinstance(mark, Line)]
    letters = [line for line in lines if line.text not in statutory._PROPERTIES]
    assert min(line.size for line in letters) >= least
    # Not only the em but the ink of a Chinese character is as high.
    boxes = [fonts.at(1000, bold=False).getbbox(character) for character in "废物事章"]
    assert statutory.TEXT_MM[side] * max(bottom - top for _, top, _, bottom in boxes) / 1000 >= least


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("measure", MEASURES, ids=["png", "svg"])
@pytest.mark.parametrize("name", ["as it should be", "empty", *HOSTILE])
def test_nothing_leaves_the_frame_or_covers_another(
    full: Particulars, face: Face, name: str, measure: lettering.Measure, side: int
) -> None:
    told = {"as it should be": full, "empty": Particulars(replace(face, class_name_zh="", generator=""))}.get(name)
    drawn = _drawn(told or hostile(full, HOSTILE[name]), side, measure)
    inside = (4.3, side - 4.3)
    places = []
    for mark in drawn:
        if isinstance(mark, Line):
            wide = measure(mark.text, mark.size, mark.bold)
            assert wide <= mark.width + 0.01 or len(mark.text) == 1, mark
            places.append(
                (mark.left, mark.top + 0.1 * mark.size, mark.left + wide, mark.top + 0.92 * mark.size, mark.text)
            )
        elif isinstance(mark, Code):
            places.append((mark.left, mark.top, mark.left + mark.side, mark.top + mark.side, "code"))
    for left, top, right, bottom, text in places:
        assert inside[0] <= left < right <= inside[1], text
        assert inside[0] <= top < bottom <= inside[1], text
    for one, other in combinations(places, 2):
        apart = (
            one[2] <= other[0] + 0.01
            or other[2] <= one[0] + 0.01
            or one[3] <= other[1] + 0.01
            or other[3] <= one[1] + 0.01
        )
        assert apart, (one[4], other[4])


def test_it_says_every_field(full: Particulars) -> None:
    said = _said(full)
    for words in ("危险废物", "HAZARDOUS WASTE", "含有或沾染", "HW49", "900-041-49", "固态 Solid", "废棉纱", "苯系物", "远离火源",
                  "91110302MA0001000X", "90004149 20261121 001", "北京亦庄宏达", "王工 010-5555 0123", "2026-11-20", "182 kg",
                  "毒性", "Toxic", "感染性", "Infectious", full.face.label.label_id.hex and "识别码"):  # fmt: skip
        assert words in said, words
    assert "not given" not in said


def test_what_nobody_said_is_printed_as_not_given(full: Particulars) -> None:
    for field in ("main_components", "harmful_components", "precautions", "identification", "contact", "category"):
        assert _said(replace(full, **{field: ""})).count(statutory.NOT_GIVEN) == 1, field
    assert "not given" in _said(replace(full, properties=()))
    assert _said(replace(full, generated=None)).count(statutory.NOT_GIVEN) == 1


@pytest.mark.parametrize("count", range(1, 6))
def test_every_hazard_has_its_sign(full: Particulars, count: int) -> None:
    some = tuple(statutory._PROPERTIES)[:count]
    said = _said(replace(full, properties=some), 150)
    assert [statutory._PROPERTIES[one][0] in said for one in some] == [True] * count


@pytest.mark.parametrize(
    ("container", "litres", "side"),
    [("200 L 钢桶", 200, 150), ("25L", 25, 100), ("50 升塑料桶", 50, 100), ("吨桶 1000升", 1000, 200), ("450L", 450, 150),
     ("451 liters", 451, 200), (None, None, None), ("吨袋", None, None), ("2 × 25 L + 200 L", None, None), ("1,000 L", None, None)],
)  # fmt: skip
def test_the_side_follows_the_volume(container: str | None, litres: float | None, side: int | None) -> None:
    assert statutory.litres_in(container) == litres
    assert statutory.side_for(litres) == side


def test_an_identification_code_has_37_characters_or_is_none() -> None:
    made = identification.make("91110302MA0001000X", "900-041-49", date(2026, 11, 21), 7)
    assert made == "91110302MA0001000X9000414920261121007"
    assert len(made) == identification.LENGTH == 37
    assert identification.shown(made) == ("91110302MA0001000X", "90004149 20261121 007")
    for uscc, waste, serial in ((None, "900-041-49", 1), ("91110302MA0001000X", "16 01 07", 1), ("91110302MA0001000X", None, 1),
                                ("91110302MA0001000X", "900-041-49", 1_000), ("91110302MA0001000X", "900-041-49", 0)):  # fmt: skip
        assert identification.make(uscc, waste, date(2026, 11, 21), serial) is None
    assert identification.CONFIRMED is False


# --- read back -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("colours", ["colour", "black"])
@pytest.mark.parametrize("side", SIDES)
def test_both_codes_are_read_at_203_dpi(full: Particulars, side: int, colours: ink.Ink) -> None:
    image = opened(printing.png(printing.Printed(full, side), dpi=203, colours=colours))
    assert image.size == (round(side / 25.4 * 203),) * 2
    assert [code.text for code in codes_in(image)] == [full.face.text] * 2


@pytest.mark.parametrize("side", SIDES)
def test_the_svg_holds_both_codes(full: Particulars, side: int) -> None:
    svg = printing.svg(printing.Printed(full, side))
    assert [codes_in(painted(path, side=61))[0].text for path in code_paths(svg)] == [full.face.text] * 2


@pytest.mark.parametrize("side", [None, *SIDES])
@pytest.mark.parametrize("seed", range(4))
def test_a_label_that_has_lived_is_still_read(full: Particulars, side: int | None, seed: int) -> None:
    """Printed at 203 dpi, photographed, dirtied, seen from the side and out of focus: one of its two codes is enough."""
    random = Random(1000 * (side or 0) + seed)
    image = degrade.photographed(opened(printing.png(printing.Printed(full, side), dpi=203)))
    image = degrade.dirty(image, random, 0.01)
    image = degrade.slanted(image, random, 0.08)
    image = degrade.blurred(image, random, 0.0009)
    found = {code.text for code in codes_in(image)}
    assert found == {full.face.text}


def test_the_damage_is_real(full: Particulars) -> None:
    """The same, tenfold, is too much: what the test above survives is something."""
    image = opened(printing.png(printing.Printed(full, 100), dpi=203))
    assert codes_in(degrade.blurred(image, Random(1), 0.02)) == []
    assert codes_in(degrade.dirty(image, Random(1), 0.9)) == []


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_words_leave_both_codes_alone(full: Particulars, name: str) -> None:
    image = opened(printing.png(printing.Printed(hostile(full, HOSTILE[name]), 100), dpi=203))
    assert [code.text for code in codes_in(image)] == [full.face.text] * 2
