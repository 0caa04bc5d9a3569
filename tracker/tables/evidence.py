"""Photos and scale tickets: what has arrived, what is on its way, and which facts name it. The bytes themselves are in
the evidence store (``tracker.evidence``), under their SHA-256."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from tracker.tables.base import Base


class EvidenceRow(Base):
    """A piece that has arrived: its bytes have the hash it is known by. ``person_id`` brought it, by ``device``."""

    __tablename__ = "evidence"
    park_id: Mapped[int] = mapped_column(ForeignKey("park.id"), primary_key=True)
    sha256: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    bytes: Mapped[int]
    media: Mapped[str]
    received_at: Mapped[datetime]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    device: Mapped[UUID | None]
    __table_args__ = (CheckConstraint("octet_length(sha256) = 32", name="sha256_whole"),)


class EvidenceUpload(Base):
    """A piece on its way from one person, so that nobody's slip spoils what somebody else is sending. ``parts`` holds
    where each part that is in the store begins, ``taken`` where the next one has to."""

    __tablename__ = "evidence_upload"
    park_id: Mapped[int] = mapped_column(ForeignKey("park.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    sha256: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    bytes: Mapped[int]
    media: Mapped[str]
    device: Mapped[UUID | None]
    taken: Mapped[int]
    parts: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    begun_at: Mapped[datetime]
    touched_at: Mapped[datetime]
    __table_args__ = (
        CheckConstraint("octet_length(sha256) = 32", name="sha256_whole"),
        CheckConstraint("taken BETWEEN 0 AND bytes", name="taken_within"),
        Index("ix_evidence_upload_touched_at", "park_id", "touched_at"),
    )


class EvidenceNamed(Base):
    """A piece that a fact of the log names: what the record says, in a form that can be asked by hash. ``arrived_at``
    is set once the watch saw that it is there, ``alerted_at`` when it told that it is not."""

    __tablename__ = "evidence_named"
    park_id: Mapped[int] = mapped_column(primary_key=True)
    index: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    sha256: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    arrived_at: Mapped[datetime | None]
    alerted_at: Mapped[datetime | None]
    __table_args__ = (
        ForeignKeyConstraint(["park_id", "index"], ["fact.park_id", "fact.index"]),
        Index("ix_evidence_named_sha256", "park_id", "sha256"),
        Index("ix_evidence_named_missing", "park_id", "index", postgresql_where=text("arrived_at IS NULL")),
    )
