"""The face of a label: both codes read, every word in its place, whatever the words are."""

import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from html import escape
from itertools import combinations, pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from manifests import face as faces
from manifests import fonts, ink, lettering
from manifests.code import WHATS
from manifests.face import Box, Code, Face, Line, draw
from manifests.human import human_code
from tests.manifests.pictures import SVG, code_paths, codes_in, opened, painted, parsed
from tracker.problems import Problem

HOSTILE = {
    "markup": "</text><script>alert(1)</script>&amp;<!-- ]]> #set page(width: 1cm) ^XA^XZ",
    "control": "a\x00b\x07c\x1b[31m\r\nd\te\x7f",
    "long": "长" * 5000,
    "long latin": "W" * 5000,
    "long words": "supercalifragilistic " * 300,
    "right to left": "\u202egnirts desrever\u202c \u2067مرحبا\u2069 \u200f",
    "marks": "z" + "\u0335\u0322\u0327" * 300 + "algo",
    "emoji": "👩\u200d👩\u200d👧\u200d👦🏴󠁧󠁢󠁥󠁮󠁧󠁿",
    "surrogate": "\ud800x\udfff",
    "not characters": "\ufffe\uffff\U0010ffff\ue000",
    "only spaces": " \u3000\u2028\u2029\u00a0 ",
    "rare": "䶮㛃𬭚",
}


def hostile(face: Face, text: str) -> Face:
    return replace(face, class_code=text, class_name_zh=text, class_name_en=text, generator=text, number=text)


@pytest.mark.parametrize("dpi", [203, 300])
@pytest.mark.parametrize("colours", ["colour", "black"])
@pytest.mark.parametrize("hazardous", [True, False])
def test_both_codes_are_read(face: Face, hazardous: bool, colours: faces.Ink, dpi: int) -> None:
    face = replace(face, label=replace(face.label, hazardous=hazardous))
    image = opened(ink.face_png(face, dpi=dpi, ink=colours))
    assert [code.text for code in codes_in(image)] == [face.text, face.text]
    assert image.size == (round(100 / 25.4 * dpi), round(70 / 25.4 * dpi))
    assert image.mode == ("1" if colours == "black" else "RGB")


def test_where_one_code_is_gone_the_other_is_read(face: Face) -> None:
    for blot in ((0, 0, 799, 290), (0, 280, 799, 559)):
        image = opened(ink.face_png(face, dpi=203))
        image.paste("black", blot)
        assert [code.text for code in codes_in(image)] == [face.text]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_words_leave_both_codes_alone(face: Face, name: str) -> None:
    image = opened(ink.face_png(hostile(face, HOSTILE[name]), dpi=203))
    assert [code.text for code in codes_in(image)] == [face.text, face.text]
    svg = ink.face_svg(hostile(face, HOSTILE[name]))
    assert [codes_in(painted(path, side=61))[0].text for path in code_paths(svg)] == [face.text, face.text]


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("measure", [ink.measure, lettering.estimate], ids=["png", "svg"])
@pytest.mark.parametrize("what", WHATS)
def test_no_words_leave_their_column_or_touch_each_other(
    face: Face, name: str, measure: lettering.Measure, what: str
) -> None:
    label = replace(face.label, what=what, grams=4_294_967_295_000, measured=False)  # type: ignore[arg-type]
    drawing = draw(replace(hostile(face, HOSTILE[name]), label=label), ink="colour", measure=measure)
    lines = [mark for mark in drawing if isinstance(mark, Line)]
    codes = [mark for mark in drawing if isinstance(mark, Code)]
    for line in lines:
        assert line.size >= 2.2
        assert line.left >= 7
        assert line.left + line.width <= codes[0].left - 2.9
        assert 4 <= line.top <= 70 - 4 - line.size
        assert lettering.harmless(line.text) == line.text
    for one, other in combinations(lines, 2):
        beside = one.left + one.width <= other.left + 0.01 or other.left + other.width <= one.left + 0.01
        below = one.top + one.size <= other.top + 0.01 or other.top + other.size <= one.top + 0.01
        assert beside or below, (one, other)
    assert [human_code(face.label.label_id)] == [line.text for line in lines[-1:]]


