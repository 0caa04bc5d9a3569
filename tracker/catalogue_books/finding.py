"""Reading the lists: by id, by code, and by whatever a person types."""

import re
import unicodedata
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, case, false, func, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from tracker.catalogue.listed import ListedClass
from tracker.catalogue.schemes import Category, Edition, Exemption
from tracker.problems import Problem
from tracker.tables.catalogue import WasteCategory, WasteClass, WasteExemption, WasteScheme

LIMIT_MAX = 200
QUERY_CHARACTERS_MAX = 100

_Order = ColumnElement[Any] | InstrumentedAttribute[Any]

_EDITION = (
    WasteScheme.scheme,
    WasteScheme.edition,
    WasteScheme.name_zh.label("edition_zh"),
    WasteScheme.name_en.label("edition_en"),
    WasteScheme.valid_from.label("edition_from"),
    WasteScheme.valid_to.label("edition_to"),
    WasteScheme.superseded_by,
    WasteScheme.stands_in,
    WasteScheme.stood_in_until,
    WasteScheme.verified.label("edition_verified"),
    WasteScheme.english,
    WasteScheme.source,
    WasteScheme.checksum,
    WasteScheme.park_id,
)
_CLASS = (
    WasteClass.id,
    WasteClass.code,
    WasteClass.category_code,
    WasteClass.name_zh,
    WasteClass.name_en,
    WasteClass.hazardous,
    WasteClass.properties,
    WasteClass.entry,
    WasteClass.industry,
    WasteClass.description,
    WasteClass.verified,
    WasteClass.valid_from,
    WasteClass.valid_to,
    WasteClass.mapped_to,
    WasteCategory.parent.label("category_parent"),
    WasteCategory.name_zh.label("category_zh"),
    WasteCategory.name_en.label("category_en"),
    WasteCategory.verified.label("category_verified"),
)


def _edition(row: Row[*tuple[Any, ...]]) -> Edition:
    return Edition(
        scheme=row.scheme,
        edition=row.edition,
        name_zh=row.edition_zh,
        name_en=row.edition_en,
        valid_from=row.edition_from,
        valid_to=row.edition_to,
        superseded_by=row.superseded_by,
        stands_in=row.stands_in,
        verified=row.edition_verified,
        english=row.english,
        source=row.source,
        checksum=row.checksum,
        stood_in_until=row.stood_in_until,
    )


def _listed(row: Row[*tuple[Any, ...]]) -> ListedClass:
    category = None
    if row.category_code is not None:
        # A list may use a heading that it never names; the code alone is still shown.
        verified = bool(row.category_verified)
        category = Category(row.category_code, row.category_parent, row.category_zh, row.category_en, verified)
    return ListedClass(
        id=row.id,
        edition=_edition(row),
        code=row.code,
        category=category,
        name_zh=row.name_zh,
        name_en=row.name_en,
        hazardous=row.hazardous,
        properties=tuple(row.properties),
        entry=row.entry,
        industry=row.industry,
        description=row.description,
        verified=row.verified,
        begun=row.valid_from,
        withdrawn=row.valid_to,
        mapped_to=row.mapped_to,
        park_id=row.park_id,
    )


def _classes() -> Select[*tuple[Any, ...]]:
    heading = and_(WasteCategory.scheme_id == WasteClass.scheme_id, WasteCategory.code == WasteClass.category_code)
    return (
        select(*_CLASS, *_EDITION)
        .join(WasteScheme, WasteScheme.id == WasteClass.scheme_id)
        .outerjoin(WasteCategory, heading)
    )


def _covers(on: date) -> ColumnElement[bool]:
    """``Edition.covers`` as SQL; a test holds the two together."""
    standing = and_(
        WasteScheme.stands_in,
        or_(WasteScheme.stood_in_until.is_(None), WasteScheme.stood_in_until >= on),
    )
    return and_(
        WasteScheme.valid_from <= on,
        or_(WasteScheme.valid_to.is_(None), WasteScheme.valid_to >= on, standing),
    )


def _of(park_id: int | None) -> ColumnElement[bool]:
    """The national lists, and the park's own when one is named."""
    national = WasteScheme.park_id.is_(None)
    return national if park_id is None else or_(national, WasteScheme.park_id == park_id)


def editions(connection: Connection, *, on: date | None = None, park_id: int | None = None) -> list[Edition]:
    """The editions held, newest first within a scheme; with ``on``, those a waste may be classified by that day."""
    query = select(*_EDITION).where(_of(park_id)).order_by(WasteScheme.scheme, WasteScheme.valid_from.desc())
    if on is not None:
        query = query.where(_covers(on))
    return [_edition(row) for row in connection.execute(query)]


def in_force(connection: Connection, scheme: str, *, on: date, park_id: int | None = None) -> Edition | None:
    """The edition of ``scheme`` (as ``CN-HW``) to classify by on a day: the newest that covers it, null when none."""
    held = editions(connection, on=on, park_id=park_id)
    return next((edition for edition in held if edition.scheme == scheme), None)


def get(connection: Connection, scheme: str, edition: str, code: str) -> ListedClass | None:
    """One code of one edition, withdrawn or not; null if not there. ``code`` is in canonical form."""
    query = _classes().where(WasteScheme.scheme == scheme, WasteScheme.edition == edition, WasteClass.code == code)
    row = connection.execute(query).one_or_none()
    return None if row is None else _listed(row)


def by_id(connection: Connection, class_id: int) -> ListedClass | None:
    """The code behind the four bytes of a label."""
    row = connection.execute(_classes().where(WasteClass.id == class_id)).one_or_none()
    return None if row is None else _listed(row)


