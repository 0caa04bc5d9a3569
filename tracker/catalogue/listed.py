"""A code as the books hold it: with its id, its edition's term, and what has to be said whenever it is shown."""

from dataclasses import dataclass
from datetime import date

from tracker.catalogue.schemes import Category, Edition, Entry
from tracker.problems import Finding, Problem

__all__ = ["ListedClass"]


@dataclass(frozen=True, slots=True)
class ListedClass:
    """One row of ``waste_class`` with its edition. ``id`` (1 to 2^31-1) is what labels carry.

    ``category`` has the names of the heading; ``mapped_to`` is the id of the national code of a park's code;
    ``withdrawn`` is the last day a code taken off its edition was in use."""

    id: int
    edition: Edition
    code: str
    category: Category | None
    name_zh: str | None
    name_en: str | None
    hazardous: bool
    properties: tuple[str, ...]
    entry: Entry | None
    industry: str | None
    description: str | None
    verified: bool
    begun: date | None
    withdrawn: date | None
    mapped_to: int | None
    park_id: int | None

    def judge(self, on: date) -> None:
        """Refuse to plan with this code on a day it was not in use: ``waste_edition_not_begun``,
        ``waste_edition_ended`` or ``waste_code_withdrawn``."""
        shown = self.edition.shown
        begins = max(self.edition.valid_from, self.begun or self.edition.valid_from)
        if on < begins:
            raise Problem("waste_edition_not_begun", scheme=shown, first_day=begins.isoformat())
        if not self.edition.covers(on):
            last = self.edition.stood_in_until or self.edition.valid_to or on
            following = self.edition.superseded_by or self.edition.scheme
            raise Problem("waste_edition_ended", scheme=shown, last_day=last.isoformat(), next=following)
        if self.withdrawn is not None and on > self.withdrawn:
            last_day = self.withdrawn.isoformat()
            raise Problem("waste_code_withdrawn", scheme=shown, value=self.code, last_day=last_day)

    def notes(self, on: date) -> tuple[Finding, ...]:
        """What is shown beside the code on that day: that its edition only stands in, that it is unconfirmed."""
        found = []
        if self.edition.ended(on) and self.edition.covers(on) and self.edition.valid_to is not None:
            ended = self.edition.valid_to.isoformat()
            evidence = {"scheme": self.edition.shown, "last_day": ended, "next": self.edition.superseded_by}
            found.append(Finding("waste_edition_stands_in", evidence))
        if not self.verified:
            found.append(Finding("class_unverified", {"code": f"{self.edition.shown} {self.code}"}))
        return tuple(found)
