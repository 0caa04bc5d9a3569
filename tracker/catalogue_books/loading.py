"""Bringing lists in: the shipped ones at every start, and the file a park gives us."""

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from tracker.catalogue import schemes
from tracker.catalogue.importing import ImportReport, plan, read_list
from tracker.catalogue.reading import RowError
from tracker.catalogue.rows import Reading
from tracker.catalogue.schemes import Edition
from tracker.catalogue.validate import RULES
from tracker.catalogue_books.finding import editions
from tracker.catalogue_books.writing import (
    apply_import,
    categories_of,
    codes_of,
    national_ids,
    scheme_id_of,
    take_turns,
    write_rows,
    write_scheme,
)
from tracker.problems import Problem
from tracker.tables.catalogue import Industry, WasteExemption, WasteScheme

_SCHEME = re.compile(r"[A-Z0-9][A-Z0-9-]{1,31}")
_EDITION = re.compile(r"[0-9A-Z]{1,16}")
#: A shipped file speaks of every column, so that what it leaves empty is meant to be empty.
_ALL_COLUMNS = frozenset({"category", "name_zh", "name_en", "properties", "entry", "industry", "description"})


def _today(connection: Connection) -> date:
    return connection.execute(select(func.current_date())).scalar_one()


# --- what is shipped -----------------------------------------------------------------------------------------------


def load_shipped(connection: Connection) -> dict[str, int]:
    """Bring the shipped lists into the tables; the number of codes written for each edition, 0 when it was current.

    Safe at every start and by several servers at once. An edition that somebody imported is left alone: the official
    rows are worth more than ours. What a newer release leaves out is withdrawn from today on."""
    take_turns(connection)
    written = {
        shown: _load_edition(connection, edition)
        for shown, edition in schemes.editions().items()
        if not edition.name_only
    }
    written[schemes.industry_edition().shown] = _load_industries(connection)
    return written


def _load_edition(connection: Connection, edition: Edition) -> int:
    query = select(WasteScheme.origin, WasteScheme.checksum).where(
        WasteScheme.scheme == edition.scheme, WasteScheme.edition == edition.edition
    )
    held = connection.execute(query).one_or_none()
    if held is not None and (held.origin == "imported" or held.checksum == edition.checksum):
        return 0
    codes, shown = schemes.codes(edition.shown), edition.shown
    reading = Reading(
        scheme=edition.scheme,
        file_name=shown,
        checksum=edition.checksum,
        columns=_ALL_COLUMNS,
        ignored=(),
        rows=len(codes),
        codes=codes,
        categories=schemes.categories(shown),
        errors=(),
        lines={},
    )
    planned = plan(reading, edition, codes_of(connection, scheme_id_of(connection, edition, None)))
    scheme_id = write_scheme(connection, edition, "shipped", None)
    write_rows(connection, scheme_id, planned, _today(connection))
    _load_exemptions(connection, scheme_id, shown)
    return len(planned.added) + len(planned.changed)


def _load_exemptions(connection: Connection, scheme_id: int, shown: str) -> None:
    connection.execute(delete(WasteExemption).where(WasteExemption.scheme_id == scheme_id))
    rows = [
        {
            "scheme_id": scheme_id,
            "position": row.position,
            "item": row.item,
            "codes": list(row.codes),
            "categories": list(row.categories),
            "scope_zh": row.scope_zh,
            "waste_zh": row.waste_zh,
            "stages": list(row.stages),
            "condition_zh": row.condition_zh,
            "relief_zh": row.relief_zh,
        }
        for row in schemes.exemptions(shown)
    ]
    if rows:
        connection.execute(insert(WasteExemption), rows)


def _load_industries(connection: Connection) -> int:
    standard = schemes.industry_edition().shown
    columns = ("code", "level", "section", "parent", "name_zh")
    query = select(*(getattr(Industry, column) for column in columns)).where(Industry.standard == standard)
    held = {row.code: tuple(row) for row in connection.execute(query)}
    shipped = {row.code: tuple(getattr(row, column) for column in columns) for row in schemes.industries()}
    differing = [code for code, row in shipped.items() if held.get(code) != row]
    if differing:
        statement = insert(Industry)
        renewed = {column: statement.excluded[column] for column in columns if column != "code"}
        connection.execute(
            statement.on_conflict_do_update(index_elements=["standard", "code"], set_=renewed),
            [{"standard": standard} | dict(zip(columns, shipped[code], strict=True)) for code in differing],
        )
    return len(differing)


