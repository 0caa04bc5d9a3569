"""A list somebody gives us, CSV or XLSX, as rows of text under known column names; what cannot be read says why.

Official tables come as people make them: a title above the header, merged cells, GBK text, a code column that the
spreadsheet turned into numbers. Cells are read as they are shown and nothing is guessed from a formula.
"""

import csv
import hashlib
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO, StringIO
from itertools import islice
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum

from tracker.problems import Problem

FILE_BYTES_MAX = 32_000_000
#: A workbook is a zip: what it unpacks to is bounded too, or a small file could fill the memory.
UNPACKED_BYTES_MAX = 256_000_000
ROWS_MAX = 200_000
COLUMNS_MAX = 64
_HEADER_ROWS_MAX = 20
_ERRORS_IN_CELLS_MAX = 1_000

#: Known columns and what people call them; compared without blanks, underscores, brackets and capitals.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "code": ("code", "代码", "废物代码", "固体废物代码", "编码", "废物编码", "waste code"),
    "category": ("category", "category code", "类别", "类别代码", "废物类别", "废物种类", "种类", "固体废物种类"),
    "category_name_zh": ("category name zh", "category name", "类别名称", "废物类别名称", "种类名称"),
    "category_name_en": ("category name en", "类别英文名称"),
    "name_zh": (
        "name zh",
        "名称",
        "中文名称",
        "废物名称",
        "危险废物",
        "危险废物名称",
        "固体废物",
        "固体废物名称",
        "name",
    ),
    "name_en": ("name en", "英文名称", "english name", "description en"),
    "hazardous": ("hazardous", "is hazardous", "是否危险废物", "是否危废"),
    "properties": ("properties", "hazard property", "hazard properties", "危险特性"),
    "entry": ("entry", "entry type", "条目类型"),
    "industry": ("industry", "industry source", "行业来源", "行业"),
    "description": ("description", "描述", "固体废物描述", "说明"),
    "mapped_to": ("mapped to", "national code", "对应国家代码", "国家代码", "对应代码"),
}


class NumberText(str):
    """Text of a cell that the spreadsheet holds as a number: leading zeros, had there been any, are gone."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong in one row. ``row`` counts from 1 as a spreadsheet does; ``column`` is our name for the column."""

    row: int
    column: str | None
    problem: Problem


@dataclass(frozen=True, slots=True)
class Table:
    """A file under its header. ``rows`` are (row number, cells by our column name); empty cells are left out.

    ``checksum`` is the sha256 of the file's bytes in hexadecimal, ``ignored`` the headings we do not know."""

    name: str
    checksum: str
    columns: frozenset[str]
    ignored: tuple[str, ...]
    rows: tuple[tuple[int, Mapping[str, str]], ...]
    errors: tuple[RowError, ...]


def _heading(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).lower()
    return re.sub(r"[\s_()\[\]*:、/-]", "", folded)


_MEANING = {_heading(alias): column for column, aliases in COLUMNS.items() for alias in (column, *aliases)}


def read_table(path: Path) -> Table:
    """The first sheet with a header in its first 20 rows.

    Raises ``import_file_kind``, ``import_file_too_large``, ``import_file_unreadable``, ``import_header_missing``,
    ``import_column_twice`` and ``import_no_rows`` for the file as a whole; formulas are collected row by row."""
    name, kind = path.name, path.suffix.lower()
    if kind not in {".csv", ".xlsx"}:
        raise Problem("import_file_kind", name=name)
    if path.stat().st_size > FILE_BYTES_MAX:
        raise Problem("import_file_too_large", name=name, limit=f"{FILE_BYTES_MAX // 1_000_000} MB")
    content = path.read_bytes()
    formulas: tuple[RowError, ...] = ()
    if kind == ".csv":
        sheets: Iterator[list[list[str]]] = iter([_csv(name, content)])
    else:
        formulas = _look_inside(name, content)
        sheets = _workbook(name, content)
    for cells in sheets:
        header = _header(cells)
        if header is not None:
            return _table(name, hashlib.sha256(content).hexdigest(), cells, header, formulas)
    raise Problem("import_header_missing", name=name, rows=_HEADER_ROWS_MAX)


def _csv(name: str, content: bytes) -> list[list[str]]:
    text = _decode(name, content)
    first = text.partition("\n")[0]
    delimiter = max(",\t;", key=first.count)
    try:
        rows = list(islice(csv.reader(StringIO(text, newline=""), delimiter=delimiter), ROWS_MAX + 1))
    except csv.Error as error:
        raise Problem("import_file_unreadable", name=name) from error
    if len(rows) > ROWS_MAX or max(map(len, rows), default=0) > COLUMNS_MAX:
        raise _too_wide(name)
    return rows


def _decode(name: str, content: bytes) -> str:
    """UTF-8, UTF-16 with its mark, else GB 18030, which Chinese Excel writes as CSV."""
    encodings = ["utf-16"] if content[:2] in {b"\xff\xfe", b"\xfe\xff"} else ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise Problem("import_file_unreadable", name=name)


