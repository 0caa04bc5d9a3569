"""Label rolls: codes that are signed, logged and printed before there is anything to put them on."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from tracker.tables.base import Base


class LabelRoll(Base):
    """A stack of blank labels given to an enterprise. Its labels are rows of ``label`` that name it; which of them are
    used stands there too. A roll is withdrawn whole and once: what is open of it by then can no longer be used."""

    __tablename__ = "label_roll"
    park_id: Mapped[int] = mapped_column(ForeignKey("park.id"), primary_key=True)
    uuid: Mapped[UUID] = mapped_column(primary_key=True)
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"))
    count: Mapped[int]
    issued_at: Mapped[datetime]
    issued_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    withdrawn_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    withdrawn_at: Mapped[datetime | None]
    withdrawn_why: Mapped[str | None]
    __table_args__ = (
        CheckConstraint("count BETWEEN 1 AND 1000", name="count_of_a_roll"),
        CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_why IS NULL)", name="withdrawn_with_reason"),
        Index("ix_label_roll_enterprise", "park_id", "enterprise_id", "issued_at"),
    )
