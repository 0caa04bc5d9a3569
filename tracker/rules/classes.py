"""Findings about the waste class a batch was given."""

from collections.abc import Iterator

from tracker import facts
from tracker.catalogue import validate
from tracker.problems import Finding, Problem
from tracker.rules.context import Context


def known(context: Context) -> Iterator[Finding]:
    """A new batch wants a code that exists, in an edition that may still be used."""
    named = {str(ref): ref for ref in facts.classes_named(context.fact)}
    for batch in context.booked.born.values():
        if batch.class_id is None:
            ref = named.get(batch.raw_class or "")
            yield Finding("class_unknown", {"code": batch.raw_class}, str(batch.uuid))
            if ref is not None and _of_another_scheme(ref):
                evidence = {"code": ref.code, "scheme": ref.scheme}
                yield Finding("class_shape_of_other_scheme", evidence, str(batch.uuid))
            continue
        found = context.classes.get(batch.class_id)
        if found is None or str(found) not in named:
            continue
        if found.ended is not None:
            evidence = {"code": str(found), "ended": found.ended.isoformat()}
            yield Finding("class_edition_ended", evidence, str(batch.uuid))
        if not found.verified:
            yield Finding("class_unverified", {"code": str(found)}, str(batch.uuid))


def _of_another_scheme(ref: facts.ClassRef) -> bool:
    try:
        validate.waste_code(ref.code, ref.scheme)
    except Problem:
        return True
    return False


RULES = (known,)
