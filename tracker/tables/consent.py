"""What waits for a yes, and the names under a manifest. All of it follows from facts."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from tracker.tables.base import Base


class Proposal(Base):
    """A change without effect until everybody asked has consented. ``uuid`` is the fact that proposes it;
    ``settled_at_index`` the fact that settled it."""

    __tablename__ = "proposal"
    park_id: Mapped[int] = mapped_column(ForeignKey("park.id"), primary_key=True)
    uuid: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    state: Mapped[str]
    proposer_id: Mapped[int | None] = mapped_column(ForeignKey("enterprise.id"))
    batch_uuid: Mapped[UUID | None]
    manifest_uuid: Mapped[UUID | None]
    root: Mapped[UUID | None]
    grams: Mapped[int | None] = mapped_column(BigInteger)
    change: Mapped[dict[str, Any] | None]
    made_at: Mapped[datetime]
    settled_at_index: Mapped[int | None] = mapped_column(BigInteger)
    reminded_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("kind IN ('correction','route')", name="kind_known"),
        CheckConstraint("state IN ('open','agreed','declined','withdrawn','lapsed')", name="state_known"),
        Index("ix_proposal_open", "park_id", "made_at", postgresql_where=text("state = 'open'")),
        Index("ix_proposal_manifest", "park_id", "manifest_uuid"),
        Index("ix_proposal_batch", "park_id", "batch_uuid"),
        Index("ix_proposal_root", "park_id", "root"),
    )


class ProposalAnswer(Base):
    """Who is asked, and what they said: consented, declined, or nothing yet."""

    __tablename__ = "proposal_answer"
    park_id: Mapped[int] = mapped_column(primary_key=True)
    proposal: Mapped[UUID] = mapped_column(primary_key=True)
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"), primary_key=True)
    answer: Mapped[str | None]
    __table_args__ = (
        ForeignKeyConstraint(["park_id", "proposal"], ["proposal.park_id", "proposal.uuid"]),
        CheckConstraint("answer IN ('consented','declined')", name="answer_known"),
        Index("ix_proposal_answer_asked", "park_id", "enterprise_id", postgresql_where=text("answer IS NULL")),
    )


class ManifestSignature(Base):
    """A name under a manifest for one of its sides. Who wrote it is in the fact."""

    __tablename__ = "manifest_signature"
    park_id: Mapped[int] = mapped_column(primary_key=True)
    index: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    manifest_id: Mapped[int] = mapped_column(BigInteger)
    side: Mapped[str]
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"))
    method: Mapped[str]
    of: Mapped[UUID | None]
    __table_args__ = (
        ForeignKeyConstraint(["park_id", "index"], ["fact.park_id", "fact.index"]),
        ForeignKeyConstraint(["park_id", "manifest_id"], ["manifest.park_id", "manifest.id"]),
        CheckConstraint("side IN ('generator','carrier','receiver','store')", name="side_known"),
        CheckConstraint("method IN ('own','pin','mandate','paper')", name="method_known"),
        Index("ix_manifest_signature_manifest", "park_id", "manifest_id"),
    )
