"""Labels by the thousand over HTTP: logged before they are printed, read back from what came out."""

import io
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from PIL import Image

from manifests import printing
from tests.api.parks import OILY_RAGS, Park, Person
from tests.api.test_query_counts import counted
from tests.manifests.degrade import dots_of
from tests.manifests.test_face import HOSTILE

WORDS = "label-words/CN-HW/2021/900-041-49"


def pages(pdf: bytes, folder: Path, dpi: int = 203) -> list[Image.Image]:
    """The sheets of a PDF as a printer of so many dots would print them."""
    subprocess.run(["pdftoppm", "-r", str(dpi), "-png", "-", str(folder / "sheet")], input=pdf, check=True)
    return [Image.open(path) for path in sorted(folder.glob("sheet*.png"))]


def read(images: list[Image.Image]) -> list[str]:
    return [code.text for image in images for code in zxingcpp.read_barcodes(image)]


def words(pdf: bytes) -> str:
    said = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, check=True, capture_output=True)
    return "".join(said.stdout.decode().split())


def printed(who: Person, **body: Any) -> bytes:
    answer = who.post("label-prints", body)
    assert answer.status_code == 200, answer.text
    return answer.data


def refused(who: Person, code: str, status: int, **body: Any) -> dict[str, Any]:
    answer = who.post("label-prints", body)
    assert (answer.status_code, answer.get_json()["code"]) == (status, code), answer.text
    problem: dict[str, Any] = answer.get_json()
    return problem


def say(who: Person, path: str, **said: Any) -> Any:
    etag = who.get(path).headers["ETag"]
    answer = who.call("PUT", path, json=said, headers={"If-Match": etag})
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def rags(park: Park, **details: Any) -> str:
    return park.P.generated(182_000, **{"class": OILY_RAGS} | details)


def test_every_printed_label_is_in_the_log_and_is_read_back(park: Park, tmp_path: Path) -> None:
    batches = [park.P.generated() for _ in range(10)]
    assert all(park.P.got(f"batches/{batch}")["label_text"] is None for batch in batches)
    sheets = pages(printed(park.P, batches=batches, layout="a4_2x4", start=4), tmp_path)
    assert len(sheets) == 2
    links = [park.P.got(f"batches/{batch}")["label_text"] for batch in batches]
    assert sorted(read(sheets)) == sorted(links * 2)
    assert sorted(read(sheets[:1])) == sorted(links[:5] * 2), "three places of the first sheet were used up before"
    assert {park.P.got(f"labels/{link}")["verdict"] for link in links} == {"genuine"}


