"""Lists as people send them: titles above the header, merged cells, GBK, numbers for codes, formulas, plain rubbish."""

import time
import zipfile
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tracker.catalogue import schemes
from tracker.catalogue.importing import ImportReport, plan, read_list
from tracker.catalogue.reading import COLUMNS_MAX, ROWS_MAX
from tracker.catalogue.rows import Reading
from tracker.problems import Problem

HEADER = "废物类别,行业来源,废物代码,危险废物,危险特性"


def _csv(folder: Path, *lines: str, encoding: str = "utf-8", name: str = "list.csv") -> Path:
    path = folder / name
    path.write_bytes("\n".join(lines).encode(encoding))
    return path


def _read(folder: Path, *lines: str, scheme: str = "CN-HW", encoding: str = "utf-8") -> Reading:
    return read_list(_csv(folder, *lines, encoding=encoding), scheme, verified=True)


def _faults(reading: Reading) -> list[tuple[int, str | None, str]]:
    return [(error.row, error.column, error.problem.code) for error in reading.errors]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_chinese_list_is_read_in_the_encodings_people_use(tmp_path: Path, encoding: str) -> None:
    row = "HW08 废矿物油与含矿物油废物,非特定行业,900-249-08,其他生产、销售、使用过程中产生的废矿物油,T，I"
    reading = _read(tmp_path, HEADER, row, encoding=encoding)
    assert _faults(reading) == []
    (code,) = reading.codes
    assert (code.code, code.category, code.properties) == ("900-249-08", "HW08", ("T", "I"))
    assert (code.hazardous, code.verified, code.industry) == (True, True, "非特定行业")
    assert [(row.code, row.name_zh) for row in reading.categories] == [("HW08", "废矿物油与含矿物油废物")]


def test_english_headings_and_semicolons_do_too(tmp_path: Path) -> None:
    reading = _read(tmp_path, "Code;Name_EN;Hazardous", "13 02 05*;Mineral oil;yes", scheme="EWC")
    assert [(code.code, code.category, code.hazardous) for code in reading.codes] == [("130205", "1302", True)]


def test_a_title_above_the_header_and_unknown_columns_are_passed_over(tmp_path: Path) -> None:
    reading = _read(tmp_path, "附表", "", HEADER + ",备注", "HW49,非特定行业,900-041-49,沾染物,T/In,x")
    assert reading.lines == {"900-041-49": 4}
    assert reading.ignored == ("备注",)


def test_all_rows_at_fault_are_named_in_one_go_each_with_its_row(tmp_path: Path) -> None:
    reading = _read(
        tmp_path,
        HEADER,
        "HW08,非特定行业,900-249-09,名称,T",
        "HW08,非特定行业,900-249-08,名称,T",
        "HW08,非特定行业,900-249-08,又一次,T",
        "HW17,非特定行业,900-003-S17,废塑料,T",
        "HW08,非特定行业,,忘了代码,T",
        "HW08,非特定行业,900-201-08,,T",
        "HW08,非特定行业,900-203-08,名称,X",
        "HW08,非特定行业,900-204-08,名称,",
        "HW08,非特定行业,900-205-08,=1+1,T",
        "HW08,非特定行业,999-205-08,名称\x07,T",
    )
    assert _faults(reading) == [
        (2, "category", "waste_code_category_differs"),
        (4, "code", "import_code_twice"),
        (5, "code", "waste_code_other_scheme"),
        (6, "code", "import_cell_required"),
        (7, "name_zh", "import_cell_required"),
        (8, "properties", "import_cell_choice"),
        (9, "properties", "import_cell_required"),
        (10, "name_zh", "import_cell_formula"),
        (11, "code", "waste_code_industry"),
        (11, "name_zh", "text_not_plain"),
    ]
    assert [code.code for code in reading.codes] == ["900-249-08"]
    with pytest.raises(Problem, match="import_has_errors"):
        plan(reading, schemes.edition("CN-HW-2021"), ())


def test_the_report_says_row_and_remedy_in_both_languages(tmp_path: Path) -> None:
    reading = _read(tmp_path, HEADER, "HW08,非特定行业,900-249-09,名称,T")
    report = ImportReport("CN-HW-2025", "x.csv", "0" * 64, 1, (), None, reading.errors, dry_run=True, applied=False)
    assert any(line.startswith("第 2 行: 代码“900-249-09”属于类别 HW09") for line in report.lines("zh"))
    assert any(line.startswith("row 2: The code “900-249-09” belongs to category HW09") for line in report.lines("en"))
    assert not report.ok


