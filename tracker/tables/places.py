"""Places: sites of enterprises and the stores, gates and facilities in them."""

from uuid import UUID

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity
from sqlalchemy.orm import Mapped, mapped_column

from tracker.tables.base import Base

PLACE_KINDS = ("site", "store", "facility", "gate")


class Place(Base):
    """``point`` is where it is on a map, ``area`` its outline where known. A store may have a capacity in grams and a
    limit in days. Places lie inside or outside the park, so row-level security does not apply to them."""

    __tablename__ = "place"
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    uuid: Mapped[UUID] = mapped_column(unique=True)
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"), index=True)
    site_id: Mapped[int | None] = mapped_column(ForeignKey("place.id"), index=True)
    kind: Mapped[str]
    name_zh: Mapped[str]
    name_en: Mapped[str | None]
    point: Mapped[WKBElement] = mapped_column(Geometry("POINT", srid=4326, spatial_index=True))
    area: Mapped[WKBElement | None] = mapped_column(Geometry("POLYGON", srid=4326, spatial_index=True))
    capacity_grams: Mapped[int | None] = mapped_column(BigInteger)
    limit_days: Mapped[int | None]
    __table_args__ = (
        CheckConstraint("kind IN ('site','store','facility','gate')", name="kind_known"),
        CheckConstraint("capacity_grams > 0", name="capacity_grams_positive"),
        CheckConstraint("limit_days > 0", name="limit_days_positive"),
    )
