"""What an imported list would change, worked out before anything is stored.

``read_list`` (rows.py) gives the list with all its faults; ``plan`` compares it with what the books hold;
``tracker.catalogue_books.apply_import`` is the only one who writes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

from tracker.catalogue.reading import RowError
from tracker.catalogue.rows import Reading, read_list
from tracker.catalogue.schemes import Category, Edition, WasteCode
from tracker.problems import Language, Problem

__all__ = ["Change", "ImportReport", "Plan", "Reading", "RowError", "plan", "read_list"]


@dataclass(frozen=True, slots=True)
class Change:
    """A code that stays with other contents; ``columns`` names what differs."""

    before: WasteCode
    after: WasteCode
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import would do to one edition. Removed codes are never deleted: they are withdrawn from a day on."""

    edition: Edition
    file_name: str
    rows: int
    added: tuple[WasteCode, ...]
    changed: tuple[Change, ...]
    removed: tuple[WasteCode, ...]
    unchanged: int
    categories: tuple[Category, ...]


@dataclass(frozen=True, slots=True)
class ImportReport:
    """The outcome of reading a list: a plan, or the errors that prevented one; ``applied`` when it was written.

    ``left_open`` names an older edition that still stands in because closing it was not asked for."""

    shown: str
    file_name: str
    checksum: str
    rows: int
    ignored: tuple[str, ...]
    plan: Plan | None
    errors: tuple[RowError, ...]
    dry_run: bool
    applied: bool
    closed: tuple[str, ...] = ()
    left_open: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return not self.errors

    def lines(self, language: Language, *, detail: int = 20) -> list[str]:
        """What to print: totals first, then at most ``detail`` codes of each kind and every row in error."""
        zh = language == "zh"
        said = [
            f"{self.file_name} -> {self.shown}",
            f"sha256 {self.checksum}",
            f"共 {self.rows} 行" if zh else f"{self.rows} rows",
        ]
        if self.ignored:
            said.append(("未识别的列：" if zh else "Columns not used: ") + ", ".join(self.ignored))
        for error in self.errors:
            where = f"第 {error.row} 行" if zh else f"row {error.row}"
            said.append(f"{where}: {error.problem.entry.say(language, error.problem.params)}")
        if self.plan is not None:
            said += _plan_lines(self.plan, zh=zh, detail=detail)
        said += [("已关闭：" if zh else "Closed: ") + shown for shown in self.closed]
        said += [
            f"{shown} 仍可使用；确认新版完整后请关闭旧版。"
            if zh
            else f"{shown} can still be used; close it when the new edition is complete."
            for shown in self.left_open
        ]
        return [*said, self._verdict(zh=zh)]

    def _verdict(self, *, zh: bool) -> str:
        if self.errors:
            rows = len({error.row for error in self.errors})
            problem = Problem("import_has_errors", count=rows)
            return problem.entry.say("zh" if zh else "en", problem.params)
        if self.applied:
            return "已导入。" if zh else "Imported."
        return "试运行：未写入任何内容。" if zh else "Dry run: nothing was written."


def _plan_lines(plan: Plan, *, zh: bool, detail: int) -> list[str]:
    counts = (len(plan.added), len(plan.changed), len(plan.removed), plan.unchanged)
    template = "新增 {}，变更 {}，停用 {}，不变 {}" if zh else "{} added, {} changed, {} withdrawn, {} unchanged"
    said = [template.format(*counts)]
    groups = (
        [f"+ {_line(code)}" for code in plan.added],
        [f"~ {_line(change.after)} ({', '.join(change.columns)})" for change in plan.changed],
        [f"- {_line(code)}" for code in plan.removed],
    )
    for group in groups:
        said += group[:detail]
        if len(group) > detail:
            said.append(f"  … +{len(group) - detail}")
    return said


def _line(code: WasteCode) -> str:
    return f"{code.code} {code.name_zh or code.name_en}"


#: What a comparison looks at, and the column of the file that speaks of it; a column left out leaves all as it was.
_SPOKEN_OF = {
    "name_zh": "name_zh",
    "name_en": "name_en",
    "properties": "properties",
    "entry": "entry",
    "industry": "industry",
    "description": "description",
    "mapped_to": "mapped_to",
}


def _kept(before: WasteCode, after: WasteCode, columns: frozenset[str]) -> WasteCode:
    """``after`` with what the file does not speak of. A translation is kept only while the name it translates stays."""
    silent = {name: getattr(before, name) for name, column in _SPOKEN_OF.items() if column not in columns}
    if "name_en" in silent and "name_zh" in columns and before.name_zh != after.name_zh:
        del silent["name_en"]
    return replace(after, **silent)


def _differences(before: WasteCode, after: WasteCode) -> tuple[str, ...]:
    def comparable(code: WasteCode, name: str) -> object:
        value = getattr(code, name)
        return frozenset(value) if name == "properties" else value

    names = (item.name for item in fields(WasteCode))
    return tuple(name for name in names if comparable(before, name) != comparable(after, name))


def plan(
    reading: Reading,
    edition: Edition,
    current: Sequence[WasteCode],
    categories: Sequence[Category] = (),
) -> Plan:
    """Compare a list with the codes now in use of its edition. ``categories`` are those known of any edition of the
    scheme: a heading with the same Chinese name keeps its English one. Raises ``import_has_errors``."""
    if reading.errors:
        raise Problem("import_has_errors", count=len({error.row for error in reading.errors}))
    before = {code.code: code for code in current}
    added, changed, unchanged = [], [], 0
    for code in reading.codes:
        known = before.pop(code.code, None)
        if known is None:
            added.append(code)
            continue
        after = _kept(known, code, reading.columns)
        differing = _differences(known, after)
        if differing:
            changed.append(Change(known, after, differing))
        else:
            unchanged += 1
    english = {category.name_zh: category.name_en for category in categories if category.name_en}
    return Plan(
        edition=edition,
        file_name=reading.file_name,
        rows=reading.rows,
        added=tuple(added),
        changed=tuple(changed),
        removed=tuple(before.values()),
        unchanged=unchanged,
        categories=tuple(
            category if category.name_en else replace(category, name_en=english.get(category.name_zh))
            for category in reading.categories
        ),
    )
