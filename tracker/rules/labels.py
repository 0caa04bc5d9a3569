"""Findings about the roll label that a new batch was put under. The batch is recorded in any case; the label stays with
whatever it was put on first, and binds to the new batch only where nothing here is found."""

from collections.abc import Collection, Iterator
from uuid import UUID

from tracker import facts, rolls
from tracker.problems import Finding
from tracker.rules.context import Context


def of_a_roll(context: Context) -> Iterator[Finding]:
    """A new batch may bear an unused label of a roll that its own enterprise was given."""
    fact = context.fact
    if not isinstance(fact, facts.Generated) or fact.label is None:
        return
    for batch in context.booked.born.values():
        label = context.labels.get(fact.label)
        if label is None:
            yield Finding("label_of_batch_not_issued", {"label": str(fact.label)}, str(batch.uuid))
            continue
        if label.batch == batch.uuid:
            continue  # Its own label, printed for it beforehand.
        shown = {"code": label.human_code}
        if label.batch is not None:
            yield Finding("label_on_another_batch", shown | {"first": str(label.batch)}, str(batch.uuid))
        elif label.enterprise is None:
            yield Finding("label_not_of_a_roll", shown, str(batch.uuid))
        elif label.enterprise != batch.generator:
            yield Finding("label_of_other_enterprise", shown | {"enterprise": label.enterprise}, str(batch.uuid))
        elif label.withdrawn:
            yield Finding("label_was_withdrawn", shown, str(batch.uuid))


RULES = (of_a_roll,)


def bound(
    known: dict[UUID, rolls.LabelKnown], fact: facts.Fact, born: Collection[UUID], found: Collection[Finding]
) -> tuple[UUID, UUID] | None:
    """The label that is on the new batch from here on, and the batch; None where there is none, or it stays where it
    was."""
    if not isinstance(fact, facts.Generated) or fact.label not in known or not born:
        return None
    return None if UNBOUND & {finding.code for finding in found} else rolls.put_on(known, fact)


#: Where one of these was found, the label was not bound.
UNBOUND = frozenset(
    {
        "label_of_batch_not_issued",
        "label_on_another_batch",
        "label_not_of_a_roll",
        "label_of_other_enterprise",
        "label_was_withdrawn",
    }
)
