"""Where everything stands now: batches, manifests with their carriers and lines, labels, number series.

All of it is derived: ``tracker verify`` folds the log from zero and must find the same rows.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    LargeBinary,
    Sequence,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from tracker.tables.base import Base

#: What is compared of a plate, as ``tracker.plates.key`` has it.
PLATE_KEY = "regexp_replace(translate(upper(plate), 'OI', '01'), '[^A-Z0-9]', '', 'g')"

#: Keys are drawn before the rows are written, because the postings of a fact need them in the same breath.
BATCH_KEYS = Sequence("batch_key", metadata=Base.metadata, data_type=BigInteger)


class Batch(Base):
    """The smallest thing that is traced. ``grams`` is what is left of it; custody is with ``holder_id``."""

    __tablename__ = "batch"
    park_id: Mapped[int] = mapped_column(ForeignKey("park.id"), primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    uuid: Mapped[UUID]
    class_id: Mapped[int | None] = mapped_column(ForeignKey("waste_class.id"))
    raw_class: Mapped[str | None]
    generator_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"))
    holder_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"))
    state: Mapped[str]
    free_state: Mapped[str]
    grams: Mapped[int] = mapped_column(BigInteger)
    grams_at_start: Mapped[int] = mapped_column(BigInteger)
    measured: Mapped[bool]
    form: Mapped[str | None]
    container: Mapped[str | None]
    process: Mapped[str | None]
    store_id: Mapped[int | None] = mapped_column(ForeignKey("place.id"))
    manifest_id: Mapped[int | None] = mapped_column(BigInteger)
    came_by_id: Mapped[int | None] = mapped_column(BigInteger)
    mass_fact: Mapped[UUID]
    generated_at: Mapped[datetime]
    held_since: Mapped[datetime]
    last_fact: Mapped[UUID]
    last_index: Mapped[int] = mapped_column(BigInteger)
    last_observed_at: Mapped[datetime]
    alerted_at: Mapped[datetime | None]
    __table_args__ = (
        UniqueConstraint("park_id", "uuid"),
        CheckConstraint("grams >= 0", name="grams_not_negative"),
        CheckConstraint(
            "state IN ('on_site','reserved','in_transit','deposited','arrived','received','refused','returning',"
            "'treated','split','combined','dissolved')",
            name="state_known",
        ),
        CheckConstraint("(state IN ('treated','split','combined','dissolved')) = (grams = 0)", name="ends_are_empty"),
        CheckConstraint("(class_id IS NULL) <> (raw_class IS NULL)", name="class_or_raw"),
        Index("ix_batch_park_id_holder_id", "park_id", "holder_id", "id"),
        Index("ix_batch_park_id_generator_id", "park_id", "generator_id", "id"),
        Index("ix_batch_store", "park_id", "store_id", postgresql_where=text("store_id IS NOT NULL")),
        Index(
            "ix_batch_stock_since",
            "park_id",
            "held_since",
            postgresql_where=text("state IN ('on_site','received') AND alerted_at IS NULL"),
        ),
    )


class Manifest(Base):
    """The document of one consignment. A draft lives only here; from issue on the row follows from its facts."""

    __tablename__ = "manifest"
    park_id: Mapped[int] = mapped_column(ForeignKey("park.id"), primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    uuid: Mapped[UUID]
    number: Mapped[str | None]
    #: Its number without the end, which some ten thousand share: by these the numbers that begin alike are counted off.
    stem: Mapped[str | None] = mapped_column(Computed("\"left\"(number, '-6'::integer)", persisted=True))
    state: Mapped[str]
    hazardous: Mapped[bool]
    generator_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"))
    receiver_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"))
    treatment: Mapped[str]
    permit_uuid: Mapped[UUID | None]
    #: The manifest whose refused batches this one brings back.
    returns_uuid: Mapped[UUID | None]
    #: The approval or filing of a transfer across provinces; the emergency sheet it was written on.
    filing: Mapped[str | None]
    sheet: Mapped[str | None]
    draft: Mapped[dict[str, Any] | None]
    revision: Mapped[int]
    remark: Mapped[str | None]
    made_at: Mapped[datetime]
    issued_at: Mapped[datetime | None]
    due_pickup_at: Mapped[datetime | None]
    alerted_at: Mapped[datetime | None]
    __table_args__ = (
        UniqueConstraint("park_id", "uuid"),
        # Pattern order, so that the beginning of a number finds it too.
        Index(
            "uq_manifest_park_id_number",
            "park_id",
            "number",
            unique=True,
            postgresql_ops={"number": "text_pattern_ops"},
        ),
        Index(
            "ix_manifest_stem",
            "park_id",
            "stem",
            "id",
            postgresql_ops={"stem": "text_pattern_ops"},
            postgresql_where=text("stem IS NOT NULL"),
        ),
        CheckConstraint(
            "state IN ('draft','issued','under_way','delivered','closed','refused','part_refused','voided','expired')",
            name="state_known",
        ),
        CheckConstraint("(state = 'draft') = (number IS NULL)", name="issued_has_number"),
        Index("ix_manifest_returns", "park_id", "returns_uuid", postgresql_where=text("returns_uuid IS NOT NULL")),
        # A sheet of paper is one manifest: entered twice, the second finds the first.
        Index("uq_manifest_sheet", "park_id", "sheet", unique=True, postgresql_where=text("sheet IS NOT NULL")),
        # A page of a list is read from the end of one of these, state by state.
        Index("ix_manifest_park_id_state", "park_id", "state", "id"),
        Index("ix_manifest_park_id_generator_id", "park_id", "generator_id", "state", "id"),
        Index("ix_manifest_park_id_receiver_id", "park_id", "receiver_id", "state", "id"),
        Index(
            "ix_manifest_due",
            "park_id",
            "due_pickup_at",
            postgresql_where=text("state = 'issued' AND alerted_at IS NULL"),
        ),
        Index("ix_manifest_unpicked", "park_id", "issued_at", postgresql_where=text("state = 'issued'")),
        Index("ix_manifest_under_way", "park_id", "id", postgresql_where=text("state = 'under_way'")),
    )


class ManifestCarrier(Base):
    """The carriers in leg order, and the stores that keep the load between them."""

    __tablename__ = "manifest_carrier"
    park_id: Mapped[int] = mapped_column(primary_key=True)
    manifest_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    leg: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"))
    plate: Mapped[str | None]
    took_over_at: Mapped[datetime | None]
    what: Mapped[str]
    lapsed: Mapped[bool]
    __table_args__ = (
        CheckConstraint("what IN ('carrier','store')", name="what_known"),
        ForeignKeyConstraint(["park_id", "manifest_id"], ["manifest.park_id", "manifest.id"]),
        Index("ix_manifest_carrier_park_id_enterprise_id", "park_id", "enterprise_id", "manifest_id"),
        # A plate as somebody at the roadside reads it: see ``tracker.plates``.
        Index("ix_manifest_carrier_plate", "park_id", text(PLATE_KEY)),
    )


class ManifestLine(Base):
    """One batch on a manifest, and what became of it there."""

    __tablename__ = "manifest_line"
    park_id: Mapped[int] = mapped_column(primary_key=True)
    manifest_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    batch_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    planned_grams: Mapped[int] = mapped_column(BigInteger)
    loaded_grams: Mapped[int | None] = mapped_column(BigInteger)
    accepted_grams: Mapped[int | None] = mapped_column(BigInteger)
    refused_grams: Mapped[int | None] = mapped_column(BigInteger)
    outcome: Mapped[str]
    finished: Mapped[bool]
    pickup_fact: Mapped[UUID | None]
    pickup_enterprise_id: Mapped[int | None] = mapped_column(ForeignKey("enterprise.id"))
    #: The batch on the same manifest that this one is the refused part of.
    part_of: Mapped[UUID | None]
    __table_args__ = (
        ForeignKeyConstraint(["park_id", "manifest_id"], ["manifest.park_id", "manifest.id"]),
        ForeignKeyConstraint(["park_id", "batch_id"], ["batch.park_id", "batch.id"]),
        CheckConstraint(
            "outcome IN ('planned','loaded','whole','part','refused','returned','released')", name="outcome_known"
        ),
        # One open manifest per batch: two trucks cannot both be promised the same drum.
        Index(
            "uq_manifest_line_open_batch",
            "park_id",
            "batch_id",
            unique=True,
            postgresql_where=text("outcome IN ('planned','loaded')"),
        ),
        Index("ix_manifest_line_park_id_batch_id", "park_id", "batch_id"),
    )


class Label(Base):
    """The log of issuance: a label is written here before it is printed, and never changed. Signed is not enough: a
    valid signature whose label is not here reads "not issued". Only what was printed before there was anything to put
    it on is told later, once, what it was put on: the batch of a roll's label, the manifest of a number's."""

    __tablename__ = "label"
    park_id: Mapped[int] = mapped_column(ForeignKey("park.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    human_code: Mapped[str]
    signed: Mapped[bytes] = mapped_column(LargeBinary)
    what: Mapped[str]
    batch_uuid: Mapped[UUID | None]
    manifest_uuid: Mapped[UUID | None]
    #: The roll it is on, where it is on one.
    roll_uuid: Mapped[UUID | None]
    issued_at: Mapped[datetime]
    issued_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    __table_args__ = (
        CheckConstraint("what IN ('batch','manifest','roll','sheet')", name="what_known"),
        CheckConstraint("(what = 'roll') = (roll_uuid IS NOT NULL)", name="of_a_roll"),
        ForeignKeyConstraint(["park_id", "roll_uuid"], ["label_roll.park_id", "label_roll.uuid"]),
        Index("ix_label_roll", "park_id", "roll_uuid", "id", postgresql_where=text("roll_uuid IS NOT NULL")),
        Index(
            "ix_label_park_id_human_code",
            "park_id",
            "human_code",
            postgresql_ops={"human_code": "text_pattern_ops"},
        ),
        Index("ix_label_park_id_batch_uuid", "park_id", "batch_uuid"),
        Index("ix_label_park_id_manifest_uuid", "park_id", "manifest_uuid"),
    )


class NumberSeries(Base):
    """The next serial of a manifest number series; the row lock makes it gap-free."""

    __tablename__ = "number_series"
    park_id: Mapped[int] = mapped_column(ForeignKey("park.id"), primary_key=True)
    series: Mapped[str] = mapped_column(primary_key=True)
    last: Mapped[int] = mapped_column(BigInteger)
