"""The lists in a real database: loaded once and for good, found by what people type, replaced by official ones."""

from datetime import date, timedelta
from pathlib import Path

import pytest
import xlsxwriter
from sqlalchemy import Connection, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from tracker import catalogue_books as books
from tracker.catalogue import schemes
from tracker.catalogue.schemes import Edition
from tracker.problems import Problem
from tracker.tables.catalogue import (
    CatalogueImport,
    Industry,
    WasteCategory,
    WasteClass,
    WasteExemption,
    WasteScheme,
)

TODAY = date(2026, 11, 21)
YESTERDAY = TODAY - timedelta(days=1)


@pytest.fixture
def shelf(db: Connection) -> Connection:
    """A database that holds the shipped lists."""
    books.load_shipped(db)
    return db


def _count(db: Connection, table: type) -> int:
    return db.execute(select(func.count()).select_from(table)).scalar_one()


def _ids(db: Connection, shown: str) -> dict[str, int]:
    query = select(WasteClass.code, WasteClass.id).join(WasteScheme, WasteScheme.id == WasteClass.scheme_id)
    return {
        row.code: row.id for row in db.execute(query.where(WasteScheme.scheme + "-" + WasteScheme.edition == shown))
    }


def _found(db: Connection, query: str, scheme: str | None = None, limit: int = 20) -> list[str]:
    return [found.code for found in books.find(db, query, scheme, on=TODAY, limit=limit)]


# --- loading -------------------------------------------------------------------------------------------------------


def test_the_shipped_lists_are_all_there(shelf: Connection) -> None:
    assert {shown: len(_ids(shelf, shown)) for shown in schemes.editions()} == {
        "CN-HW-2021": 467,
        "CN-HW-2025": 0,
        "CN-SW-2024": 44,
        "EWC-2014": 842,
    }
    assert _count(shelf, WasteCategory) == 46 + 35 + 131
    assert _count(shelf, WasteExemption) == 57
    assert _count(shelf, Industry) == 1971


def test_loading_again_writes_nothing_and_keeps_every_id(shelf: Connection) -> None:
    before = _ids(shelf, "CN-HW-2021")
    assert set(books.load_shipped(shelf).values()) == {0}
    assert _ids(shelf, "CN-HW-2021") == before


