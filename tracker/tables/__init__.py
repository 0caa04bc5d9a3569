"""Tables, one file per family. SQLAlchemy holds them so that migrations can be compared with them; the rules that money
and law rest on (CHECKs, unique keys, triggers, row-level security) are in the database itself."""

from tracker.tables import (
    batches,
    cases,
    catalogue,
    consent,
    devices,
    evidence,
    facts,
    labels,
    numbers,
    parties,
    places,
    rolls,
    sheets,
    signing,
)
from tracker.tables.base import Base

__all__ = [
    "Base",
    "batches",
    "cases",
    "catalogue",
    "consent",
    "devices",
    "evidence",
    "facts",
    "labels",
    "numbers",
    "parties",
    "places",
    "rolls",
    "sheets",
    "signing",
]
