"""What a fact is about, named once: by its id, or by the label that was scanned where the phone could know no more."""

from collections.abc import Mapping, Sequence
from typing import Any

from marshmallow import ValidationError

from api.errors import coded
from tracker import facts


def once(kind: str, envelope: Mapping[str, Any]) -> None:
    """Whatever a fact is about is named once: by its id, or by the label that was scanned."""
    wrong: dict[str, Any] = {}
    lines = {at: wrong_ for at, line in enumerate(envelope.get("lines") or ()) if (wrong_ := unclear(kind, line))}
    if lines:
        wrong["lines"] = lines
    if envelope.get("manifest_label"):
        if envelope.get("manifest"):
            wrong["manifest_label"] = coded("named_two_ways", one="manifest", other="manifest_label").messages
        elif not issubclass(facts.KINDS[kind], facts.ON_MANIFEST):
            wrong["manifest_label"] = coded("field_unknown", field="manifest_label").messages
    if wrong:
        raise ValidationError(wrong)


def each_once(kind: str, name: str, parts: Sequence[Mapping[str, Any]]) -> None:
    """The same of the parts of a batch that the details tell of."""
    wrong = {at: wrong_ for at, part in enumerate(parts) if (wrong_ := unclear(kind, part))}
    if wrong:
        raise ValidationError({"details": {name: wrong}})


def unclear(kind: str, line: Mapping[str, Any]) -> dict[str, Any]:
    """What is wrong with the name of one batch."""
    if "label" not in line:
        return {} if "batch" in line else {"batch": coded("field_required", field="batch").messages}
    if "batch" in line:
        return {"label": coded("named_two_ways", one="batch", other="label").messages}
    # A new batch is given its id by whoever makes it; the label it is put under is one of its details.
    return {"label": coded("field_unknown", field="label").messages} if kind == facts.Generated.KIND else {}


def by_id(one: Mapping[str, Any]) -> dict[str, Any]:
    """A label's id stands in for the batch it is on, until the park looks it up."""
    return {**one, "batch": one["label"]} if "label" in one else dict(one)
