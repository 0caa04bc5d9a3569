"""The log and what is posted from it. The application may insert here and nothing else: no update, no delete."""

from datetime import datetime
from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    LargeBinary,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from tracker.tables.base import Base

ACCOUNTS = ("source", "stock", "transit", "treated", "lost", "difference")


class LogHead(Base):
    """How long each park's log is. Taken last in a fact's transaction, so log order is commit order."""

    __tablename__ = "log_head"
    park_id: Mapped[int] = mapped_column(ForeignKey("park.id"), primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)


class FactRow(Base):
    """One fact. ``record`` is the canonical JSON (RFC 8785) the leaf hash is made of; the other columns repeat parts of
    it for questions that need an index."""

    __tablename__ = "fact"
    park_id: Mapped[int] = mapped_column(ForeignKey("park.id"), primary_key=True)
    index: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    id: Mapped[UUID]
    kind: Mapped[str]
    verdict: Mapped[str]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    enterprise_id: Mapped[int | None] = mapped_column(ForeignKey("enterprise.id"))
    manifest_uuid: Mapped[UUID | None]
    winner: Mapped[UUID | None]
    corrects: Mapped[UUID | None]
    observed_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    place: Mapped[WKBElement | None] = mapped_column(Geometry("POINT", srid=4326, spatial_index=False))
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    record: Mapped[str]
    leaf: Mapped[bytes] = mapped_column(LargeBinary)
    __table_args__ = (
        UniqueConstraint("park_id", "id"),
        CheckConstraint("verdict IN ('recorded','conflict','quarantined')", name="verdict_known"),
        Index("ix_fact_manifest", "park_id", "manifest_uuid", postgresql_where=text("manifest_uuid IS NOT NULL")),
        Index("ix_fact_corrects", "park_id", "corrects", postgresql_where=text("corrects IS NOT NULL")),
        Index("ix_fact_place", "place", postgresql_using="gist", postgresql_where=text("place IS NOT NULL")),
    )


class Posting(Base):
    """Grams moved by a fact, double entry: the postings of one fact sum to zero (a trigger sees to it). A posting of
    zero grams says that the fact befell the batch without moving mass."""

    __tablename__ = "posting"
    park_id: Mapped[int] = mapped_column(primary_key=True)
    index: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    line: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    batch_id: Mapped[int] = mapped_column(BigInteger)
    account: Mapped[str]
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"))
    class_id: Mapped[int | None] = mapped_column(ForeignKey("waste_class.id"))
    grams: Mapped[int] = mapped_column(BigInteger)
    #: The fact these grams belong to: its own, or the one whose figures it corrects. A trace reads by this, as if that
    #: fact had been told right from the start.
    counts_at: Mapped[int] = mapped_column(BigInteger)
    __table_args__ = (
        ForeignKeyConstraint(["park_id", "index"], ["fact.park_id", "fact.index"]),
        ForeignKeyConstraint(["park_id", "batch_id"], ["batch.park_id", "batch.id"]),
        CheckConstraint("account IN ('source','stock','transit','treated','lost','difference')", name="account_known"),
        Index("ix_posting_batch", "park_id", "batch_id", "index", "counts_at"),
        Index("ix_posting_amends", "park_id", "counts_at", postgresql_where=text('counts_at <> "index"')),
    )


class Edge(Base):
    """Grams that went from one batch into another. Covering indexes both ways serve the trace without the heap."""

    __tablename__ = "edge"
    park_id: Mapped[int] = mapped_column(primary_key=True)
    parent: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    child: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    index: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    grams: Mapped[int] = mapped_column(BigInteger)
    counts_at: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    __table_args__ = (
        ForeignKeyConstraint(["park_id", "index"], ["fact.park_id", "fact.index"]),
        CheckConstraint('grams >= 0 OR counts_at <> "index"', name="grams_not_negative"),
        CheckConstraint("parent < child", name="older_to_newer"),
        Index("ix_edge_down", "park_id", "parent", postgresql_include=["child", "index", "counts_at", "grams"]),
        Index("ix_edge_up", "park_id", "child", postgresql_include=["parent", "index", "counts_at", "grams"]),
    )


class Balance(Base):
    """The running sum of the postings by enterprise, class and account. ``class_id`` 0 stands for "not classified"."""

    __tablename__ = "balance"
    park_id: Mapped[int] = mapped_column(ForeignKey("park.id"), primary_key=True)
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"), primary_key=True)
    class_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    account: Mapped[str] = mapped_column(primary_key=True)
    grams: Mapped[int] = mapped_column(BigInteger)


class Private(Base):
    """Names, phone numbers and free notes of a fact. The log holds only SHA-256(salt || canonical JSON), so that what
    is here can be erased when the law asks for it while the log stays whole."""

    __tablename__ = "fact_private"
    park_id: Mapped[int] = mapped_column(primary_key=True)
    fact_id: Mapped[UUID] = mapped_column(primary_key=True)
    salt: Mapped[bytes] = mapped_column(LargeBinary)
    content: Mapped[dict[str, Any]]
    __table_args__ = (ForeignKeyConstraint(["park_id", "fact_id"], ["fact.park_id", "fact.id"]),)


class FindingRow(Base):
    """A rule's verdict on a fact, open until someone answers it."""

    __tablename__ = "finding"
    park_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    index: Mapped[int] = mapped_column(BigInteger)
    batch_uuid: Mapped[UUID | None]
    code: Mapped[str]
    severity: Mapped[str]
    evidence: Mapped[dict[str, Any]]
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    answer: Mapped[str | None]
    __table_args__ = (
        ForeignKeyConstraint(["park_id", "index"], ["fact.park_id", "fact.index"]),
        CheckConstraint("severity IN ('note','watch','stop')", name="severity_known"),
        CheckConstraint("(answered_at IS NULL) = (answer IS NULL)", name="answer_has_time"),
        Index("ix_finding_fact", "park_id", "index"),
        Index("ix_finding_batch", "park_id", "batch_uuid"),
        Index("ix_finding_open", "park_id", "id", postgresql_where=text("answered_at IS NULL")),
    )


class Waiting(Base):
    """A fact that came before its predecessor: held here, released when that arrives, never expired in silence."""

    __tablename__ = "waiting"
    park_id: Mapped[int] = mapped_column(ForeignKey("park.id"), primary_key=True)
    fact_id: Mapped[UUID] = mapped_column(primary_key=True)
    awaits: Mapped[UUID]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"))
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    told: Mapped[dict[str, Any]]
    #: What was found odd about the way it came, told again when it is let in: ``[{code, evidence}]``.
    noted: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    came_at: Mapped[datetime]
    alerted_at: Mapped[datetime | None]
    __table_args__ = (
        Index("ix_waiting_awaits", "park_id", "awaits"),
        Index("ix_waiting_enterprise", "park_id", "enterprise_id"),
    )


class TurnedAway(Base):
    """What could not be recorded, and why: shown on the phone and kept for the desk."""

    __tablename__ = "turned_away"
    park_id: Mapped[int] = mapped_column(ForeignKey("park.id"), primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    fact_id: Mapped[str]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    code: Mapped[str]
    pointer: Mapped[str | None]
    told: Mapped[str]
    came_at: Mapped[datetime]
    __table_args__ = (Index("ix_turned_away_fact_id", "park_id", "fact_id"),)