# --- what a park gives us ------------------------------------------------------------------------------------------


def import_file(
    connection: Connection,
    path: Path,
    scheme: str,
    edition: str,
    *,
    dry_run: bool,
    verified: bool,
    close_previous: bool,
    park_id: int | None = None,
    valid_from: date | None = None,
    names: tuple[str, str] | None = None,
    by: str = "tracker catalogue import",
    on: date | None = None,
) -> ImportReport:
    """Read a list (CSV or XLSX) into an edition and report what changed, or every row at fault, in which case and in a
    dry run nothing is written.

    ``verified`` is the caller's word that the file is the official text. ``close_previous`` ends older editions of the
    scheme on the day before ``on`` (today). A scheme we do not know is a park's own list and needs ``park_id``; a code
    of it may be mapped to a national one. ``valid_from`` and ``names`` (zh, en) describe an edition we have never heard
    of. Raises a problem when the file as a whole cannot be read."""
    day = on or _today(connection)
    goal = _goal(connection, scheme, edition, park_id=park_id, valid_from=valid_from or day, names=names)
    reading = read_list(path, scheme, verified=verified)
    if not dry_run:
        take_turns(connection)
    known = scheme_id_of(connection, goal, park_id)
    errors = (*reading.errors, *_unmapped(connection, reading))
    planned = None
    if not errors:
        goal = replace(goal, verified=verified, checksum=reading.checksum, source=_source(reading))
        planned = plan(reading, goal, codes_of(connection, known), categories_of(connection, scheme))
    applied = planned is not None and not dry_run
    closed: tuple[str, ...] = ()
    if applied and planned is not None:
        closed = apply_import(connection, planned, on=day, by=by, close_previous=close_previous, park_id=park_id)
    return ImportReport(
        shown=goal.shown,
        file_name=reading.file_name,
        checksum=reading.checksum,
        rows=reading.rows,
        ignored=reading.ignored,
        plan=planned,
        errors=errors,
        dry_run=dry_run,
        applied=applied,
        closed=closed,
        left_open=() if close_previous else _older(connection, goal, day, park_id),
    )


def _goal(
    connection: Connection,
    scheme: str,
    edition: str,
    *,
    park_id: int | None,
    valid_from: date,
    names: tuple[str, str] | None,
) -> Edition:
    """The edition to import into: one we hold, one we know of, or a new one."""
    if not _SCHEME.fullmatch(scheme) or not _EDITION.fullmatch(edition):
        raise Problem("waste_scheme_malformed", value=f"{scheme} {edition}"[:60])
    if scheme in RULES and park_id is not None:
        raise Problem("waste_scheme_taken", scheme=scheme)
    if scheme not in RULES and park_id is None:
        raise Problem("waste_scheme_unknown", scheme=scheme)
    shown = f"{scheme}-{edition}"
    held = {one.shown: one for one in editions(connection, park_id=park_id)}
    if shown in held or shown in schemes.editions():
        return held.get(shown) or schemes.edition(shown)
    name_zh, name_en = names or (shown, shown)
    return Edition(
        scheme=scheme,
        edition=edition,
        name_zh=name_zh,
        name_en=name_en,
        valid_from=valid_from,
        valid_to=None,
        superseded_by=None,
        stands_in=False,
        verified=False,
        english="none",
        source="",
        checksum="",
    )


def _source(reading: Reading) -> str:
    name = reading.file_name
    return f"由文件“{name}”导入。 Imported from the file “{name}”."


def _unmapped(connection: Connection, reading: Reading) -> tuple[RowError, ...]:
    known = national_ids(connection, reading.codes)
    return tuple(
        RowError(reading.lines[code.code], "mapped_to", Problem("import_mapping_unknown", value=code.mapped_to))
        for code in reading.codes
        if code.mapped_to is not None and code.mapped_to not in known
    )


def _older(connection: Connection, goal: Edition, on: date, park_id: int | None) -> tuple[str, ...]:
    """The editions of the scheme that can still be used beside a newer one."""
    return tuple(
        one.shown
        for one in editions(connection, on=on, park_id=park_id)
        if one.scheme == goal.scheme and one.valid_from < goal.valid_from
    )