def test_the_svg_is_plain_xml_without_anything_that_runs_or_loads(face: Face) -> None:
    for text in HOSTILE.values():
        svg = ink.face_svg(hostile(face, text))
        svg.encode("utf-8")
        tags = {element.tag.removeprefix(SVG) for element in parsed(svg).iter()}
        assert tags == {"svg", "path", "polygon", "g", "text"}
        assert "url(" not in svg
        assert "href" not in svg


def test_the_svg_needs_no_font(face: Face, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = ink.face_svg(face)
    monkeypatch.setattr(fonts, "at", None)
    assert ink.face_svg(face) == expected


def test_what_a_face_says(face: Face) -> None:
    def said(face: Face) -> list[str]:
        return [mark.text for mark in draw(face, ink="colour", measure=ink.measure) if isinstance(mark, Line)]

    lines = said(face)
    assert {"危险废物", "HAZARDOUS WASTE", "900-041-49", "批次 Batch", "182 kg", "2026-11-21"} <= set(lines)
    assert "重量 Mass" in lines
    general = said(replace(face, label=replace(face.label, hazardous=False, measured=False, grams=12_345_678)))
    assert {"一般工业固体废物", "GENERAL INDUSTRIAL WASTE", "估重 Est. mass", "≈ 12.345678 t"} <= set(general)
    manifest = said(replace(face, number="20261101000042", label=replace(face.label, what="manifest")))
    assert {"20261101000042", "联单 Manifest"} <= set(manifest)
    roll = said(Face(label=replace(face.label, what="roll", grams=0, measured=False), text=face.text))
    assert not {"2026-11-21", "0 kg"} & set(roll), "what nobody knows yet is left to be written in"


def test_an_empty_field_is_seen_in_either_ink(face: Face) -> None:
    empty = Face(label=replace(face.label, what="roll", grams=0, measured=False), text=face.text)
    for colours in ("colour", "black"):
        boxes = [mark for mark in draw(empty, ink=colours, measure=lettering.estimate) if isinstance(mark, Box)]
        fields = [box for box in boxes if box.left < 60 and box.fill == faces.WHITE and 3 < box.height < 20]
        rules = [box for box in boxes if box.height == 0.25 and box.fill == faces.BLACK]
        assert len(fields) == len(rules) == 5, "class, its name, generator, mass, day"


def test_rare_characters_have_their_own_glyphs() -> None:
    for bold in (True, False):
        font = fonts.at(60, bold=bold)
        shapes = [bytes(font.getmask(character)) for character in ("䶮", "㛃", "𬭚", "\U0010fffd")]
        assert all(one != other for one, other in combinations(shapes, 2)), "one of them is the box of a missing glyph"


def test_the_ground_is_orange_or_green(face: Face) -> None:
    spot = (round(6 / 25.4 * 203), round(40 / 25.4 * 203))
    assert opened(ink.face_png(face)).getpixel(spot) == (255, 150, 0)
    general = replace(face, label=replace(face.label, hazardous=False))
    assert opened(ink.face_png(general)).getpixel(spot) == (0, 100, 60)
    assert opened(ink.face_png(general, ink="black")).getpixel(spot) == 255


def test_words_and_ground_have_contrast_of_aaa() -> None:
    def luminance(colour: str) -> float:
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    for light, dark in ((faces.ORANGE, faces.BLACK), (faces.WHITE, faces.GREEN)):
        assert (luminance(light) + 0.05) / (luminance(dark) + 0.05) >= 7


@pytest.mark.parametrize("width", [80, 150, 200])
def test_a_label_grows_and_shrinks_whole(face: Face, width: float) -> None:
    image = opened(ink.face_png(face, dpi=203, width_mm=width))
    assert image.width == round(width / 25.4 * 203)
    assert [code.text for code in codes_in(image)] == [face.text, face.text]


@pytest.mark.parametrize(("width", "dpi"), [(10, 203), (1e9, 203), (100, 10), (100, 10**9), (float("nan"), 203)])
def test_sizes_that_no_printer_has_are_refused(face: Face, width: float, dpi: int) -> None:
    with pytest.raises(Problem, match="label_size_out_of_range"):
        ink.face_png(face, dpi=dpi, width_mm=width)


def test_a_missing_font_is_named_by_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    def other_font(*_: object, **__: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess([], 0, stdout="/fonts/DejaVuSans.ttf\n0\nDejaVu Sans", stderr="")

    def no_program(*_: object, **__: object) -> subprocess.CompletedProcess[str]:
        raise FileNotFoundError

    for run, package in ((other_font, "fonts-noto-cjk"), (no_program, "fontconfig fonts-noto-cjk")):
        monkeypatch.setattr(subprocess, "run", run)
        fonts.file.cache_clear()
        with pytest.raises(Problem, match="label_font_missing") as refusal:
            fonts.file(bold=True)
        assert refusal.value.params == {"package": package}
    fonts.file.cache_clear()


@given(text=st.text(alphabet=st.characters(), max_size=400))
def test_harmless_text_is_one_line_that_xml_can_hold(text: str) -> None:
    line = lettering.harmless(text)
    assert len(line) <= lettering.CHARACTERS_MAX
    assert lettering.harmless(line) == line
    assert "".join(parsed(f"<a>{escape(line)}</a>").itertext()) == line


@given(
    text=st.text(alphabet="abc 长，。废W1", min_size=1, max_size=120).map(lettering.harmless).filter(bool),
    width=st.floats(8, 60),
    lines=st.integers(1, 3),
)
@settings(suppress_health_check=[HealthCheck.filter_too_much])
def test_settled_words_fit(text: str, width: float, lines: int) -> None:
    setting = lettering.settle(text, width=width, sizes=(4.0, 3.0), lines=lines, bold=False, measure=lettering.estimate)
    assert 1 <= len(setting.lines) <= lines
    assert all(lettering.estimate(line, setting.size, False) <= width for line in setting.lines)  # noqa: FBT003
    joined = "".join(setting.lines).replace(" ", "")
    whole = text.replace(" ", "")
    assert joined == whole or (joined.endswith("…") and whole.startswith(joined[:-1]))


def test_a_letter_keeps_two_marks_and_no_more() -> None:
    line = lettering.harmless("z" + "\u0335\u0322\u0327" * 300 + "algo")
    assert len(line) == len("zalgo") + 2
    assert line.endswith("algo")


def test_names_are_cut_with_an_ellipsis_and_spaces_run_together() -> None:
    assert lettering.harmless("a \t\r\n\u3000 b\x00\u202ec") == "a bc"
    assert lettering.harmless("长" * 5000) == "长" * 239 + "…"


def test_faces_drawn_at_the_same_time_come_out_the_same(face: Face) -> None:
    drawn = [replace(face, generator=name) for name in ("宏达", "䶮㛃𬭚", "Hongda")] * 4
    expected = [ink.face_png(each) for each in drawn]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(ink.face_png, drawn)) == expected


def test_chinese_does_not_begin_a_line_with_a_comma() -> None:
    text = "含有或沾染毒性，感染性危险废物"
    for width in range(8, 40):
        setting = lettering.settle(text, width=width, sizes=(4.0,), lines=9, bold=False, measure=lettering.estimate)
        assert all(not line.startswith("，") for line in setting.lines)
        assert all(len(one) for one, _ in pairwise(setting.lines))


def test_ink_on_a_thermal_head_is_black_or_nothing(face: Face) -> None:
    image = opened(ink.face_png(face, ink="black")).convert("L")
    assert set(image.tobytes()) == {0, 255}
