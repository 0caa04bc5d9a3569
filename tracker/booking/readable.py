"""Whether a fact can be understood at all, asked before anything is touched."""

from uuid import UUID

from tracker import facts, quantity
from tracker.booking.books import Books
from tracker.problems import Problem

_ABOUT_ONE = (facts.Generated, facts.Split, facts.Corrected)


_BY_MANIFEST = (
    facts.PickedUp, facts.HandedOver, facts.Arrived, facts.Received, facts.Returned, facts.ManifestIssued, facts.ManifestVoided,
)  # fmt: skip


_WITH_GRAMS = (facts.Generated, facts.Weighed)


def readable(books: Books, fact: facts.Fact) -> None:
    """Raise ``Problem`` where a fact cannot be understood. What is merely wrong is not refused here: it is booked, and
    findings say what is odd."""
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
            _readable_receipt(fact)
        case facts.Split():
            _distinct([part.batch for part in fact.into], "/details/into")
            for at, part in enumerate(fact.into):
                _check_grams(part.grams, f"/details/into/{at}/grams")
        case facts.Treated():
            _distinct([output.batch for output in fact.outputs if output.batch], "/details/outputs")
            for at, output in enumerate(fact.outputs):
                _check_grams(output.grams, f"/details/outputs/{at}/grams")
                if output.kind == "residue" and output.batch is None:
                    raise Problem("field_required", f"/details/outputs/{at}/batch", field="batch")
        case facts.Corrected():
            _check_grams(fact.grams, "/details/grams")


def _readable_lines(fact: facts.Fact) -> None:
    if isinstance(fact, _ABOUT_ONE) and len(fact.lines) != 1:
        raise Problem("fact_needs_one_batch", "/lines", count=len(fact.lines))
    if not fact.lines and not isinstance(fact, _BY_MANIFEST):
        raise Problem("fact_needs_batches", "/lines")
    if not fact.lines and fact.manifest is None:
        raise Problem("fact_needs_manifest", "/manifest")
    _distinct([line.batch for line in fact.lines], "/lines")
    for at, line in enumerate(fact.lines):
        if line.grams is None and isinstance(fact, _WITH_GRAMS):
            raise Problem("fact_needs_grams", f"/lines/{at}/grams")
        if line.grams is not None:
            _check_grams(line.grams, f"/lines/{at}/grams")


def _readable_receipt(fact: facts.Received) -> None:
    if fact.outcome == "part" and not fact.refused:
        raise Problem("outcome_incomplete", "/details/refused")
    if fact.outcome != "whole" and fact.cause is None:
        raise Problem("cause_missing", "/details/cause")
    if fact.outcome != "part" and fact.refused:
        raise Problem("outcome_incomplete", "/details/outcome")
    named = {line.batch for line in fact.lines}
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
