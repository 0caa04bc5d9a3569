"""Lists of wastes: schemes in their editions, categories, codes, exemptions, industries, and who imported what.

These rows are the same for every park, but for a park's own list, so no row-level security stands on them.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    DDL,
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    SmallInteger,
    Text,
    UniqueConstraint,
    event,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from tracker.tables.base import Base

_NO_TEXTS = text("'{}'::text[]")


class WasteScheme(Base):
    """One edition of one list. ``valid_to`` is its last day in law.

    ``stands_in`` marks an ended edition that stays usable because its successor's rows are not at hand;
    ``stood_in_until`` is the last day it did, null while it still does. ``origin`` keeps an imported edition safe from
    the shipped files, ``english`` says who wrote the English names, ``checksum`` is a sha256 in hexadecimal."""

    __tablename__ = "waste_scheme"
    id: Mapped[int] = mapped_column(SmallInteger, Identity(always=True), primary_key=True)
    scheme: Mapped[str]
    edition: Mapped[str]
    name_zh: Mapped[str]
    name_en: Mapped[str]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    superseded_by: Mapped[str | None]
    stands_in: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    stood_in_until: Mapped[date | None]
    verified: Mapped[bool]
    english: Mapped[str]
    source: Mapped[str]
    checksum: Mapped[str]
    origin: Mapped[str]
    park_id: Mapped[int | None] = mapped_column(ForeignKey("park.id"))
    __table_args__ = (
        UniqueConstraint("scheme", "edition"),
        CheckConstraint("scheme ~ '^[A-Z0-9][A-Z0-9-]{1,31}$'", name="scheme_shape"),
        CheckConstraint("edition ~ '^[0-9A-Z]{1,16}$'", name="edition_shape"),
        CheckConstraint("valid_to >= valid_from", name="ends_after_it_begins"),
        CheckConstraint(
            "NOT stands_in OR (valid_to IS NOT NULL AND superseded_by IS NOT NULL)", name="stands_in_ended"
        ),
        CheckConstraint("stood_in_until IS NULL OR (stands_in AND stood_in_until >= valid_to)", name="stood_in"),
        CheckConstraint("english IN ('official','ours','none')", name="english_known"),
        CheckConstraint("origin IN ('shipped','imported')", name="origin_known"),
        CheckConstraint("checksum ~ '^[0-9a-f]{64}$'", name="checksum_shape"),
    )


class WasteCategory(Base):
    """A heading over codes, for search and display; never given to a batch."""

    __tablename__ = "waste_category"
    scheme_id: Mapped[int] = mapped_column(SmallInteger, ForeignKey("waste_scheme.id"), primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    parent: Mapped[str | None]
    name_zh: Mapped[str | None]
    name_en: Mapped[str | None]
    verified: Mapped[bool]
    __table_args__ = (CheckConstraint("num_nonnulls(name_zh, name_en) > 0", name="named"),)


class WasteClass(Base):
    """A code of one edition. Its id is printed on labels in four bytes: a row is withdrawn, never deleted or given to
    another code. ``valid_from`` and ``valid_to`` narrow the edition's own; ``mapped_to`` is the national code of a
    park's code; ``search_text`` is written by the books from all that a person might type."""

    __tablename__ = "waste_class"
    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    scheme_id: Mapped[int] = mapped_column(SmallInteger, ForeignKey("waste_scheme.id"))
    code: Mapped[str]
    category_code: Mapped[str | None]
    name_zh: Mapped[str | None]
    name_en: Mapped[str | None]
    hazardous: Mapped[bool]
    properties: Mapped[list[str]] = mapped_column(ARRAY(Text()), server_default=_NO_TEXTS)
    entry: Mapped[str | None]
    industry: Mapped[str | None]
    description: Mapped[str | None]
    verified: Mapped[bool]
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    mapped_to: Mapped[int | None] = mapped_column(ForeignKey("waste_class.id"))
    search_text: Mapped[str] = mapped_column(server_default=text("''"))
    __table_args__ = (
        UniqueConstraint("scheme_id", "code"),
        CheckConstraint("id > 0", name="fits_label"),
        CheckConstraint("code ~ '^[0-9A-Z][0-9A-Z.-]{0,31}$'", name="code_shape"),
        CheckConstraint("num_nonnulls(name_zh, name_en) > 0", name="named"),
        CheckConstraint("properties <@ ARRAY['T','C','I','R','In']", name="properties_known"),
        CheckConstraint("entry IN ('absolute','mirror')", name="entry_known"),
        CheckConstraint("valid_to >= valid_from", name="ends_after_it_begins"),
        CheckConstraint("mapped_to <> id", name="not_mapped_to_itself"),
        # Two Chinese characters make no trigram: such a search reads the whole table, which is small.
        Index(
            "ix_waste_class_search",
            "search_text",
            postgresql_using="gin",
            postgresql_ops={"search_text": "gin_trgm_ops"},
        ),
    )


class WasteExemption(Base):
    """A row of the exemption list of a hazardous edition; ``position`` is its place in print."""

    __tablename__ = "waste_exemption"
    scheme_id: Mapped[int] = mapped_column(SmallInteger, ForeignKey("waste_scheme.id"), primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    item: Mapped[int] = mapped_column(SmallInteger)
    codes: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    categories: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    scope_zh: Mapped[str | None]
    waste_zh: Mapped[str]
    stages: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    condition_zh: Mapped[str]
    relief_zh: Mapped[str]
    __table_args__ = (
        CheckConstraint(
            "stages <@ ARRAY['all','collection','storage','transport','use','disposal'] AND cardinality(stages) > 0",
            name="stages_known",
        ),
    )


class Industry(Base):
    """GB/T 4754: level 1 a section's letter, 2 a division, 3 a group (the first digits of a waste code), 4 a class."""

    __tablename__ = "industry"
    standard: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    level: Mapped[int] = mapped_column(SmallInteger)
    section: Mapped[str]
    parent: Mapped[str | None]
    name_zh: Mapped[str]
    __table_args__ = (
        CheckConstraint("level BETWEEN 1 AND 4 AND length(code) = level", name="level_is_length"),
        CheckConstraint("(parent IS NULL) = (level = 1)", name="sections_have_no_parent"),
    )


class CatalogueImport(Base):
    """Who put which file into which edition: appended, never changed. ``result`` counts what the plan did."""

    __tablename__ = "catalogue_import"
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    scheme_id: Mapped[int] = mapped_column(SmallInteger, ForeignKey("waste_scheme.id"))
    imported_at: Mapped[datetime] = mapped_column(server_default=func.now())
    imported_by: Mapped[str]
    file_name: Mapped[str]
    checksum: Mapped[str]
    rows: Mapped[int]
    verified: Mapped[bool]
    result: Mapped[dict[str, Any]] = mapped_column(JSONB())
    __table_args__ = (CheckConstraint("rows >= 0", name="rows_not_negative"),)


# Trusted in PostgreSQL 13 and later: the owner of the database may create it. Migrations say it for themselves.
event.listen(WasteClass.__table__, "before_create", DDL("CREATE EXTENSION IF NOT EXISTS pg_trgm"))  # type: ignore[no-untyped-call]
