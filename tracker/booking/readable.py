"""Whether a fact can be understood at all, asked before anything is touched."""

import json
import unicodedata
from collections.abc import Iterator
from datetime import UTC
from typing import Any
from uuid import UUID

from tracker import facts, quantity
from tracker.booking.books import Books
from tracker.booking.run import lines_of
from tracker.problems import Problem

#: The longest text a fact may hold; a field may allow less.
TEXT_MAX = 2_000
#: No position is less certain than the globe is round.
_GLOBE_METRES = 40_075_000
#: What canonical JSON can write exactly.
_INTEGER_MAX = 2**53 - 1

_ABOUT_ONE = (facts.Generated, facts.Split, facts.Corrected, facts.Dissolved)
#: These say yes or no to another fact, and that one knows what it is about.
_ANSWERS = (facts.Consented, facts.Declined)
_BY_MANIFEST = (
    facts.PickedUp,
    facts.NotCollected,
    facts.HandedOver,
    facts.Stopped,
    facts.Deposited,
    facts.Rerouted,
    facts.Signed,
    facts.Arrived,
    facts.Received,
    facts.Returned,
    facts.ManifestIssued,
    facts.ManifestVoided,
)
#: About the paper itself, not only about the batches on it.
_OF_THE_PAPER = (facts.Signed, facts.Rerouted)
_WITH_GRAMS = (facts.Generated, facts.Weighed)


def readable(books: Books, fact: facts.Fact) -> None:
    """Raise ``Problem`` where a fact cannot be understood. What is merely wrong is not refused here: it is booked, and
    findings say what is odd."""
    _readable_envelope(fact)
    _readable_lines(fact)
    for uuid in facts.new_batches(fact):
        if uuid in books.batches and not isinstance(fact, facts.Generated):
            raise Problem("batch_id_taken", "/details", batch=str(uuid))
    for uuid in facts.enterprises_named(fact):
        if uuid not in books.enterprises:
            raise Problem("enterprise_unknown", "/details/carrier", enterprise=str(uuid))
    store = getattr(fact, "store", None) or getattr(fact, "site", None)
    if store is not None and store not in books.places:
        raise Problem("place_unknown", "/details/store", place=str(store))
    match fact:
        case facts.Received():
            _readable_receipt(books, fact)
        case facts.Split():
            _readable_split(fact)
        case facts.Treated():
            _readable_treatment(fact)
        case facts.Corrected():
            _check_grams(fact.grams, "/details/grams")


def _readable_split(fact: facts.Split) -> None:
    if not fact.into:
        raise Problem("field_required", "/details/into", field="into")
    _distinct([part.batch for part in fact.into], "/details/into")
    for at, part in enumerate(fact.into):
        _check_grams(part.grams, f"/details/into/{at}/grams")


def _readable_treatment(fact: facts.Treated) -> None:
    _distinct([output.batch for output in fact.outputs if output.batch], "/details/outputs")
    for at, output in enumerate(fact.outputs):
        _check_grams(output.grams, f"/details/outputs/{at}/grams")
        if output.kind == "residue" and output.batch is None:
            raise Problem("field_required", f"/details/outputs/{at}/batch", field="batch")


def _readable_envelope(fact: facts.Fact) -> None:
    """What the log, canonical JSON and the database cannot hold never reaches them."""
    try:
        fact.observed_at.astimezone(UTC)
    except OverflowError:
        raise Problem("time_malformed", "/observed_at", value=str(fact.observed_at)[:60]) from None
    if fact.observed_at.tzinfo is None:
        raise Problem("time_malformed", "/observed_at", value=str(fact.observed_at)[:60])
    body = facts.told(fact) | {"private": dict(fact.private or {})}
    if not _plainly_plain(body, fact):
        _readable_leaves(body)
    if fact.place is not None:
        _readable_place(fact.place)


def _readable_place(place: facts.Point) -> None:
    """On the globe, and known to within it. What is not a number fails every comparison."""
    accuracy = place.accuracy_m
    on_the_globe = abs(place.longitude) <= 180 and abs(place.latitude) <= 90  # noqa: PLR2004 - degrees
    if not on_the_globe or not (accuracy is None or 0 <= accuracy <= _GLOBE_METRES):
        reason = f"{place.longitude}, {place.latitude}, {accuracy}"
        raise Problem("field_malformed", "/place", field="place", reason=reason)


