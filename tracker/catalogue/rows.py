"""The rows of a list as waste codes: every cell judged by the rules of the scheme, every fault kept with its row.

Nothing is mended in silence and nothing stops at the first fault, so that a list is put right in one round.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from tracker.catalogue.reading import NumberText, RowError, Table, read_table
from tracker.catalogue.schemes import PROPERTIES, Category, Entry, WasteCode
from tracker.catalogue.validate import waste_code
from tracker.problems import Problem

_T = TypeVar("_T")
_TEXT_MAX = 1_000
_CATEGORY = re.compile(r"(HW\d{2}|SW\d{2}|S\d{2})\s*(.*)", re.DOTALL)
_YES = frozenset({"true", "1", "yes", "y", "是", "√"})
_NO = frozenset({"false", "0", "no", "n", "否", "×"})
_MAPPED = re.compile(r"([A-Z0-9][A-Z0-9-]*-[0-9A-Z]+):(\S+)")


@dataclass(frozen=True, slots=True)
class Reading:
    """A list as it was read. ``columns`` tell which of our columns it spoke of; ``rows`` counts rows below the header.

    ``codes`` leaves out the rows at fault; ``lines`` gives the row number of each code."""

    scheme: str
    file_name: str
    checksum: str
    columns: frozenset[str]
    ignored: tuple[str, ...]
    rows: int
    codes: tuple[WasteCode, ...]
    categories: tuple[Category, ...]
    errors: tuple[RowError, ...]
    lines: Mapping[str, int] = field(repr=False)


class _RowReader:
    """Reads the rows of one table, remembering the codes it has met."""

    def __init__(self, scheme: str, table: Table, *, verified: bool) -> None:
        self.scheme = scheme
        self.table = table
        self.verified = verified
        self.first_rows: dict[str, int] = {}
        self.codes: list[WasteCode] = []
        self.categories: dict[str, Category] = {}
        self.errors: list[RowError] = list(table.errors)
        self._bad_rows = {error.row for error in table.errors}

    def read(self) -> None:
        for number, row in self.table.rows:
            if number in self._bad_rows:
                continue  # The value of a formula is not looked at: the row is in error already.
            found: list[RowError] = []
            code = self._code(number, row, found)
            if code is not None and not found:
                self.first_rows[code.code] = number
                self.codes.append(code)
            self.errors += found

    def _code(self, number: int, row: Mapping[str, str], errors: list[RowError]) -> WasteCode | None:
        def value(column: str, read: Callable[[str], _T]) -> _T | None:
            if column not in row:
                return None
            try:
                return read(row[column])
            except Problem as problem:
                errors.append(RowError(number, column, problem))
                return None

        given = value("category", _text)
        category = self._category(given, value("category_name_zh", _text), value("category_name_en", _text))
        named = row.keys() & {"name_zh", "name_en"}
        if "code" not in row:
            # A heading has a category and no name of its own; anything else is a code somebody forgot.
            if category is None or named:
                errors.append(RowError(number, "code", Problem("import_cell_required", column="code")))
            return None
        if not named:
            errors.append(RowError(number, "name_zh", Problem("import_cell_required", column="name_zh")))
        code = value("code", self._checked_code)
        read = WasteCode(
            code=code or "",
            category=category,
            name_zh=value("name_zh", _text),
            name_en=value("name_en", _text),
            hazardous=self._hazardous(number, row, value("hazardous", _yes_or_no), errors),
            properties=value("properties", _properties) or (),
            entry=value("entry", _entry),
            industry=value("industry", _text),
            description=value("description", _text),
            mapped_to=value("mapped_to", _mapping),
            verified=self.verified,
        )
        if code is None:
            return None
        return replace(read, category=self._own_category(number, code, given, category, errors))

    def _checked_code(self, text: str) -> str:
        if isinstance(text, NumberText):
            raise Problem("import_cell_number", value=str(text))
        code = waste_code(_text(text), self.scheme)
        if code in self.first_rows:
            raise Problem("import_code_twice", value=code, first=self.first_rows[code])
        return code

    def _category(self, given: str | None, name_zh: str | None, name_en: str | None) -> str | None:
        """The category's code; ``HW02 医药废物`` in one cell gives its name too."""
        if given is None:
            return None
        match = _CATEGORY.fullmatch(given.upper()) if self.scheme in {"CN-HW", "CN-SW"} else None
        code = given if match is None else match[1]
        if code.startswith("S") and not code.startswith("SW") and self.scheme == "CN-SW":
            code = f"SW{code[1:]}"
        inline = given[len(match[1]) :].strip() if match else ""
        self._name_category(code, name_zh or re.sub(r"\s", "", inline) or None, name_en)
        return code

    def _name_category(self, code: str, name_zh: str | None, name_en: str | None) -> None:
        known = self.categories.get(code)
        if (known is None and (name_zh or name_en)) or (known is not None and name_zh and not known.name_zh):
            self.categories[code] = Category(code, None, name_zh, name_en, verified=self.verified)

    def _own_category(
        self, number: int, code: str, given: str | None, category: str | None, errors: list[RowError]
    ) -> str | None:
        """The category a national code carries in itself; the column may repeat it and may not contradict it."""
        own = {"CN-HW": f"HW{code[-2:]}", "CN-SW": f"SW{code[-2:]}", "EWC": code[:4]}.get(self.scheme)
        if own is None:
            return category
        if category is not None and category != own and not (self.scheme == "EWC" and own.startswith(category)):
            problem = Problem("waste_code_category_differs", value=code, category=own, given=given)
            errors.append(RowError(number, "category", problem))
        return own

    def _hazardous(self, number: int, row: Mapping[str, str], given: bool | None, errors: list[RowError]) -> bool:
        """All of CN-HW is hazardous and nothing of CN-SW; other lists have to say it of every code."""
        if self.scheme in {"CN-HW", "CN-SW"}:
            if self.scheme == "CN-HW" and "properties" not in row:
                errors.append(RowError(number, "properties", Problem("import_cell_required", column="properties")))
            return self.scheme == "CN-HW"
        if "hazardous" not in row:
            errors.append(RowError(number, "hazardous", Problem("import_cell_required", column="hazardous")))
        return bool(given)


