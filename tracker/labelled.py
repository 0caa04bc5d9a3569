"""Facts that were told by a label. A phone without a network reads a genuine label and knows neither the batch nor the
manifest it is on; the park knows, or will, once the phone that put the label on something has found the network too."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import Connection, text

from tracker import facts
from tracker.problems import Problem

#: The label of an emergency sheet is that of the manifest the sheet became.
ON = """
SELECT l.id, l.human_code, l.what IN ('manifest', 'sheet') AS of_manifest, l.batch_uuid AS batch,
  coalesce(l.manifest_uuid, m.uuid) AS manifest
FROM label l
LEFT JOIN emergency_sheet s ON l.what = 'sheet' AND s.park_id = l.park_id AND s.label_id = l.id
LEFT JOIN manifest m ON m.park_id = s.park_id AND m.sheet = s.number
"""
_ON = text(f"{ON} WHERE l.park_id = :park AND l.id = ANY (:labels)")


@dataclass(frozen=True, slots=True)
class On:
    """What a label is on: ``batch`` or ``manifest``, neither where it is still blank."""

    human_code: str
    of_manifest: bool
    batch: UUID | None
    manifest: UUID | None


def look_up(connection: Connection, park: int, run: Sequence[facts.Fact]) -> dict[UUID, On]:
    """What the labels that facts were told by are on, as far as the park issued them: one statement, none where every
    fact names what it is about."""
    wanted = {label for fact in run for label in facts.labels_named(fact)}
    if not wanted:
        return {}
    rows = connection.execute(_ON, {"park": park, "labels": list(wanted)})
    return {row.id: On(row.human_code, row.of_manifest, row.batch, row.manifest) for row in rows}


def put_on(known: dict[UUID, On], label: UUID, batch: UUID) -> None:
    """A fact of this run put a label on a batch; those behind it find it there."""
    if label in known:
        known[label] = replace(known[label], batch=batch)


def resolved(fact: facts.Fact, known: Mapping[UUID, On]) -> facts.Fact:
    """The fact with what its labels are on, as far as that is known."""
    if not facts.labels_named(fact):
        return fact
    lines = tuple(replace(line, batch=_batch(known, line)) for line in fact.lines)
    on = known.get(fact.manifest_label) if fact.manifest_label else None
    fact = replace(fact, lines=lines, manifest=on.manifest if on else fact.manifest)
    if isinstance(fact, facts.Received):
        fact = replace(fact, refused=tuple(replace(part, batch=_batch(known, part)) for part in fact.refused))
    return fact


def _batch(known: Mapping[UUID, On], one: facts.Line | facts.RefusedPart) -> UUID:
    on = known.get(one.label) if one.label else None
    return on.batch if on and on.batch else one.batch


def check(fact: facts.Fact, known: Mapping[UUID, On]) -> None:
    """Raise ``Problem`` label_of_manifest, label_of_batch where a label is named as what it is not."""
    for at, line in enumerate(fact.lines):
        if line.label and (on := known.get(line.label)) and on.of_manifest:
            raise Problem("label_of_manifest", f"/lines/{at}/label", code=on.human_code)
    if fact.manifest_label and (on := known.get(fact.manifest_label)) and not on.of_manifest:
        raise Problem("label_of_batch", "/manifest_label", code=on.human_code)


def missing(fact: facts.Fact, known: Mapping[UUID, On]) -> UUID | None:
    """The first label that is not on anything yet, or not known at all."""
    for label in facts.labels_named(fact):
        on = known.get(label)
        # One that is named as what it is not waits for nothing: ``check`` says so.
        if on is None or (on.batch is None and on.manifest is None):
            return label
    return None