def _plainly_plain(body: dict[str, Any], fact: facts.Fact) -> bool:
    """Whether one look at the whole tells that no part can be at fault: true for nearly every fact, and never wrong.
    Written as JSON, anything invisible needs a backslash, and a short whole has no long part."""
    whole = json.dumps(body, ensure_ascii=False)
    small = fact.counter is None and not fact.evidence
    return small and len(whole) <= TEXT_MAX and "\\" not in whole and whole.isprintable()


def _readable_leaves(body: dict[str, Any]) -> None:
    for pointer, value in _leaves(body, ""):
        if isinstance(value, str):
            plain_text(value, pointer)
        elif isinstance(value, int) and abs(value) > _INTEGER_MAX and not pointer.endswith("grams"):
            raise Problem("field_malformed", pointer, field=pointer, reason=str(value)[:40])


def _leaves(value: Any, pointer: str) -> Iterator[tuple[str, Any]]:
    match value:
        case dict():
            for name, inner in value.items():
                plain_text(name, pointer)
                yield from _leaves(inner, f"{pointer}/{name}")
        case list():
            for at, inner in enumerate(value):
                yield from _leaves(inner, f"{pointer}/{at}")
        case _:
            yield pointer, value


def plain_text(text: str, pointer: str, limit: int = TEXT_MAX) -> str:
    """A text as people write it: any script and any emoji, but no control character and no half of a character.
    Raises ``Problem`` text_not_plain, text_too_long."""
    if len(text) > limit:
        raise Problem("text_too_long", pointer, limit=limit)
    if not text.isprintable() and any(
        unicodedata.category(character) in ("Cc", "Cs") and character not in "\n\t" for character in text
    ):
        raise Problem("text_not_plain", pointer)
    return text


def _readable_lines(fact: facts.Fact) -> None:
    if isinstance(fact, _ABOUT_ONE) and len(fact.lines) != 1:
        raise Problem("fact_needs_one_batch", "/lines", count=len(fact.lines))
    if isinstance(fact, _ANSWERS):
        return
    if not fact.lines and not isinstance(fact, _BY_MANIFEST):
        raise Problem("fact_needs_batches", "/lines")
    unnamed = fact.manifest is None and fact.manifest_label is None
    if unnamed and (not fact.lines or isinstance(fact, _OF_THE_PAPER)):
        raise Problem("fact_needs_manifest", "/manifest")
    _distinct([line.batch for line in fact.lines], "/lines")
    for at, line in enumerate(fact.lines):
        if line.grams is None and isinstance(fact, _WITH_GRAMS):
            raise Problem("fact_needs_grams", f"/lines/{at}/grams")
        if line.grams is not None and not (line.grams == 0 and line.batch in _all_refused(fact)):
            _check_grams(line.grams, f"/lines/{at}/grams")


def _all_refused(fact: facts.Fact) -> set[UUID]:
    """Batches of which a receipt may accept nothing, because it says what was refused of them."""
    return {part.batch for part in fact.refused} if isinstance(fact, facts.Received) else set()


def _readable_receipt(books: Books, fact: facts.Received) -> None:
    if fact.outcome == "part" and not fact.refused:
        raise Problem("outcome_incomplete", "/details/refused")
    if fact.outcome != "whole" and fact.cause is None:
        raise Problem("cause_missing", "/details/cause")
    if fact.outcome != "part" and fact.refused:
        raise Problem("outcome_incomplete", "/details/outcome")
    named = {line.batch for line in lines_of(books, fact)}
    _distinct([part.into for part in fact.refused], "/details/refused")
    _distinct([part.batch for part in fact.refused], "/details/refused")
    for at, part in enumerate(fact.refused):
        _check_grams(part.refused_grams, f"/details/refused/{at}/refused_grams")
        if named and part.batch not in named:
            raise Problem("outcome_incomplete", f"/details/refused/{at}/batch")


def _check_grams(grams: int, pointer: str) -> None:
    try:
        quantity.check(grams)
    except Problem as problem:
        raise problem.at(pointer) from None


def _distinct(uuids: list[UUID], pointer: str) -> None:
    seen: set[UUID] = set()
    for uuid in uuids:
        if uuid in seen:
            raise Problem("batch_named_twice", pointer, batch=str(uuid))
        seen.add(uuid)