def test_a_label_is_in_the_log_before_it_is_drawn(park: Park, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = park.P.generated()
    seen: list[int] = []

    def broken(*_: Any, **__: Any) -> bytes:
        # Asked over a connection of its own: what it sees is committed, and nothing is locked any more.
        seen.append(len(park.sql("SELECT 1 FROM label WHERE batch_uuid = :batch", batch=batch)))
        park.sql("SELECT 1 FROM batch WHERE uuid = :batch FOR UPDATE NOWAIT", batch=batch)
        return b"%PDF-"

    monkeypatch.setattr(printing, "pdf", broken)
    assert printed(park.P, batches=[batch]) == b"%PDF-"
    assert seen == [1]


def test_printing_again_prints_the_same_labels(park: Park) -> None:
    batch = rags(park)
    before = words(printed(park.P, batches=[batch], side=100))
    issued = park.sql("SELECT count(*) FROM label WHERE batch_uuid = :batch", batch=batch)
    assert words(printed(park.P, batches=[batch], side=100)) == before
    assert park.sql("SELECT count(*) FROM label WHERE batch_uuid = :batch", batch=batch) == issued


def test_a_hazardous_label_says_all_that_was_said_and_what_was_not(park: Park) -> None:
    first = rags(park, container="200 L 钢桶", form="solid")
    bare = words(printed(park.P, batches=[first]))
    assert bare.count("未填notgiven") == 4
    say(park.P, WORDS, main_components="废棉纱", harmful_components="矿物油", precautions="远离火源")
    say(park.P, "label-contact", contact="王工 010-5555 0123")
    said = words(printed(park.P, batches=[first]))
    assert "notgiven" not in said
    batch = park.P.got(f"batches/{first}")
    uscc = batch["generator"]["uscc"]
    for part in ("废棉纱", "矿物油", "远离火源", "王工010-55550123", "HW49", "900-041-49", "固态Solid", "182kg", uscc,
                 batch["generator"]["name_zh"].replace(" ", ""), batch["human_code"][:9]):  # fmt: skip
        assert part in said, part
    assert re.search(uscc + r"\D{0,12}90004149\d{8}\d{3}", said)


def test_identification_codes_are_drawn_once_and_differ(park: Park) -> None:
    batches = [rags(park) for _ in range(3)]
    printed(park.P, batches=batches, layout="a4_2x2")
    printed(park.P, batches=batches[::-1], layout="a4_2x2")
    rows = park.sql(
        "SELECT code FROM identification WHERE batch_uuid = ANY (CAST(:batches AS uuid[]))", batches=batches
    )
    codes = [row["code"] for row in rows]
    assert len(codes) == len(set(codes)) == 3
    assert {len(code) for code in codes} == {37}


def test_a_day_without_serials_left_prints_the_field_empty(park: Park) -> None:
    batch = rags(park)
    printed(park.P, batches=[batch])
    park.sql("UPDATE number_series SET last = 999 WHERE series LIKE 'identification-%'")
    assert words(printed(park.P, batches=[rags(park)])).count("IDcode未填notgiven") == 1


def test_the_size_follows_the_container(park: Park) -> None:
    def sizes(pdf: bytes) -> list[tuple[int, int]]:
        said = subprocess.run(["pdfinfo", "-l", "-1", "-"], input=pdf, check=True, capture_output=True).stdout.decode()
        return [(round(float(w) / 72 * 25.4), round(float(h) / 72 * 25.4)) for w, h in
                re.findall(r"size:\s+([0-9.]+) x ([0-9.]+)", said)]  # fmt: skip

    small, drum, cube = (rags(park, container=text) for text in ("25L 桶", "200升钢桶", "IBC 1000 L"))
    assert sizes(printed(park.P, batches=[small, drum, cube])) == [(100, 100), (150, 150), (200, 200), (200, 200)]
    assert sizes(printed(park.P, batches=[small], side=150)) == [(150, 150)]
    assert sizes(printed(park.P, batches=[rags(park)], layout="a4_2x2")) == [(210, 297)]


def test_a_manifest_or_a_filter_chooses_containers(park: Park, tmp_path: Path) -> None:
    tanks = [park.P.generated() for _ in range(3)]
    manifest = park.issued(*tanks)
    assert len(read(pages(printed(park.P, manifests=[manifest["id"]], layout="a4_2x4"), tmp_path))) == 6
    fresh = park.P2.generated()
    only = printed(park.P2, which={"class": "900-099-S07"})
    assert park.P2.got(f"batches/{fresh}")["human_code"] in words(only)
    refused(park.P2, "labels_none", 422, which={"class": "900-099-S07"})


@pytest.mark.parametrize("dpi", [203, 300])
def test_zpl_is_dots_alone_and_is_read_back(park: Park, dpi: int) -> None:
    batches = [rags(park), park.P.generated()]
    zpl = printed(park.P, batches=batches, format="zpl", dpi=dpi, side=100).decode("ascii")
    assert zpl.count("^XA") == zpl.count("^XZ") == 2
    links = [park.P.got(f"batches/{batch}")["label_text"] for batch in batches]
    assert sorted(read([dots_of(label) for label in zpl.splitlines()])) == sorted(links * 2)


@pytest.mark.parametrize("name", [name for name in HOSTILE if name not in ("control", "surrogate", "only spaces")])
def test_hostile_words_are_only_words(park: Park, tmp_path: Path, name: str) -> None:
    text = HOSTILE[name]
    cut = text[:200]
    say(park.P, WORDS, main_components=cut, harmful_components=cut, precautions=cut)
    say(park.P, "label-contact", contact=text[:100])
    batch = rags(park, process=text[:200], container=text[:80])
    link = None
    sheets = pages(printed(park.P, batches=[batch], side=100), tmp_path)
    link = park.P.got(f"batches/{batch}")["label_text"]
    assert read(sheets) == [link, link]
    zpl = printed(park.P, batches=[batch], side=100, format="zpl").decode("ascii")
    assert re.fullmatch(r"\^XA\^LH0,0\^LS0\^LT0\^PW\d+\^LL\d+\^PQ1\^FO0,0\^GFA,[0-9,A-Za-z:!]+\^FS\^XZ\n", zpl)
    assert read([dots_of(zpl)]) == [link, link]


def test_five_thousand_characters_and_control_characters_are_refused_with_a_sentence(park: Park) -> None:
    etag = park.P.get(WORDS).headers["ETag"]
    for text, code in (("长" * 5_000, "text_too_long"), ("a\x00b", "text_not_plain")):
        answer = park.P.call("PUT", WORDS, json={"precautions": text}, headers={"If-Match": etag})
        assert answer.status_code == 422
        assert (answer.get_json()["code"], answer.get_json()["pointer"]) == (code, "/precautions")
    assert park.P.get(WORDS).headers["ETag"] == etag


def test_words_are_edited_by_who_read_them_last(park: Park) -> None:
    say(park.T, WORDS, precautions="一")
    for headers, code in (
        ({}, "edit_without_etag"),
        ({"If-Match": '"0"'}, "changed_meanwhile"),
        ({"If-Match": "*"}, "changed_meanwhile"),
    ):
        answer = park.T.call("PUT", WORDS, json={"precautions": "二"}, headers=headers)
        assert answer.get_json()["code"] == code
    assert park.T.got(WORDS) == {
        "main_components": None,
        "harmful_components": None,
        "precautions": "一",
        "revision": 1,
    }
    assert [item["class"]["code"] for item in park.T.got("label-words")["items"]] == ["900-041-49"]
    assert park.T2.got("label-words")["items"] == [], "what an enterprise says is its own"


def test_what_cannot_be_printed_is_refused_and_nothing_is_issued(park: Park, other: Park) -> None:
    batch, foreign, far = rags(park), park.D.generated(), other.P.generated()
    refused(park.P, "label_not_yours", 422, batches=[batch, foreign])
    refused(park.P, "not_found", 404, batches=[batch, far])
    refused(park.P, "label_does_not_fit", 422, batches=[batch], layout="a4_2x4")
    refused(park.P, "label_start_outside", 422, batches=[batch], layout="a4_2x2", start=5)
    refused(park.P, "label_layout_unknown", 422, batches=[batch], layout="../../etc/passwd")
    for body in (
        {},
        {"batches": [batch], "which": {}},
        {"batches": [batch], "side": 120},
        {"batches": [batch], "dpi": 250},
    ):
        assert park.P.post("label-prints", body).status_code == 422, body
    assert park.P.post("label-prints", {"batches": [batch] * 1_001}).get_json()["code"] == "labels_too_many"
    assert park.P.got(f"batches/{batch}")["label_text"] is None


def test_a_single_label_comes_as_picture_in_every_size(park: Park) -> None:
    batch = rags(park)
    for side in (None, "100", "150", "200"):
        for ink in ("colour", "black"):
            query = f"?dpi=203&ink={ink}" + (f"&side={side}" if side else "")
            image = Image.open(io.BytesIO(park.P.get(f"batches/{batch}/label.png{query}").data))
            assert image.width == round(int(side or 100) / 25.4 * 203)
            assert read([image]) == [park.P.got(f"batches/{batch}")["label_text"]] * 2
        assert park.P.get(f"batches/{batch}/label.svg" + (f"?side={side}" if side else "")).data.startswith(b"<svg")


def test_more_labels_ask_the_database_no_more(park: Park) -> None:
    few, many = ([rags(park) for _ in range(count)] for count in (2, 12))
    with counted(park.engine) as for_few:
        printed(park.P, batches=few, layout="a4_2x2")
    with counted(park.engine) as for_many:
        printed(park.P, batches=many, layout="a4_2x2")
    assert len(for_few) == len(for_many) <= 12
