"""The press: nothing a user wrote is markup, nothing of the machine can be read, the same comes out twice."""

import io
import subprocess
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from PIL import Image

from manifests import fonts, press
from tests.manifests.test_face import HOSTILE
from tracker.problems import Problem

AT = datetime(2026, 11, 21, 8, 30, 12, 345_678, tzinfo=ZoneInfo("Asia/Shanghai"))
CODE = bytes(255 if (at // 5 + at) % 2 else 0 for at in range(25))


def _data(*words: str) -> dict[str, Any]:
    lines = [["line", 2, 8 + 6 * at, 4, text, "#000000", False] for at, text in enumerate(words)]
    pages = [{"width": 100, "height": 60, "labels": [[0, 0, 0, lines]]}]
    return {"font": fonts.FAMILY, "title": "t", "codes": [[0, 5]], "shared": [[["code", 2, 40, 15, 0]]], "pages": pages}


def _pdf(data: dict[str, Any], **given: Any) -> bytes:
    return press.pdf("labels", data, at=given.pop("at", AT), files={"codes.bin": CODE}, **given)


def _words(pdf: bytes) -> str:
    return subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode()


def _picture(text: str) -> bytes:
    (page,) = press.png("labels", _data(text), ppi=100, files={"codes.bin": CODE})
    return Image.open(io.BytesIO(page)).convert("L").tobytes()


@pytest.mark.parametrize(
    "text",
    [
        '#read("data.json")',
        "*bold* _it_ $x^2$ `raw` = Title",
        "</text><script>alert(1)</script>",
        "^XA^FDhi^XZ",
        '"\\n{}',
    ],
)
def test_markup_is_printed_as_it_was_written(text: str) -> None:
    assert "".join(_words(_pdf(_data(text))).split()) == "".join(text.split())


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_words_make_a_page_of_pdf_a(name: str) -> None:
    pdf = _pdf(_data(HOSTILE[name]))
    assert pdf.startswith(b"%PDF-")
    assert b"pdfaid:part" in pdf
    assert _words(pdf).count("\f") == 1


def test_the_same_data_and_time_are_the_same_bytes() -> None:
    data = _data("䶮㛃𬭚 Oily rags")
    assert _pdf(data) == _pdf(data)
    assert _pdf(data) != _pdf(data, at=datetime(2026, 11, 22, tzinfo=UTC))


@pytest.mark.parametrize("character", "䶮㛃𬭚")
def test_rare_characters_are_drawn_and_not_replaced(character: str) -> None:
    assert fonts.visible(character) == character
    assert _words(_pdf(_data(character))).strip() == character
    drawn = _picture(character)
    assert drawn not in (_picture(""), _picture(fonts.MISSING), _picture("囗"))
    assert min(drawn) < 100


def test_what_the_font_lacks_is_seen_to_be_missing() -> None:
    assert fonts.visible("a\u202eب👩\ud800\x00b\n") == "a〓〓b\n"
    assert _words(_pdf(_data("厂👩房"))).strip() == "厂〓房"


@pytest.mark.parametrize("path", ["/etc/passwd", "../../../etc/passwd", "@preview/cetz:0.3.0"])
def test_a_template_reads_nothing_of_the_machine_or_the_network(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import typst

    source = f'#import "{path}": x' if path.startswith("@") else f'#read("{path}")'
    monkeypatch.setattr(press, "_sources", lambda: {"evil.typ": source.encode()})
    # Whoever asks the network finds no way out within the test, and the answer is an error either way.
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    with pytest.raises(typst.TypstError):
        press.pdf("evil", {}, at=AT)


def test_no_template_of_ours_names_a_package() -> None:
    assert press._sources()
    assert [name for name, source in press._sources().items() if b'"@' in source or b"eval(" in source] == []


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    _pdf(_data("x"))
    assert list(tmp_path.iterdir()) == []


def test_a_missing_font_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def other_font(*_: object, **__: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess([], 0, stdout="/fonts/DejaVuSans.ttf\n0\nDejaVu Sans", stderr="")

    monkeypatch.setattr(subprocess, "run", other_font)
    fonts.file.cache_clear()
    press._fonts.cache_clear()
    with pytest.raises(Problem, match="label_font_missing"):
        press.pdf("labels", {}, at=AT)
    fonts.file.cache_clear()
    press._fonts.cache_clear()
