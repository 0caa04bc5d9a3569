"""Phones that an enterprise works with: their keys, who may use them, what they signed, and what came after one was
withdrawn."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Identity, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tracker.tables.base import Base


class Device(Base):
    """A phone that was registered for an enterprise of a park. ``revoked_at`` set: what it sends is quarantined.

    Without row-level security, like the API keys: who is calling is known by it before any park is entered.
    """

    __tablename__ = "device"
    uuid: Mapped[UUID] = mapped_column(primary_key=True)
    park_id: Mapped[int] = mapped_column(ForeignKey("park.id"))
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"), index=True)
    name: Mapped[str]
    registered_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    registered_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    revoked_why: Mapped[str | None]
    __table_args__ = (
        CheckConstraint("(revoked_at IS NULL) = (revoked_why IS NULL)", name="revoked_has_reason"),
        CheckConstraint("length(name) BETWEEN 1 AND 100", name="name_length"),
        Index("ix_device_park", "park_id", "registered_at"),
    )


class DeviceKey(Base):
    """The public half of a phone's signing key: the 65 bytes of a P-256 point. A phone that lost its store makes
    another pair; the old one stays, so that what it signed can still be believed."""

    __tablename__ = "device_key"
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    device_uuid: Mapped[UUID] = mapped_column(ForeignKey("device.uuid"))
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    made_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime]
    __table_args__ = (
        CheckConstraint("length(public_key) = 65", name="point_of_65_bytes"),
        UniqueConstraint("device_uuid", "public_key"),
    )


class DeviceGrant(Base):
    """What lets a person work on a phone without typing the password again. Only the SHA-256 of the token is kept.
    ``scope`` full: everything the person may; send: nothing but to send what they recorded."""

    __tablename__ = "device_grant"
    device_uuid: Mapped[UUID] = mapped_column(ForeignKey("device.uuid"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, index=True)
    scope: Mapped[str] = mapped_column(primary_key=True)
    park_id: Mapped[int] = mapped_column(ForeignKey("park.id"))
    digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    epoch: Mapped[int]
    made_at: Mapped[datetime]
    __table_args__ = (CheckConstraint("scope IN ('full','send')", name="scope_known"),)


class FactSignature(Base):
    """The signature a phone put under a fact, and whether it was right when it came. ``signed_digest`` is the SHA-256
    of the canonical JSON that was signed, private parts and all: what is here proves a file, and tells nothing."""

    __tablename__ = "fact_signature"
    park_id: Mapped[int] = mapped_column(ForeignKey("park.id"), primary_key=True)
    fact_id: Mapped[UUID] = mapped_column(primary_key=True)
    device_uuid: Mapped[UUID] = mapped_column(ForeignKey("device.uuid"))
    signature: Mapped[bytes] = mapped_column(LargeBinary)
    signed_digest: Mapped[bytes] = mapped_column(LargeBinary)
    right: Mapped[bool]
    came_at: Mapped[datetime]


class Quarantine(Base):
    """What a withdrawn phone sent: as it came over the wire, but for what is personal. ``state`` held until somebody of
    the teller's enterprise or the park decides: admitted (it went through the one door) or set_aside."""

    __tablename__ = "quarantine"
    park_id: Mapped[int] = mapped_column(ForeignKey("park.id"), primary_key=True)
    key: Mapped[int] = mapped_column(Identity(), primary_key=True)
    fact_id: Mapped[UUID]
    kind: Mapped[str]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"))
    device_uuid: Mapped[UUID] = mapped_column(ForeignKey("device.uuid"))
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    told: Mapped[dict[str, Any]]
    skew_s: Mapped[float | None]
    came_at: Mapped[datetime]
    state: Mapped[str]
    settled_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    settled_at: Mapped[datetime | None]
    settled_why: Mapped[str | None]
    __table_args__ = (
        UniqueConstraint("park_id", "fact_id"),
        CheckConstraint("state IN ('held','admitted','set_aside')", name="state_known"),
        CheckConstraint("(state = 'held') = (settled_at IS NULL)", name="settled_has_time"),
        CheckConstraint("(state = 'set_aside') = (settled_why IS NOT NULL)", name="set_aside_has_reason"),
        Index("ix_quarantine_enterprise", "park_id", "enterprise_id", "key"),
    )


class QuarantinePrivate(Base):
    """Names, notes and sealed PINs of a quarantined fact, apart from it so that they can be erased."""

    __tablename__ = "quarantine_private"
    park_id: Mapped[int] = mapped_column(primary_key=True)
    fact_id: Mapped[UUID] = mapped_column(primary_key=True)
    content: Mapped[dict[str, Any]]
    __table_args__ = (ForeignKeyConstraint(["park_id", "fact_id"], ["quarantine.park_id", "quarantine.fact_id"]),)
