"""Signs labels with a park's newest key and logs them as issued, in that order and before any printing."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection

from manifests import code, human, keys
from tracker import booking, clock, papers
from tracker.parties import Caller
from tracker.problems import Problem
from tracker.rules.context import ClassKnown


@dataclass(slots=True)
class Signer:
    """Knows where the private keys are. One a process; a key is read from its file once."""

    folder: Path
    _read: dict[int, tuple[int, Ed25519PrivateKey]] = field(default_factory=dict)

    def key(self, park: int) -> tuple[int, Ed25519PrivateKey]:
        """The newest key of a park and its id. Raises ``Problem`` signing_key_missing."""
        if park not in self._read:
            known = keys.key_ids(self.folder, park)
            if not known:
                raise Problem("signing_key_missing", park=park, key_id="—")
            self._read[park] = (known[-1], keys.load(self.folder, park, known[-1]))
        return self._read[park]


#: A batch and what is known of its class.
Bare = tuple[booking.Batch, ClassKnown | None]


def label_batches(
    connection: Connection, caller: Caller, signer: Signer, batches: Iterable[Bare], now: datetime
) -> dict[UUID, UUID]:
    """Issue a label for each batch; the new label ids by batch id."""
    rows = [_of_batch(caller, signer, batch, found, now) for batch, found in batches]
    papers.log_labels(connection, rows)
    return {row["batch_uuid"]: row["id"] for row in rows}


def labels_of_manifest(
    caller: Caller,
    signer: Signer,
    manifest: UUID,
    *,
    generator: int,
    grams: int,
    hazardous: bool,
    bare: Iterable[Bare],
    now: datetime,
) -> list[dict[str, Any]]:
    """The rows of a manifest's label, first, and of one for each of its batches that is still ``bare``: signed, to be
    logged with the manifest."""
    own = _row(
        caller,
        signer,
        now,
        what="manifest",
        waste_class=0,
        generator=generator,
        grams=code.stated(grams),
        measured=False,
        hazardous=hazardous,
    ) | {"batch_uuid": None, "manifest_uuid": manifest}
    return [own, *(_of_batch(caller, signer, batch, found, now) for batch, found in bare)]


def _of_batch(
    caller: Caller, signer: Signer, batch: booking.Batch, found: ClassKnown | None, now: datetime
) -> dict[str, Any]:
    return _row(
        caller,
        signer,
        now,
        what="batch",
        waste_class=batch.class_id or 0,
        generator=batch.generator,
        grams=code.stated(batch.grams),
        measured=batch.measured,
        hazardous=bool(found and found.hazardous),
    ) | {"batch_uuid": batch.uuid, "manifest_uuid": None}


def _row(
    caller: Caller,
    signer: Signer,
    now: datetime,
    *,
    what: code.What,
    waste_class: int,
    generator: int,
    grams: int,
    measured: bool,
    hazardous: bool,
) -> dict[str, Any]:
    key_id, private_key = signer.key(caller.park)
    label = code.Label(
        park=caller.park,
        key_id=key_id,
        label_id=uuid4(),
        day=clock.day_of(now),
        what=what,
        waste_class=waste_class,
        generator=generator,
        grams=grams,
        measured=measured,
        hazardous=hazardous,
    )
    return {
        "park_id": caller.park,
        "id": label.label_id,
        "human_code": human.human_code(label.label_id),
        "signed": code.sign(label, private_key),
        "what": what,
        "roll_uuid": None,
        "issued_at": now,
        "issued_by": caller.person,
    }


def label_sheets(
    connection: Connection, caller: Caller, signer: Signer, count: int, now: datetime
) -> list[dict[str, Any]]:
    """Issue labels for emergency sheets; the rows as logged. In the code a sheet is what every label is that is printed
    before there is anything to put it on; in the log it is told apart."""
    rows = [
        _row(caller, signer, now, what="roll", waste_class=0, generator=0, grams=0, measured=False, hazardous=False)
        | {"what": "sheet", "batch_uuid": None, "manifest_uuid": None}
        for _ in range(count)
    ]
    papers.log_labels(connection, rows)
    return rows


def label_roll(
    connection: Connection, caller: Caller, signer: Signer, roll: UUID, generator: int, count: int, now: datetime
) -> list[dict[str, Any]]:
    """Issue the labels of a roll for the enterprise ``generator``; the rows as logged. The enterprise is in the code: a
    phone without a network sees whose roll a blank label is of."""
    rows = [
        _row(
            caller, signer, now,
            what="roll", waste_class=0, generator=generator, grams=0, measured=False, hazardous=False,
        )
        | {"roll_uuid": roll, "batch_uuid": None, "manifest_uuid": None}
        for _ in range(count)
    ]  # fmt: skip
    papers.log_labels(connection, rows)
    return rows


def label_numbers(
    connection: Connection, caller: Caller, signer: Signer, count: int, now: datetime, *, hazardous: bool
) -> list[dict[str, Any]]:
    """Issue labels for numbers that are given out beforehand: each is a manifest's, of which only the generator and the
    kind of waste are known yet. The rows as logged."""
    rows = [
        _row(
            caller, signer, now,
            what="manifest", waste_class=0, generator=caller.enterprise or 0, grams=0, measured=False,
            hazardous=hazardous,
        )
        | {"batch_uuid": None, "manifest_uuid": None}
        for _ in range(count)
    ]  # fmt: skip
    papers.log_labels(connection, rows)
    return rows
