"""Who may put a name to a manifest with whose phone: PINs, every try of one, and standing mandates."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from tracker.tables.base import Base


class PinGuard(Base):
    """How often a PIN went wrong since it was last right, by the login that was typed, whether anybody has it or not:
    else the lock would tell which logins exist. Only the login's SHA-256, because people type secrets into the wrong
    box."""

    __tablename__ = "pin_guard"
    login_digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    failures: Mapped[int]
    locked_until: Mapped[datetime | None]


class PinAttempt(Base):
    """One try of a PIN on somebody's phone, right or wrong; never changed. ``asked`` is the SHA-256 of what was to be
    signed: under the same fact id the same question gets the same answer, and is counted once."""

    __tablename__ = "pin_attempt"
    park_id: Mapped[int] = mapped_column(ForeignKey("park.id"), primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    fact_id: Mapped[UUID]
    asked: Mapped[bytes] = mapped_column(LargeBinary)
    #: Whose phone it was.
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    device: Mapped[UUID | None]
    #: Whose PIN it was to be; null where nobody has that login in this park.
    signer_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    manifest_uuid: Mapped[UUID]
    sealed: Mapped[bool]
    outcome: Mapped[str]
    #: What the teller was told: tries left, or the end of the lock.
    tries_left: Mapped[int]
    locked_until: Mapped[datetime | None]
    at: Mapped[datetime]
    __table_args__ = (
        UniqueConstraint("park_id", "fact_id"),
        CheckConstraint("outcome IN ('granted','wrong','locked','too_many')", name="outcome_known"),
        Index("ix_pin_attempt_person", "park_id", "person_id", "at", postgresql_where=text("outcome = 'wrong'")),
        Index("ix_pin_attempt_signer", "park_id", "signer_id", "id"),
    )


class Mandate(Base):
    """A generator lets a carrier sign in its name for the waste whose class matches ``pattern`` (``CN-HW:900-*``), to
    one receiver or to any, up to and including the day ``valid_to``, until it is revoked."""

    __tablename__ = "mandate"
    park_id: Mapped[int] = mapped_column(ForeignKey("park.id"), primary_key=True)
    uuid: Mapped[UUID] = mapped_column(primary_key=True)
    generator_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"))
    carrier_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"))
    receiver_id: Mapped[int | None] = mapped_column(ForeignKey("enterprise.id"))
    pattern: Mapped[str]
    valid_to: Mapped[date]
    made_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime]
    revoked_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    revoked_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("generator_id <> carrier_id", name="two_parties"),
        CheckConstraint("(revoked_at IS NULL) = (revoked_by IS NULL)", name="revoked_by_somebody"),
        Index("ix_mandate_generator", "park_id", "generator_id"),
        Index("ix_mandate_carrier", "park_id", "carrier_id"),
    )
