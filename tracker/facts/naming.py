"""What a fact names beside its lines: new batches, enterprises, waste classes, proposals."""

from uuid import UUID

from tracker.facts.kinds import (
    Arrived,
    ClassRef,
    Combined,
    Consented,
    Declined,
    Deposited,
    Fact,
    Generated,
    HandedOver,
    ManifestIssued,
    NotCollected,
    PickedUp,
    Received,
    Rerouted,
    Returned,
    Signed,
    Split,
    Stopped,
    Treated,
)

#: What befalls a consignment: who has no manifest's id may name its label.
ON_MANIFEST = (PickedUp, NotCollected, HandedOver, Stopped, Deposited, Arrived, Received, Returned)


def new_batches(fact: Fact) -> list[UUID]:
    """The batches this fact brings into the world."""
    match fact:
        case Generated():
            return [line.batch for line in fact.lines]
        case Split():
            return [part.batch for part in fact.into]
        case Combined():
            return [fact.into.batch]
        case Received():
            return [part.into for part in fact.refused]
        case Treated():
            return [output.batch for output in fact.outputs if output.batch is not None]
        case _:
            return []


def enterprises_named(fact: Fact) -> list[UUID]:
    """The enterprises a fact names beside the one that tells it."""
    match fact:
        case ManifestIssued():
            return [fact.generator, fact.receiver, *(carrier.enterprise for carrier in fact.carriers)]
        case PickedUp() | HandedOver() if fact.carrier is not None:
            return [fact.carrier]
        case Deposited() if fact.keeper is not None:
            return [fact.keeper]
        case Rerouted():
            return [*([fact.receiver] if fact.receiver else []), *(carrier.enterprise for carrier in fact.carriers)]
        case Signed() if fact.on_behalf is not None:
            return [fact.on_behalf]
        case _:
            return []


def classes_named(fact: Fact) -> list[ClassRef]:
    """The waste classes a fact names."""
    match fact:
        case Generated():
            return [fact.waste_class]
        case Combined():
            return [fact.into.waste_class] if fact.into.waste_class else []
        case Treated():
            return [output.waste_class for output in fact.outputs if output.waste_class]
        case _:
            return []


def labels_named(fact: Fact) -> list[UUID]:
    """The labels it was told by, those of batches first."""
    found = [line.label for line in fact.lines if line.label is not None]
    if isinstance(fact, Received):
        found += [part.label for part in fact.refused if part.label is not None]
    return [*found, fact.manifest_label] if fact.manifest_label is not None else found


def proposal_named(fact: Fact) -> UUID | None:
    """The proposal an answer is about."""
    return fact.to if isinstance(fact, Consented | Declined) else None
