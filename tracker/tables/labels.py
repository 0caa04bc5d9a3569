"""What labels say beyond the books: words an enterprise enters once, and the identification codes of its containers."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tracker.tables.base import Base


class LabelDetail(Base):
    """What an enterprise prints on every label of a waste class: entered once, chosen ever after."""

    __tablename__ = "label_detail"
    park_id: Mapped[int] = mapped_column(ForeignKey("park.id"), primary_key=True)
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"), primary_key=True)
    class_id: Mapped[int] = mapped_column(ForeignKey("waste_class.id"), primary_key=True)
    main_components: Mapped[str | None]
    harmful_components: Mapped[str | None]
    precautions: Mapped[str | None]
    revision: Mapped[int]
    changed_at: Mapped[datetime]
    changed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    __table_args__ = (CheckConstraint("revision > 0", name="revision_counts"),)


class LabelContact(Base):
    """Whom to call about an enterprise's containers in a park: a name and a number, as they stand on its labels."""

    __tablename__ = "label_contact"
    park_id: Mapped[int] = mapped_column(ForeignKey("park.id"), primary_key=True)
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"), primary_key=True)
    contact: Mapped[str | None]
    revision: Mapped[int]
    changed_at: Mapped[datetime]
    changed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    __table_args__ = (CheckConstraint("revision > 0", name="revision_counts"),)


class Identification(Base):
    """The digital identification code a container of hazardous waste was given (HJ 1276): once, for good."""

    __tablename__ = "identification"
    park_id: Mapped[int] = mapped_column(ForeignKey("park.id"), primary_key=True)
    batch_uuid: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str]
    made_at: Mapped[datetime]
    __table_args__ = (
        UniqueConstraint("park_id", "code"),
        CheckConstraint("length(code) = 37", name="code_length"),
    )