def test_a_heading_row_is_a_category_and_no_code(tmp_path: Path) -> None:
    reading = _read(tmp_path, "类别代码,类别名称,代码,名称", "SW07,污泥,,", ",,900-099-S07,其他污泥", scheme="CN-SW")
    assert _faults(reading) == []
    assert [(row.code, row.name_zh) for row in reading.categories] == [("SW07", "污泥")]
    assert [(code.code, code.category) for code in reading.codes] == [("900-099-S07", "SW07")]


def test_a_parks_own_list_may_map_to_national_codes(tmp_path: Path) -> None:
    lines = ("代码,名称,是否危险废物,对应国家代码", "YZ-01,废塑料膜,否,cn-sw-2024:900-003-s17", "YZ-02,其他,否,17-S")
    reading = _read(tmp_path, *lines, scheme="ETOWN")
    assert [code.mapped_to for code in reading.codes] == ["CN-SW-2024:900-003-S17"]
    assert _faults(reading) == [(3, "mapped_to", "import_mapping_unknown")]


# --- spreadsheets --------------------------------------------------------------------------------------------------


def _book(path: Path) -> tuple[xlsxwriter.Workbook, xlsxwriter.worksheet.Worksheet]:
    book = xlsxwriter.Workbook(path)
    return book, book.add_worksheet()


def test_a_merged_category_cell_stands_for_all_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "official.xlsx"
    book, sheet = _book(path)
    sheet.merge_range("A1:D1", "固体废物分类与代码目录")
    sheet.write_row("A2", ["废物种类", "行业来源", "废物代码", "固体废物名称"])
    sheet.merge_range("A3:A4", "SW17\n可再生类废物")
    sheet.merge_range("B3:B4", "非特定行业")
    sheet.write_row("C3", ["900-001-S17", "废钢铁"])
    sheet.write_row("C4", ["900-003-S17", "废塑料"])
    book.close()
    reading = read_list(path, "CN-SW", verified=True)
    assert _faults(reading) == []
    assert [(code.code, code.category, code.industry) for code in reading.codes] == [
        ("900-001-S17", "SW17", "非特定行业"),
        ("900-003-S17", "SW17", "非特定行业"),
    ]
    assert [category.name_zh for category in reading.categories] == ["可再生类废物"]


def test_numbers_dates_and_formulas_where_a_code_should_be_are_refused_gently(tmp_path: Path) -> None:
    path = tmp_path / "spoilt.xlsx"
    book, sheet = _book(path)
    sheet.write_row("A1", ["code", "name", "hazardous"])
    sheet.write_row("A2", [10101, "Mining waste", 0])
    sheet.write_row("A3", ["010102", "Mining waste", False])
    sheet.write_formula("A4", '="0101"&"03"', value="010103")
    sheet.write_row("B4", ["Mining waste", False])
    book.close()
    reading = read_list(path, "EWC", verified=False)
    assert _faults(reading) == [(2, "code", "import_cell_number"), (4, None, "import_cell_formula")]
    assert [code.code for code in reading.codes] == ["010102"]


def test_one_cell_in_the_far_corner_does_not_fill_the_memory(tmp_path: Path) -> None:
    for place in ((1_048_575, 0), (1, 16_383), (ROWS_MAX, 0), (1, COLUMNS_MAX)):
        path = tmp_path / "corner.xlsx"
        book, sheet = _book(path)
        sheet.write_row("A1", ["code", "name", "hazardous"])
        sheet.write_string(*place, "x")
        book.close()
        with pytest.raises(Problem, match="import_file_too_large"):
            read_list(path, "EWC", verified=False)