def require(
    connection: Connection, scheme: str, edition: str, code: str, *, on: date, park_id: int | None = None
) -> ListedClass:
    """A code to plan with on a day. Refuses with ``waste_scheme_unknown``, ``waste_code_unknown`` or what
    ``ListedClass.judge`` says of the day."""
    known = select(WasteScheme.id).where(_of(park_id), WasteScheme.scheme == scheme, WasteScheme.edition == edition)
    if connection.scalar(known) is None:
        raise Problem("waste_scheme_unknown", scheme=f"{scheme}-{edition}"[:60])
    listed = get(connection, scheme, edition, code)
    if listed is None:
        raise Problem("waste_code_unknown", scheme=f"{scheme}-{edition}", value=code[:40])
    listed.judge(on)
    return listed


def exemptions(connection: Connection, scheme: str, edition: str, code: str) -> list[Exemption]:
    """The rows of the edition's exemption list that name this code or its category, in printed order."""
    query = (
        select(WasteExemption)
        .join(WasteScheme, WasteScheme.id == WasteExemption.scheme_id)
        .where(
            WasteScheme.scheme == scheme,
            WasteScheme.edition == edition,
            or_(
                WasteExemption.codes.contains([code]),
                WasteExemption.categories.contains([f"HW{code[-2:]}"]),
            ),
        )
        .order_by(WasteExemption.position)
    )
    return [
        Exemption(
            position=row.position,
            item=row.item,
            codes=tuple(row.codes),
            categories=tuple(row.categories),
            scope_zh=row.scope_zh,
            waste_zh=row.waste_zh,
            stages=tuple(row.stages),
            condition_zh=row.condition_zh,
            relief_zh=row.relief_zh,
        )
        for row in connection.execute(query)
    ]


# --- search --------------------------------------------------------------------------------------------------------

_CODE_LIKE = re.compile(r"(?=.*\d)[\ds .*-]+")
_LATIN = re.compile(r"[a-z][a-z ]*")


def _plain(query: str) -> str:
    """The query as ``search_text`` is written: NFKC, small letters, single blanks. Raises on what cannot be meant."""
    if len(query) > QUERY_CHARACTERS_MAX:
        raise Problem("text_too_long", limit=QUERY_CHARACTERS_MAX)
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in query.strip()):
        raise Problem("text_not_plain")
    words = " ".join(unicodedata.normalize("NFKC", query).lower().split())
    return re.sub(r"^hw ?(?=\d{3})", "", words)


def _matches(query: str, compact: str) -> ColumnElement[bool]:
    words = and_(*(WasteClass.search_text.contains(word, autoescape=True) for word in query.split()))
    if not compact:
        return words
    digits = func.lower(func.replace(WasteClass.code, "-", ""))
    return or_(digits.contains(compact, autoescape=True), words)


def _rank(query: str, compact: str) -> ColumnElement[int]:
    """0 the code itself, 1 it begins so, 2 it holds it, 3 the name itself, 4 it begins so, 5 holds the word, 6 holds
    the letters, 7 found elsewhere: oil before soil, a name before a description."""
    code = func.lower(WasteClass.code)
    digits = func.replace(code, "-", "")
    names = func.lower(func.concat_ws(" ", WasteClass.name_zh, WasteClass.name_en))
    fragment = compact or query
    word = names.regexp_match(rf"\m{query}") if _LATIN.fullmatch(query) else false()
    return case(
        (or_(code == query, digits == fragment), 0),
        (or_(code.startswith(query, autoescape=True), digits.startswith(fragment, autoescape=True)), 1),
        (digits.contains(fragment, autoescape=True), 2),
        (or_(func.lower(WasteClass.name_zh) == query, func.lower(WasteClass.name_en) == query), 3),
        (names.startswith(query, autoescape=True), 4),
        (word, 5),
        (names.contains(query, autoescape=True), 6),
        else_=7,
    )


def find(
    connection: Connection,
    query: str,
    scheme: str | None = None,
    *,
    on: date,
    limit: int = 20,
    park_id: int | None = None,
) -> list[ListedClass]:
    """Codes in use on a day that fit what was typed: part of a code, Chinese, or English words, the best first.

    ``scheme`` is ``CN-HW`` or, with its edition, ``CN-HW-2021``. An empty query lists codes in order. At most 200 are
    given. Raises ``text_too_long`` and ``text_not_plain``; text that means nothing finds nothing."""
    plain = _plain(query)
    compact = re.sub(r"[ .*-]", "", plain) if _CODE_LIKE.fullmatch(plain) else ""
    found = _classes().where(
        _of(park_id),
        _covers(on),
        or_(WasteClass.valid_from.is_(None), WasteClass.valid_from <= on),
        or_(WasteClass.valid_to.is_(None), WasteClass.valid_to >= on),
    )
    if scheme is not None:
        shown = WasteScheme.scheme + "-" + WasteScheme.edition
        found = found.where(or_(WasteScheme.scheme == scheme, shown == scheme))
    order: list[ColumnElement[Any] | InstrumentedAttribute[Any]] = [
        WasteScheme.scheme,
        WasteScheme.valid_from.desc(),
        WasteClass.code,
    ]
    if plain:
        length = func.length(func.coalesce(WasteClass.name_zh, WasteClass.name_en))
        found = found.where(_matches(plain, compact))
        order = [_rank(plain, compact), length, *order]
    bounded = max(1, min(limit, LIMIT_MAX))
    return [_listed(row) for row in connection.execute(found.order_by(*order).limit(literal(bounded)))]
