"""Numbers beside the series itself: those that other systems gave a manifest, and those given out in blocks."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, ForeignKeyConstraint, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from tracker.tables.base import Base


class ExternalNumber(Base):
    """A manifest's number in another system. Never changed and never deleted: one that was wrong is removed by saying
    who did it, when and why. ``folded`` is what is compared: capitals, half width, no spaces and no hyphens."""

    __tablename__ = "external_number"
    park_id: Mapped[int] = mapped_column(ForeignKey("park.id"), primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    manifest_uuid: Mapped[UUID]
    system: Mapped[str]
    name: Mapped[str]
    number: Mapped[str]
    folded: Mapped[str]
    enterprise_id: Mapped[int | None] = mapped_column(ForeignKey("enterprise.id"))
    added_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    added_at: Mapped[datetime]
    removed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    removed_at: Mapped[datetime | None]
    removed_why: Mapped[str | None]
    __table_args__ = (
        ForeignKeyConstraint(["park_id", "manifest_uuid"], ["manifest.park_id", "manifest.uuid"]),
        CheckConstraint("system IN ('national','province','customs','park','erp','other')", name="system_known"),
        CheckConstraint("(removed_at IS NULL) = (removed_why IS NULL)", name="removed_with_reason"),
        CheckConstraint("folded <> ''", name="says_something"),
        # A number stands for one manifest, and a manifest has one number, in each system.
        Index(
            "uq_external_number_standing",
            "park_id",
            "folded",
            "system",
            "name",
            unique=True,
            postgresql_ops={"folded": "text_pattern_ops"},
            postgresql_where=text("removed_at IS NULL"),
        ),
        Index(
            "uq_external_number_of_manifest",
            "park_id",
            "manifest_uuid",
            "system",
            "name",
            unique=True,
            postgresql_where=text("removed_at IS NULL"),
        ),
        Index("ix_external_number_park_id_manifest_uuid", "park_id", "manifest_uuid", "id"),
    )


class NumberBlock(Base):
    """Numbers given out before they are used: to a phone that may be without a network, or to a sheet of paper. Closed
    once nothing in it can be used any more."""

    __tablename__ = "number_block"
    park_id: Mapped[int] = mapped_column(ForeignKey("park.id"), primary_key=True)
    uuid: Mapped[UUID] = mapped_column(primary_key=True)
    series: Mapped[str]
    first: Mapped[int] = mapped_column(BigInteger)
    last: Mapped[int] = mapped_column(BigInteger)
    holder_kind: Mapped[str]
    holder: Mapped[str]
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"))
    #: Of a block on a phone: which phone, until when, and what for (``tracker.numbering.Terms``).
    device_uuid: Mapped[UUID | None]
    until: Mapped[datetime | None]
    terms: Mapped[dict[str, Any] | None]
    given_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    given_at: Mapped[datetime]
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    closed_at: Mapped[datetime | None]
    closed_why: Mapped[str | None]
    __table_args__ = (
        ForeignKeyConstraint(["park_id", "series"], ["number_series.park_id", "number_series.series"]),
        CheckConstraint("first BETWEEN 1 AND last", name="in_order"),
        CheckConstraint("holder_kind IN ('device','sheet','other')", name="holder_kind_known"),
        CheckConstraint("(closed_at IS NULL) = (closed_why IS NULL)", name="closed_with_reason"),
        CheckConstraint("(device_uuid IS NULL) = (until IS NULL)", name="of_a_phone_until"),
        CheckConstraint("(device_uuid IS NULL) = (terms IS NULL)", name="of_a_phone_on_terms"),
        Index("ix_number_block_device", "park_id", "device_uuid", postgresql_where=text("device_uuid IS NOT NULL")),
        Index("ix_number_block_park_id_enterprise_id", "park_id", "enterprise_id", "given_at"),
        Index("uq_number_block_first", "park_id", "series", "first", unique=True),
    )


class BlockSerial(Base):
    """One number of a block: open until it is used by a manifest, returned unused, or spoilt. Each of that happens
    once."""

    __tablename__ = "block_serial"
    park_id: Mapped[int] = mapped_column(ForeignKey("park.id"), primary_key=True)
    series: Mapped[str] = mapped_column(primary_key=True)
    serial: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    number: Mapped[str]
    block_uuid: Mapped[UUID]
    #: The label that was signed for it beforehand, so that whoever issues without a network has a code to show.
    label_id: Mapped[UUID | None]
    state: Mapped[str]
    manifest_uuid: Mapped[UUID | None]
    settled_at: Mapped[datetime | None]
    __table_args__ = (
        ForeignKeyConstraint(["park_id", "block_uuid"], ["number_block.park_id", "number_block.uuid"]),
        ForeignKeyConstraint(["park_id", "label_id"], ["label.park_id", "label.id"]),
        CheckConstraint("state IN ('open','used','returned','spoilt')", name="state_known"),
        CheckConstraint("(state = 'used') = (manifest_uuid IS NOT NULL)", name="used_by_a_manifest"),
        CheckConstraint("(state = 'open') = (settled_at IS NULL)", name="settled_at_a_time"),
        Index("ix_block_serial_park_id_block_uuid", "park_id", "block_uuid", "serial"),
        Index("uq_block_serial_number", "park_id", "number", unique=True),
    )