def test_a_small_file_that_unpacks_to_a_great_one_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book, book.open("xl/worksheets/sheet1.xml", "w") as part:
        for _ in range(300):
            part.write(b" " * 1_000_000)
    with pytest.raises(Problem, match="import_file_too_large"):
        read_list(path, "EWC", verified=False)


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("list.pdf", b"%PDF-1.4", "import_file_kind"),
        ("list.xlsx", b"", "import_file_unreadable"),
        ("list.xlsx", b"PK\x03\x04" + bytes(100), "import_file_unreadable"),
        ("list.csv", b"", "import_header_missing"),
        ("list.csv", bytes(range(256)), "import_file_unreadable"),
        ("list.csv", b"\xff\xfe\x00\xd8", "import_file_unreadable"),
        ("list.csv", "甲,乙\n1,2\n".encode(), "import_header_missing"),
        ("list.csv", "代码,名称\n010101,x\n".encode(), "import_column_missing"),
        ("list.csv", "代码,名称,hazardous\n\n".encode(), "import_no_rows"),
        ("list.csv", "代码,code,名称,hazardous\n1,2,3,4\n".encode(), "import_column_twice"),
        ("list.csv", b"code,name,hazardous," + b"," * COLUMNS_MAX, "import_file_too_large"),
    ],
)
def test_a_file_that_cannot_be_a_list_is_refused_with_a_reason(
    tmp_path: Path, name: str, content: bytes, code: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(Problem) as refused:
        read_list(path, "EWC", verified=False)
    assert refused.value.code == code


def _spoil(content: bytes, data: st.DataObject) -> bytes:
    spoilt = bytearray(content)
    for _ in range(data.draw(st.integers(1, 6))):
        spoilt[data.draw(st.integers(0, len(spoilt) - 1))] = data.draw(st.integers(0, 255))
    return bytes(spoilt)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_a_damaged_workbook_is_read_or_refused_and_nothing_else(tmp_path: Path, data: st.DataObject) -> None:
    whole, damaged = tmp_path / "whole.xlsx", tmp_path / "damaged.xlsx"
    if not whole.exists():
        book, sheet = _book(whole)
        sheet.write_row("A1", ["code", "name", "hazardous"])
        sheet.merge_range("A2:A3", "010102")
        sheet.write_row("B2", ["Mining waste", "no"])
        book.close()
    if data.draw(st.booleans()):
        damaged.write_bytes(_spoil(whole.read_bytes(), data))
    else:
        # The archive is sound and what it holds is not.
        with zipfile.ZipFile(whole) as before, zipfile.ZipFile(damaged, "w") as after:
            chosen = data.draw(st.sampled_from(before.namelist()))
            for name in before.namelist():
                after.writestr(name, _spoil(before.read(name), data) if name == chosen else before.read(name))
    try:
        read_list(damaged, "EWC", verified=False)
    except Problem as problem:
        assert problem.category in {"unreadable", "too_large"}  # noqa: PT017 - either outcome is right


def test_fifty_thousand_rows_are_read_and_compared_in_seconds(tmp_path: Path) -> None:
    rows = [f"P{number:05d},名称 {number},否" for number in range(50_000)]
    path = _csv(tmp_path, "代码,名称,是否危险废物", *rows)
    begun = time.monotonic()
    reading = read_list(path, "ETOWN", verified=True)
    planned = plan(reading, schemes.edition("CN-SW-2024"), reading.codes[:-10])
    assert (len(planned.added), planned.unchanged) == (10, 49_990)
    assert time.monotonic() - begun < 15


# --- the plan ------------------------------------------------------------------------------------------------------


def test_a_plan_counts_what_is_added_changed_withdrawn_and_the_same(tmp_path: Path) -> None:
    current = schemes.codes("CN-SW-2024")
    kept = [f"{code.code},{code.name_zh}" for code in current[2:]]
    reading = _read(tmp_path, "代码,名称", "900-001-S17,废钢和废铁", "900-010-S17,废皮革", *kept, scheme="CN-SW")
    planned = plan(reading, schemes.edition("CN-SW-2024"), current)
    assert [code.code for code in planned.added] == ["900-010-S17"]
    assert [code.code for code in planned.removed] == ["900-002-S17"]
    # Every row that stays becomes verified; of one the name is new too, so its translation no longer holds.
    assert {change.columns for change in planned.changed} == {("verified",), ("name_zh", "name_en", "verified")}
    assert len(planned.changed) == 43
    same = plan(reading, schemes.edition("CN-SW-2024"), [*planned.added, *(change.after for change in planned.changed)])
    assert (same.added, same.changed, same.removed, same.unchanged) == ((), (), (), 44)


def test_what_a_file_does_not_speak_of_stays_as_it_was(tmp_path: Path) -> None:
    current = schemes.codes("CN-SW-2024")
    rows = [f"{code.code},{code.name_zh}" for code in current]
    reading = read_list(_csv(tmp_path, "代码,名称", *rows), "CN-SW", verified=False)
    planned = plan(reading, schemes.edition("CN-SW-2024"), current)
    assert (planned.changed, planned.unchanged) == ((), 44)


def test_a_new_edition_keeps_our_english_for_headings_that_keep_their_names(tmp_path: Path) -> None:
    reading = _read(tmp_path, HEADER, "HW08 废矿物油与含矿物油废物,非特定行业,900-249-08,废矿物油,T/I")
    planned = plan(reading, schemes.edition("CN-HW-2025"), (), schemes.categories("CN-HW-2021"))
    assert [category.name_en for category in planned.categories] == [
        "Waste mineral oil and waste containing mineral oil"
    ]
