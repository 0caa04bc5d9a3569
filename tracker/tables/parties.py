"""Parks, enterprises, their people, devices, keys and permits. A park owns none of them: a carrier serves several."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from tracker.tables.base import Base

ROLES = ("handler", "manager", "regulator", "inspector", "auditor")
PARTY_ROLES = ("generator", "carrier", "receiver")


class Park(Base):
    """The tenant. ``settings`` holds its tolerances and limits (see ``tracker.parties.Settings``)."""

    __tablename__ = "park"
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    uuid: Mapped[UUID] = mapped_column(unique=True)
    code: Mapped[str] = mapped_column(unique=True)
    name_zh: Mapped[str]
    name_en: Mapped[str]
    division: Mapped[str]
    boundary: Mapped[WKBElement] = mapped_column(Geometry("POLYGON", srid=4326, spatial_index=True))
    settings: Mapped[dict[str, Any]]
    __table_args__ = (CheckConstraint("id BETWEEN 1 AND 65535", name="fits_label"),)


class ParkKey(Base):
    """The public half of a label signing key; the private half is a file and never enters the database."""

    __tablename__ = "park_key"
    park_id: Mapped[int] = mapped_column(ForeignKey("park.id"), primary_key=True)
    key_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    algorithm: Mapped[int]
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]


class Enterprise(Base):
    """A legal person known by its USCC, or an unregistered carrier somebody had to type in (``registered`` false).
    ``division`` is the six-digit county code of its seat, null where nobody said."""

    __tablename__ = "enterprise"
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    uuid: Mapped[UUID] = mapped_column(unique=True)
    uscc: Mapped[str | None] = mapped_column(unique=True)
    name_zh: Mapped[str]
    name_en: Mapped[str | None]
    industry: Mapped[str | None]
    division: Mapped[str | None]
    roles: Mapped[list[str]] = mapped_column(ARRAY(Text))
    registered: Mapped[bool]
    made_at: Mapped[datetime]
    __table_args__ = (
        CheckConstraint("(uscc IS NOT NULL) OR NOT registered", name="registered_has_uscc"),
        CheckConstraint("roles <@ ARRAY['generator','carrier','receiver']::text[]", name="roles_known"),
        CheckConstraint("length(name_zh) BETWEEN 1 AND 200", name="name_length"),
        CheckConstraint("division ~ '^[0-9]{6}$'", name="division_of_six"),
    )


class Person(Base):
    """Somebody who logs in. ``epoch`` goes up to end every session of theirs at once."""

    __tablename__ = "person"
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    uuid: Mapped[UUID] = mapped_column(unique=True)
    login: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    language: Mapped[str]
    enterprise_id: Mapped[int | None] = mapped_column(ForeignKey("enterprise.id"), index=True)
    password_hash: Mapped[str]
    #: For signing on somebody else's phone; null until its owner has chosen one.
    pin_hash: Mapped[str | None]
    epoch: Mapped[int]
    failures: Mapped[int]
    locked_until: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    __table_args__ = (CheckConstraint("language IN ('zh','en')", name="language_known"),)


class Membership(Base):
    """What a person is in a park."""

    __tablename__ = "membership"
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    park_id: Mapped[int] = mapped_column(ForeignKey("park.id"), primary_key=True)
    role: Mapped[str]
    __table_args__ = (
        CheckConstraint("role IN ('handler','manager','regulator','inspector','auditor')", name="role_known"),
    )


class ApiKey(Base):
    """A key for a system. Only its SHA-256 is kept; it acts for the person who made it, in one park."""

    __tablename__ = "api_key"
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    park_id: Mapped[int] = mapped_column(ForeignKey("park.id"))
    name: Mapped[str]
    made_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class Permit(Base):
    """What an enterprise may carry or treat. ``codes`` are patterns of a scheme, ``*`` for the rest of a code
    (``CN-HW:*-08``, ``CN-SW:*``); ``treatments`` is empty for carriers; ``annual_grams`` null for no limit;
    ``divisions`` the beginnings of the county codes it is valid for, empty for everywhere. It holds from the moment a
    regulator confirmed it (``confirmed_at``), and no longer from ``ended_on`` on where somebody ended it early.
    ``ends_trace``: its holder may lawfully end the trace of what it treats."""

    __tablename__ = "permit"
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    uuid: Mapped[UUID] = mapped_column(unique=True)
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"))
    number: Mapped[str]
    acts_as: Mapped[str]
    codes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    treatments: Mapped[list[str]] = mapped_column(ARRAY(Text))
    annual_grams: Mapped[int | None] = mapped_column(BigInteger)
    valid_from: Mapped[date]
    valid_to: Mapped[date]
    divisions: Mapped[list[str]] = mapped_column(ARRAY(Text))
    ends_trace: Mapped[bool]
    ended_on: Mapped[date | None]
    confirmed_at: Mapped[datetime | None]
    revision: Mapped[int]
    __table_args__ = (
        CheckConstraint("acts_as IN ('carrier','receiver')", name="acts_as_known"),
        CheckConstraint("valid_from <= valid_to", name="valid_in_order"),
        CheckConstraint("annual_grams > 0", name="annual_grams_positive"),
        UniqueConstraint("enterprise_id", "number", "acts_as"),
        Index("ix_permit_enterprise_id_acts_as", "enterprise_id", "acts_as"),
    )


class PermitYear(Base):
    """What a permit has promised (``reserved_grams``) and used in a calendar year. Locked when a manifest is issued, so
    two issues at one instant cannot both take the last tonne."""

    __tablename__ = "permit_year"
    permit_uuid: Mapped[UUID] = mapped_column(ForeignKey("permit.uuid"), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    reserved_grams: Mapped[int] = mapped_column(BigInteger)
    used_grams: Mapped[int] = mapped_column(BigInteger)
