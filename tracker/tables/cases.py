"""What the park has to look at: alerts raised by the watches."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from tracker.tables.base import Base


class Alert(Base):
    """A deadline that passed. Raised once per subject and code; settled when the reason is gone."""

    __tablename__ = "alert"
    park_id: Mapped[int] = mapped_column(ForeignKey("park.id"), primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    code: Mapped[str]
    severity: Mapped[str]
    subject_kind: Mapped[str]
    subject: Mapped[UUID]
    enterprise_id: Mapped[int | None] = mapped_column(ForeignKey("enterprise.id"))
    params: Mapped[dict[str, Any]]
    raised_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("severity IN ('note','watch','stop')", name="severity_known"),
        CheckConstraint("subject_kind IN ('batch','manifest','fact','permit')", name="subject_kind_known"),
        Index("uq_alert_open", "park_id", "subject", "code", unique=True, postgresql_where=text("settled_at IS NULL")),
        Index("ix_alert_park_id", "park_id", "id"),
    )