def test_a_newer_release_mends_rows_in_place_and_withdraws_what_it_leaves_out(
    shelf: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = _ids(shelf, "CN-SW-2024")
    shelf.execute(update(WasteScheme).values(checksum="0" * 64))
    newer = list(schemes.codes("CN-SW-2024"))[1:]
    codes = schemes.codes
    monkeypatch.setattr(schemes, "codes", lambda shown: tuple(newer) if shown == "CN-SW-2024" else codes(shown))
    assert books.load_shipped(shelf)["CN-SW-2024"] == 0
    assert _ids(shelf, "CN-SW-2024") == before
    gone = books.get(shelf, "CN-SW", "2024", "900-001-S17")
    assert gone is not None
    assert gone.withdrawn is not None


def test_search_text_is_read_in_any_width_and_case(shelf: Connection) -> None:
    assert shelf.scalar(select(func.count()).where(WasteClass.search_text == "")) == 0
    assert _found(shelf, "ＨＷ０８", limit=200) == _found(shelf, "hw08", limit=200)
    assert len(_found(shelf, "hw08", limit=200)) == 32


# --- finding -------------------------------------------------------------------------------------------------------


def test_the_first_answer_is_the_one_that_was_meant(shelf: Connection) -> None:
    meant = {
        "900-249-08": "900-249-08",
        "90024908": "900-249-08",
        "HW900-249-08": "900-249-08",
        "９００－２４９－０８": "900-249-08",
        "13 02 05*": "130205",
        "130205": "130205",
        "900-003-S17": "900-003-S17",
        "废塑料": "900-003-S17",
        "废纸": "900-005-S17",
        "赤泥": "321-001-S09",
        "感染性废物": "841-001-01",
        "waste glass": "900-004-S17",
        "bitumen": "050117",
    }
    assert {typed: _found(shelf, typed)[0] for typed in meant} == meant


def test_part_of_a_code_finds_those_that_begin_so_before_those_that_hold_it(shelf: Connection) -> None:
    found = _found(shelf, "900-04", limit=200)
    assert found
    assert all("90004" in code.replace("-", "") for code in found)
    begins = [code.startswith("900-04") for code in found]
    assert begins == sorted(begins, reverse=True)
    assert _found(shelf, "041-49") == ["900-041-49"]


def test_two_chinese_characters_find_every_row_that_holds_them(shelf: Connection) -> None:
    found = _found(shelf, "矿油", "CN-HW", limit=200)
    assert found == []  # the list writes 矿物油
    plain = [code.code for code in schemes.codes("CN-HW-2021") if "油泥" in (code.name_zh or "")]
    assert set(plain) <= set(_found(shelf, "油泥", limit=200))
    assert plain


def test_a_whole_english_word_comes_before_part_of_one(shelf: Connection) -> None:
    names = [(one.name_en or "").lower() for one in books.find(shelf, "oil", "EWC", on=TODAY, limit=200)]
    whole = [" oil" in f" {name}" for name in names]
    soil_only = [place for place, name in enumerate(names) if "soil" in name and not whole[place]]
    assert soil_only
    assert max(place for place, word in enumerate(whole) if word) < min(soil_only)


def test_all_words_are_needed_in_any_order(shelf: Connection) -> None:
    assert _found(shelf, "filters oil", "EWC") == _found(shelf, "Oil  FILTERS", "EWC") == ["160107", "150202"]


def test_a_category_finds_its_codes_in_either_language(shelf: Connection) -> None:
    acids = {code.code for code in schemes.codes("CN-HW-2021") if code.category == "HW34"}
    assert acids <= set(_found(shelf, "waste acids", limit=200))
    assert acids <= set(_found(shelf, "废酸", limit=200))


def test_a_search_stays_within_its_list_and_its_limit(shelf: Connection) -> None:
    assert {one.edition.shown for one in books.find(shelf, "waste", "EWC", on=TODAY, limit=200)} == {"EWC-2014"}
    assert {one.edition.shown for one in books.find(shelf, "废", "CN-SW-2024", on=TODAY)} == {"CN-SW-2024"}
    assert len(_found(shelf, "废", limit=3)) == 3
    assert len(_found(shelf, "", limit=100_000)) == 200
    assert len(_found(shelf, "废", limit=-5)) == 1


def test_what_means_nothing_finds_nothing_and_breaks_nothing(shelf: Connection) -> None:
    for typed in ("%", "_", "\\", "'", "100%_\\", "((((", "废%料", "[a-z]*", "😀", "no such waste", "..", "*"):
        assert _found(shelf, typed) == [], typed


def test_what_cannot_be_meant_is_refused(shelf: Connection) -> None:
    for typed, code in (("a\0b", "text_not_plain"), ("废" * 101, "text_too_long"), ("\ud800", "text_not_plain")):
        with pytest.raises(Problem) as refused:
            _found(shelf, typed)
        assert refused.value.code == code


def test_a_code_is_one_row_with_its_edition_its_heading_and_the_id_on_labels(shelf: Connection) -> None:
    one = books.get(shelf, "CN-HW", "2021", "900-249-08")
    assert one is not None
    assert one.category == schemes.Category(
        "HW08", None, "废矿物油与含矿物油废物", "Waste mineral oil and waste containing mineral oil"
    )
    assert (one.hazardous, one.properties, one.verified) == (True, ("T", "I"), True)
    assert books.by_id(shelf, one.id) == one
    assert books.get(shelf, "CN-SW", "2024", "900-249-08") is None
    assert books.by_id(shelf, 2**31 - 1) is None


def test_exemptions_stand_beside_the_codes_they_name(shelf: Connection) -> None:
    assert [row.item for row in books.exemptions(shelf, "CN-HW", "2021", "772-002-18")] == [12, 12, 12]
    assert [row.item for row in books.exemptions(shelf, "CN-HW", "2021", "900-300-34")] == [20, 20]
    assert books.exemptions(shelf, "CN-SW", "2024", "900-003-S17") == []


# --- editions ------------------------------------------------------------------------------------------------------


def test_hazardous_waste_can_be_classified_today_and_the_note_says_what_is_wrong_with_it(shelf: Connection) -> None:
    one = books.require(shelf, "CN-HW", "2021", "900-249-08", on=TODAY)
    (note,) = one.notes(TODAY)
    assert note.code == "waste_edition_stands_in"
    assert "CN-HW-2025" in note.entry.say("en", note.evidence)
    assert one.notes(date(2024, 12, 31)) == ()


def test_an_unconfirmed_row_says_so(shelf: Connection) -> None:
    one = books.require(shelf, "CN-SW", "2024", "900-003-S17", on=TODAY)
    assert [note.code for note in one.notes(TODAY)] == ["class_unverified"]


def test_a_plan_is_refused_an_unknown_list_an_unknown_code_and_a_day_too_early(shelf: Connection) -> None:
    for arguments, on, code in (
        (("CN-HW", "1998", "900-249-08"), TODAY, "waste_scheme_unknown"),
        (("CN-HW", "2021", "900-998-49"), TODAY, "waste_code_unknown"),
        (("CN-SW", "2024", "900-003-S17"), date(2024, 1, 18), "waste_edition_not_begun"),
    ):
        with pytest.raises(Problem) as refused:
            books.require(shelf, *arguments, on=on)
        assert refused.value.code == code


@pytest.mark.parametrize("stands_in", [True, False])
def test_the_database_and_the_plain_rule_agree_on_every_day(shelf: Connection, stands_in: bool) -> None:
    values = {"stands_in": stands_in, "stood_in_until": date(2026, 1, 9) if stands_in else None}
    shelf.execute(update(WasteScheme).where(WasteScheme.edition == "2021").values(values))
    (edition,) = [one for one in books.editions(shelf) if one.shown == "CN-HW-2021"]
    for day in (
        date(2020, 12, 31),
        date(2021, 1, 1),
        date(2024, 12, 31),
        date(2025, 1, 1),
        date(2026, 1, 9),
        date(2026, 1, 10),
    ):
        held: Edition | None = books.in_force(shelf, "CN-HW", on=day)
        assert (held == edition) == edition.covers(day)


# --- importing -----------------------------------------------------------------------------------------------------


def _list_2025(folder: Path) -> Path:
    """Three codes of an invented 2025 list: one as before, one with another name, one new."""
    path = folder / "名录2025.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    sheet.merge_range("A1:E1", "国家危险废物名录（2025年版）")
    sheet.write_row("A2", ["废物类别", "行业来源", "废物代码", "危险废物", "危险特性"])
    sheet.merge_range("A3:A4", "HW08\n废矿物油与含矿物油废物")
    sheet.merge_range("B3:B4", "非特定行业")
    sheet.write_row("C3", ["900-249-08", "其他生产、销售、使用过程中产生的废矿物油", "T，I"])
    sheet.write_row("C4", ["900-250-08", "试验用条目", "T"])
    sheet.write_row("A5", ["HW49 其他废物", "非特定行业", "900-041-49", "沾染物", "T/In"])
    book.close()
    return path


def test_a_dry_run_tells_all_and_writes_nothing(shelf: Connection, tmp_path: Path) -> None:
    report = books.import_file(
        shelf, _list_2025(tmp_path), "CN-HW", "2025", dry_run=True, verified=True, close_previous=False, on=TODAY
    )
    assert report.ok
    assert report.plan is not None
    assert (len(report.plan.added), report.applied, report.left_open) == (3, False, ("CN-HW-2021",))
    assert report.lines("zh")[-1] == "试运行：未写入任何内容。"
    assert "3 added, 0 changed, 0 withdrawn, 0 unchanged" in report.lines("en")
    assert (_ids(shelf, "CN-HW-2025"), _count(shelf, CatalogueImport)) == ({}, 0)


def test_the_2025_list_once_imported_closes_that_of_2021_and_facts_of_last_week_keep_theirs(
    shelf: Connection, tmp_path: Path
) -> None:
    old = _ids(shelf, "CN-HW-2021")
    report = books.import_file(
        shelf, _list_2025(tmp_path), "CN-HW", "2025", dry_run=False, verified=True, close_previous=True, on=TODAY
    )
    assert (report.applied, report.closed, report.left_open) == (True, ("CN-HW-2021",), ())
    now, before = books.in_force(shelf, "CN-HW", on=TODAY), books.in_force(shelf, "CN-HW", on=date(2024, 6, 1))
    assert (now and now.shown, before and before.shown) == ("CN-HW-2025", "CN-HW-2021")
    assert {one.edition.shown for one in books.find(shelf, "900-249-08", on=TODAY)} == {"CN-HW-2025"}
    assert books.require(shelf, "CN-HW", "2021", "900-249-08", on=YESTERDAY).id == old["900-249-08"]
    with pytest.raises(Problem, match="waste_edition_ended"):
        books.require(shelf, "CN-HW", "2021", "900-249-08", on=TODAY)
    heading = books.require(shelf, "CN-HW", "2025", "900-250-08", on=TODAY).category
    assert heading is not None
    assert heading.name_en == "Waste mineral oil and waste containing mineral oil"
    assert books.require(shelf, "CN-HW", "2025", "900-250-08", on=TODAY).notes(TODAY) == ()


def test_a_restart_brings_back_neither_the_closed_edition_nor_our_unconfirmed_rows(
    shelf: Connection, tmp_path: Path
) -> None:
    arguments = {"dry_run": False, "verified": True, "close_previous": True, "on": TODAY}
    books.import_file(shelf, _list_2025(tmp_path), "CN-HW", "2025", **arguments)  # type: ignore[arg-type]
    official = tmp_path / "sw.csv"
    official.write_text("废物代码,固体废物名称\n900-001-S17,废钢铁\n", encoding="utf-8")
    books.import_file(shelf, official, "CN-SW", "2024", **arguments)  # type: ignore[arg-type]
    shelf.execute(update(WasteScheme).where(WasteScheme.origin == "shipped").values(checksum="0" * 64))
    books.load_shipped(shelf)
    assert _found(shelf, "", "CN-SW") == ["900-001-S17"]
    now = books.in_force(shelf, "CN-HW", on=TODAY)
    assert (now and now.shown) == "CN-HW-2025"


def test_an_official_table_confirms_rows_withdraws_others_and_gives_back_an_old_id(
    shelf: Connection, tmp_path: Path
) -> None:
    ids = _ids(shelf, "CN-SW-2024")
    path = tmp_path / "sw.csv"
    arguments = {"dry_run": False, "verified": True, "close_previous": False}
    path.write_text("废物代码,固体废物名称\n900-001-S17,废钢铁\n900-010-S17,废皮革\n", encoding="utf-8")
    report = books.import_file(shelf, path, "CN-SW", "2024", on=YESTERDAY, **arguments)  # type: ignore[arg-type]
    assert report.plan is not None
    assert (len(report.plan.added), len(report.plan.changed), len(report.plan.removed)) == (1, 1, 43)
    steel = books.require(shelf, "CN-SW", "2024", "900-001-S17", on=TODAY)
    assert (steel.id, steel.verified, steel.name_en) == (ids["900-001-S17"], True, "Scrap iron and steel")
    with pytest.raises(Problem, match="waste_code_withdrawn"):
        books.require(shelf, "CN-SW", "2024", "900-003-S17", on=TODAY)
    path.write_text("废物代码,固体废物名称\n900-003-S17,废塑料\n", encoding="utf-8")
    books.import_file(shelf, path, "CN-SW", "2024", on=TODAY, **arguments)  # type: ignore[arg-type]
    plastic = books.require(shelf, "CN-SW", "2024", "900-003-S17", on=TODAY)
    assert plastic.id == ids["900-003-S17"]
    logged = shelf.execute(select(CatalogueImport).order_by(CatalogueImport.id)).all()
    assert [(row.rows, row.result["added"], len(row.result["withdrawn"])) for row in logged] == [(2, 1, 43), (1, 1, 2)]


def test_a_list_with_one_bad_row_changes_nothing(shelf: Connection, tmp_path: Path) -> None:
    path = tmp_path / "sw.csv"
    path.write_text("废物代码,固体废物名称\n900-001-S17,废钢铁\n900-041-49,沾染物\n", encoding="utf-8")
    report = books.import_file(
        shelf, path, "CN-SW", "2024", dry_run=False, verified=True, close_previous=True, on=TODAY
    )
    assert [(error.row, error.problem.code) for error in report.errors] == [(3, "waste_code_other_scheme")]
    assert (report.applied, report.plan, _count(shelf, CatalogueImport)) == (False, None, 0)
    assert len(_found(shelf, "", "CN-SW", limit=200)) == 44


@pytest.fixture
def park(shelf: Connection) -> int:
    row = (
        "INSERT INTO park (uuid, code, name_zh, name_en, division, boundary, settings) VALUES (gen_random_uuid(),"
        " 'test-catalogue', '试验园区', 'Test park', '110115', 'SRID=4326;POLYGON((0 0,0 1,1 1,0 0))', '{}')"
        " RETURNING id"
    )
    return int(shelf.execute(text(row)).scalar_one())


def test_a_parks_own_list_is_the_parks_alone_and_maps_to_national_codes(
    shelf: Connection, park: int, tmp_path: Path
) -> None:
    path = tmp_path / "own.csv"
    path.write_text("代码,名称,是否危险废物,对应国家代码\nYZ-01,废塑料膜,否,CN-SW-2024:900-003-S17\n", encoding="utf-8")
    arguments = {"dry_run": False, "verified": True, "close_previous": False, "on": TODAY}
    books.import_file(shelf, path, "ETOWN", "2026", park_id=park, **arguments)  # type: ignore[arg-type]
    (own,) = books.find(shelf, "YZ-01", on=TODAY, park_id=park)
    assert own.mapped_to == _ids(shelf, "CN-SW-2024")["900-003-S17"]
    assert _found(shelf, "YZ-01") == []
    again = books.import_file(shelf, path, "ETOWN", "2026", park_id=park, **arguments)  # type: ignore[arg-type]
    assert again.plan is not None
    assert again.plan.unchanged == 1
    path.write_text("代码,名称,是否危险废物,对应国家代码\nYZ-01,膜,否,CN-SW-2024:900-998-S17\n", encoding="utf-8")
    report = books.import_file(shelf, path, "ETOWN", "2026", park_id=park, **arguments)  # type: ignore[arg-type]
    assert [(error.row, error.problem.code) for error in report.errors] == [(2, "import_mapping_unknown")]
    for scheme, park_id, code in (
        ("ETOWN", None, "waste_scheme_unknown"),
        ("CN-HW", park, "waste_scheme_taken"),
        ("etown", park, "waste_scheme_malformed"),
    ):
        with pytest.raises(Problem) as refused:
            books.import_file(shelf, path, scheme, "2026", park_id=park_id, **arguments)  # type: ignore[arg-type]
        assert refused.value.code == code


def test_the_database_itself_refuses_rows_that_cannot_be(shelf: Connection) -> None:
    scheme_id = shelf.scalar(select(WasteScheme.id).where(WasteScheme.scheme == "CN-SW"))
    sound = {"scheme_id": scheme_id, "code": "900-050-S17", "name_zh": "试", "hazardous": False, "verified": False}
    for fault in (
        {"code": "900-001-S17"},
        {"code": "小写"},
        {"name_zh": None},
        {"properties": ["X"]},
        {"entry": "maybe"},
        {"valid_from": TODAY, "valid_to": YESTERDAY},
    ):
        with pytest.raises(IntegrityError), shelf.begin_nested():
            shelf.execute(insert(WasteClass).values(sound | fault))
    for change in ({"edition": "v 1"}, {"checksum": "short"}, {"valid_to": date(2000, 1, 1)}, {"stands_in": True}):
        with pytest.raises(IntegrityError), shelf.begin_nested():
            shelf.execute(update(WasteScheme).where(WasteScheme.scheme == "EWC").values(change))