def _too_wide(name: str) -> Problem:
    return Problem("import_file_too_large", name=name, limit=f"{ROWS_MAX} x {COLUMNS_MAX}")


# All that zipfile raises on a damaged or encrypted archive; RuntimeError is its word for "needs a password".
_ZIP_FAULTS = (zipfile.BadZipFile, zlib.error, RuntimeError, ValueError, EOFError, OSError)
_CELL = re.compile(rb"<(?:\w+:)?c\b([^>]*)>(\s*<(?:\w+:)?f[\s/>])?")
_REFERENCE = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')
_ROW = re.compile(rb'<(?:\w+:)?row\b[^>]*\br="(\d+)"[^>]*[^/>]>')


def _look_inside(name: str, content: bytes) -> tuple[RowError, ...]:
    """Refuse a workbook that would unpack or spread beyond the bounds, and find its formulas.

    The reader lays out every cell between the first and the last one, so one cell in the far corner of an otherwise
    empty sheet would cost gigabytes: positions are read from the XML before the reader sees the file."""
    errors: list[RowError] = []
    try:
        with zipfile.ZipFile(BytesIO(content)) as book:
            if sum(part.file_size for part in book.infolist()) > UNPACKED_BYTES_MAX:
                raise Problem("import_file_too_large", name=name, limit=f"{UNPACKED_BYTES_MAX // 1_000_000} MB")
            if book.testzip() is not None:  # A part that is longer than it says fails its check sum.
                raise Problem("import_file_unreadable", name=name)
            for part in book.infolist():
                if part.filename.startswith("xl/worksheets/") and part.filename.endswith(".xml"):
                    errors += _formulas(name, book.read(part))
    except _ZIP_FAULTS as error:
        raise Problem("import_file_unreadable", name=name) from error
    return tuple(errors[:_ERRORS_IN_CELLS_MAX])


def _formulas(name: str, xml: bytes) -> list[RowError]:
    errors = []
    if any(int(place) > ROWS_MAX for place in _ROW.findall(xml)):
        raise _too_wide(name)
    for match in _CELL.finditer(xml):
        attributes, formula = match.groups()
        place = _REFERENCE.search(attributes)
        if place is None or attributes.endswith(b"/"):
            continue  # A cell without a place follows its neighbour, and an empty one only carries a style.
        letters, row = place[1].decode(), int(place[2])
        if row > ROWS_MAX or _column_number(letters) > COLUMNS_MAX:
            raise _too_wide(name)
        if formula is not None:
            errors.append(RowError(row, None, Problem("import_cell_formula", cell=f"{letters}{row}")))
    return errors


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _workbook(name: str, content: bytes) -> Iterator[list[list[str]]]:
    try:
        book = CalamineWorkbook.from_filelike(BytesIO(content))
        for sheet in book.sheets_metadata:
            if sheet.typ == SheetTypeEnum.WorkSheet:
                yield _sheet(book.get_sheet_by_name(sheet.name))
    except CalamineError as error:
        raise Problem("import_file_unreadable", name=name) from error


def _sheet(sheet: CalamineSheet) -> list[list[str]]:
    """The sheet's cells as text, a merged area filled with its first cell: in official tables one cell of a category
    stands beside all the codes it gathers."""
    cells = [[_shown(value) for value in row] for row in sheet.to_python(skip_empty_area=False)]
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
        if left != right or top >= len(cells) or left >= len(cells[top]):
            continue  # A title across columns is no value of the rows below it.
        for row in range(top + 1, min(bottom + 1, len(cells))):
            cells[row][left] = cells[top][left]
    return cells


def _shown(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case float() | int():
            return NumberText(f"{value:.15g}")
        case datetime() | date():
            return NumberText(value.isoformat())
        case _:
            return str(value)


def _header(cells: Sequence[Sequence[str]]) -> int | None:
    """The index of the first row that names a code and a name column."""
    for index, row in enumerate(cells[:_HEADER_ROWS_MAX]):
        meanings = {_MEANING.get(_heading(cell)) for cell in row}
        if "code" in meanings and meanings & {"name_zh", "name_en"}:
            return index
    return None


def _table(
    name: str, checksum: str, cells: Sequence[Sequence[str]], header: int, errors: tuple[RowError, ...]
) -> Table:
    places: dict[int, str] = {}
    ignored: list[str] = []
    for place, heading in enumerate(cells[header]):
        column = _MEANING.get(_heading(heading))
        twin = next((known for known, meaning in places.items() if meaning == column), None)
        if column is not None and twin is not None:
            raise Problem("import_column_twice", one=cells[header][twin].strip(), other=heading.strip())
        if column is not None:
            places[place] = column
        elif heading.strip():
            ignored.append(heading.strip())
    rows = []
    for number, row in enumerate(cells[header + 1 :], start=header + 2):
        filled = {
            column: row[place]  # Kept as it is, for a NumberText must stay one.
            for place, column in places.items()
            if place < len(row) and row[place].strip()
        }
        if filled:
            rows.append((number, filled))
    if not rows:
        raise Problem("import_no_rows", name=name)
    return Table(name, checksum, frozenset(places.values()), tuple(ignored), tuple(rows), errors)