def read_list(path: Path, scheme: str, *, verified: bool) -> Reading:
    """Read a list of codes of ``scheme`` from a CSV or XLSX file.

    ``verified`` is the caller's word that the file is the official text. Raises a problem only when the file as a whole
    cannot be read (see ``reading.read_table``) or lacks a column the scheme needs; all else is collected by row."""
    table = read_table(path)
    needed = {"CN-HW": "properties", "CN-SW": "code"}.get(scheme, "hazardous")
    if needed not in table.columns:
        raise Problem("import_column_missing", scheme=scheme, column=needed)
    reader = _RowReader(scheme, table, verified=verified)
    reader.read()
    if not reader.codes and not reader.errors:
        raise Problem("import_no_rows", name=table.name)
    return Reading(
        scheme=scheme,
        file_name=table.name,
        checksum=table.checksum,
        columns=table.columns,
        ignored=table.ignored,
        rows=len(table.rows),
        codes=tuple(reader.codes),
        categories=tuple(reader.categories.values()),
        errors=tuple(sorted(reader.errors, key=lambda error: error.row)),
        lines=reader.first_rows,
    )


def _text(text: str) -> str:
    """Text to store: no blanks around, no line breaks, nothing invisible, nothing a spreadsheet would run."""
    plain = " ".join(text.split())
    if any(unicodedata.category(character) in {"Cc", "Co", "Cs", "Cn"} for character in plain):
        raise Problem("text_not_plain")
    if len(plain) > _TEXT_MAX:
        raise Problem("text_too_long", limit=_TEXT_MAX)
    if plain[0] in "=@" or (plain[0] in "+-" and len(plain) > 1):
        raise Problem("import_cell_formula", cell=f"“{plain[:20]}”")
    return plain


def _choice(text: str, column: str, choices: Mapping[str, _T]) -> _T:
    if text not in choices:
        raise Problem("import_cell_choice", column=column, value=text[:40], choices=", ".join(choices))
    return choices[text]


def _yes_or_no(text: str) -> bool:
    answer = text.strip().lower()
    if answer in _YES | _NO:
        return answer in _YES
    raise Problem("import_cell_choice", column="hazardous", value=text[:40], choices="是, 否, true, false")


def _properties(text: str) -> tuple[str, ...]:
    """``T/C``, ``T, C`` or ``T，C``: hazard properties in the order given, each once."""
    given = [part for part in re.split(r"[\s/,;、]+", unicodedata.normalize("NFKC", text)) if part]
    by_letter = {name.upper(): name for name in PROPERTIES}
    named = [_choice(part.upper(), "properties", by_letter) for part in given]
    return tuple(dict.fromkeys(named))


def _entry(text: str) -> Entry:
    """``Mirror hazardous`` is a mirror entry: whether it is hazardous stands in its own column."""
    choices: Mapping[str, Entry] = {"absolute": "absolute", "mirror": "mirror", "绝对": "absolute", "镜像": "mirror"}
    return _choice(text.lower().split()[0], "entry", choices)


def _mapping(text: str) -> str:
    plain = _text(text).upper()
    if not _MAPPED.fullmatch(plain):
        raise Problem("import_mapping_unknown", value=plain[:60])
    return plain
