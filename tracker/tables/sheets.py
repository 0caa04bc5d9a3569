"""Emergency sheets: paper that is handed out before an outage, so that a load can leave while nothing else works."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tracker.tables.base import Base


class EmergencySheet(Base):
    """One numbered sheet, logged before it is printed and never changed. It is used when a manifest names it; that a
    manifest alone can name it is a unique key of ``manifest``."""

    __tablename__ = "emergency_sheet"
    park_id: Mapped[int] = mapped_column(ForeignKey("park.id"), primary_key=True)
    number: Mapped[str] = mapped_column(primary_key=True)
    serial: Mapped[int] = mapped_column(BigInteger)
    label_id: Mapped[UUID]
    #: All sheets of one order share it; asked again, the same order gives the same sheets.
    order_uuid: Mapped[UUID]
    #: Who may use it.
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"))
    issued_at: Mapped[datetime]
    issued_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    __table_args__ = (
        UniqueConstraint("park_id", "label_id"),
        ForeignKeyConstraint(["park_id", "label_id"], ["label.park_id", "label.id"]),
        UniqueConstraint("park_id", "serial"),
        Index("ix_emergency_sheet_enterprise", "park_id", "enterprise_id", "serial"),
        Index("ix_emergency_sheet_order", "park_id", "order_uuid", "serial"),
    )
