"""Writing a plan into the lists. Ids stay for ever: a code that goes is withdrawn from a day on, and should it come
back, it comes back under its old id.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, and_, bindparam, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased

from tracker.catalogue.importing import Plan
from tracker.catalogue.schemes import Category, Edition, WasteCode
from tracker.problems import Problem
from tracker.tables.catalogue import CatalogueImport, WasteCategory, WasteClass, WasteScheme

Origin = Literal["shipped", "imported"]

_SEARCH_TEXT = text(
    """
    UPDATE waste_class AS c SET search_text = wanted.words
    FROM (
      SELECT k.id, normalize(lower(concat_ws(' ', k.code, k.category_code, k.name_zh, k.name_en, h.name_zh, h.name_en,
                                             p.name_zh, p.name_en, k.industry, k.description)), NFKC) AS words
      FROM waste_class k
      LEFT JOIN waste_category h ON h.scheme_id = k.scheme_id AND h.code = k.category_code
      LEFT JOIN waste_category p ON p.scheme_id = h.scheme_id AND p.code = h.parent
      WHERE k.scheme_id = :scheme_id
    ) AS wanted
    WHERE c.id = wanted.id AND c.search_text <> wanted.words
    """
)


def take_turns(connection: Connection) -> None:
    """Two servers that start at once, or a start and an import, write one after the other, until their commits."""
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('waste-tracker catalogue'))"))


# --- what is there -------------------------------------------------------------------------------------------------


def scheme_id_of(connection: Connection, edition: Edition, park_id: int | None) -> int | None:
    query = select(WasteScheme.id, WasteScheme.park_id).where(
        WasteScheme.scheme == edition.scheme, WasteScheme.edition == edition.edition
    )
    row = connection.execute(query).one_or_none()
    if row is not None and row.park_id != park_id:
        raise Problem("waste_scheme_taken", scheme=edition.shown)
    return None if row is None else row.id


def codes_of(connection: Connection, scheme_id: int | None) -> list[WasteCode]:
    """The codes in use of an edition, as a file would give them."""
    national, its_scheme = aliased(WasteClass), aliased(WasteScheme)
    mapped = its_scheme.scheme + "-" + its_scheme.edition + ":" + national.code
    query = (
        select(WasteClass, mapped.label("mapped"))
        .outerjoin(national, national.id == WasteClass.mapped_to)
        .outerjoin(its_scheme, its_scheme.id == national.scheme_id)
        .where(WasteClass.scheme_id == scheme_id, WasteClass.valid_to.is_(None))
        .order_by(WasteClass.id)
    )
    return [
        WasteCode(
            code=row.code,
            category=row.category_code,
            name_zh=row.name_zh,
            name_en=row.name_en,
            hazardous=row.hazardous,
            properties=tuple(row.properties),
            entry=row.entry,
            industry=row.industry,
            description=row.description,
            mapped_to=row.mapped,
            verified=row.verified,
        )
        for row in connection.execute(query)
    ]


def categories_of(connection: Connection, scheme: str) -> list[Category]:
    """The headings of all editions of a scheme."""
    query = (
        select(WasteCategory)
        .join(WasteScheme, WasteScheme.id == WasteCategory.scheme_id)
        .where(WasteScheme.scheme == scheme)
        .order_by(WasteScheme.valid_from)
    )
    return [Category(row.code, row.parent, row.name_zh, row.name_en, row.verified) for row in connection.execute(query)]


def national_ids(connection: Connection, codes: Sequence[WasteCode]) -> dict[str, int]:
    """The ids of the national codes that a list maps to, by what the list calls them (``CN-SW-2024:900-003-S17``)."""
    wanted = {code.mapped_to for code in codes if code.mapped_to is not None}
    if not wanted:
        return {}
    name = WasteScheme.scheme + "-" + WasteScheme.edition + ":" + WasteClass.code
    query = (
        select(name.label("name"), WasteClass.id)
        .join(WasteScheme, WasteScheme.id == WasteClass.scheme_id)
        .where(WasteScheme.park_id.is_(None), name.in_(sorted(wanted)))
    )
    return {row.name: row.id for row in connection.execute(query)}


# --- applying a plan -----------------------------------------------------------------------------------------------


def write_scheme(connection: Connection, edition: Edition, origin: Origin, park_id: int | None) -> int:
    """Insert the edition or renew it. Whether it stands in can only be ended, never begun again, by writing it."""
    row = {
        "scheme": edition.scheme,
        "edition": edition.edition,
        "name_zh": edition.name_zh,
        "name_en": edition.name_en,
        "valid_from": edition.valid_from,
        "valid_to": edition.valid_to,
        "superseded_by": edition.superseded_by,
        "stands_in": edition.stands_in,
        "verified": edition.verified,
        "english": edition.english,
        "source": edition.source,
        "checksum": edition.checksum,
        "origin": origin,
        "park_id": park_id,
    }
    scheme_id = scheme_id_of(connection, edition, park_id)
    if scheme_id is None:
        inserted = connection.scalar(insert(WasteScheme).values(row).returning(WasteScheme.id))
        return int(inserted or 0)
    kept = {"scheme", "edition", "park_id", "valid_to", "superseded_by", "stands_in"}
    renewed = {name: value for name, value in row.items() if name not in kept}
    connection.execute(update(WasteScheme).where(WasteScheme.id == scheme_id).values(renewed))
    return scheme_id


def _write_categories(connection: Connection, scheme_id: int, categories: Sequence[Category]) -> None:
    if not categories:
        return
    statement = insert(WasteCategory)
    named = {name: statement.excluded[name] for name in ("parent", "name_zh", "name_en", "verified")}
    connection.execute(
        statement.on_conflict_do_update(index_elements=["scheme_id", "code"], set_=named),
        [
            {
                "scheme_id": scheme_id,
                "code": category.code,
                "parent": category.parent,
                "name_zh": category.name_zh,
                "name_en": category.name_en,
                "verified": category.verified,
            }
            for category in categories
        ],
    )


def _row(code: WasteCode, scheme_id: int, national: dict[str, int]) -> dict[str, Any]:
    return {
        "scheme_id": scheme_id,
        "code": code.code,
        "category_code": code.category,
        "name_zh": code.name_zh,
        "name_en": code.name_en,
        "hazardous": code.hazardous,
        "properties": list(code.properties),
        "entry": code.entry,
        "industry": code.industry,
        "description": code.description,
        "verified": code.verified,
        "mapped_to": None if code.mapped_to is None else national[code.mapped_to],
    }


def _write_codes(connection: Connection, scheme_id: int, written: Plan, on: date) -> None:
    changed = [change.after for change in written.changed]
    national = national_ids(connection, [*written.added, *changed])
    if written.added:
        statement = insert(WasteClass)
        rows = [_row(code, scheme_id, national) for code in written.added]
        # A code that was withdrawn and comes back keeps its id, for old labels bear it.
        back = {name: statement.excluded[name] for name in rows[0]} | {"valid_to": None}
        connection.execute(statement.on_conflict_do_update(index_elements=["scheme_id", "code"], set_=back), rows)
    if changed:
        rows = [_row(code, scheme_id, national) for code in changed]
        fields = [name for name in rows[0] if name not in {"scheme_id", "code"}]
        connection.execute(
            update(WasteClass.__table__)  # type: ignore[arg-type] # a Table, though typed as FromClause
            .where(WasteClass.scheme_id == bindparam("of"), WasteClass.code == bindparam("known"))
            .values({name: bindparam(f"new_{name}") for name in fields}),
            [{"of": scheme_id, "known": row["code"]} | {f"new_{name}": row[name] for name in fields} for row in rows],
        )
    if written.removed:
        gone = [code.code for code in written.removed]
        connection.execute(
            update(WasteClass)
            .where(WasteClass.scheme_id == scheme_id, WasteClass.code == func.any(gone))
            .values(valid_to=on - timedelta(days=1))
        )


def write_rows(connection: Connection, scheme_id: int, planned: Plan, on: date) -> None:
    _write_categories(connection, scheme_id, planned.categories)
    _write_codes(connection, scheme_id, planned, on)
    connection.execute(_SEARCH_TEXT, {"scheme_id": scheme_id})


def _close_previous(connection: Connection, edition: Edition, on: date, park_id: int | None) -> tuple[str, ...]:
    """End the older editions of the scheme. One that stood in did so until yesterday, and that is remembered: a fact
    of last week that arrives today was rightly classified by it."""
    older = and_(
        WasteScheme.scheme == edition.scheme,
        WasteScheme.valid_from < edition.valid_from,
        WasteScheme.park_id.is_not_distinct_from(park_id),
    )
    yesterday = on - timedelta(days=1)
    stood = (
        update(WasteScheme)
        .where(older, WasteScheme.stands_in, WasteScheme.stood_in_until.is_(None))
        .values(stood_in_until=func.greatest(WasteScheme.valid_to, yesterday))
    )
    open_ended = (
        update(WasteScheme)
        .where(older, WasteScheme.valid_to.is_(None))
        .values(valid_to=edition.valid_from - timedelta(days=1), superseded_by=edition.shown)
    )
    closed = [
        f"{row.scheme}-{row.edition}"
        for statement in (stood, open_ended)
        for row in connection.execute(statement.returning(WasteScheme.scheme, WasteScheme.edition))
    ]
    return tuple(sorted(closed))


def apply_import(
    connection: Connection,
    planned: Plan,
    *,
    on: date,
    by: str,
    close_previous: bool = False,
    park_id: int | None = None,
) -> tuple[str, ...]:
    """Write a plan and log it. Returns the editions closed.

    ``on`` is the first day the new state holds: withdrawn codes and closed editions end the day before. ``by`` names
    the person or program. The plan must have been made against the present rows, within the same transaction."""
    take_turns(connection)
    edition = planned.edition
    scheme_id = write_scheme(connection, edition, "imported", park_id)
    write_rows(connection, scheme_id, planned, on)
    closed = _close_previous(connection, edition, on, park_id) if close_previous else ()
    result = {
        "added": len(planned.added),
        "changed": len(planned.changed),
        "withdrawn": [code.code for code in planned.removed],
        "unchanged": planned.unchanged,
        "closed": list(closed),
    }
    connection.execute(
        insert(CatalogueImport).values(
            scheme_id=scheme_id,
            imported_by=by,
            file_name=planned.file_name,
            checksum=edition.checksum,
            rows=planned.rows,
            verified=edition.verified,
            result=result,
        )
    )
    return closed
