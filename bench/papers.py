"""A synthetic park of manifests, any number of them, loaded in bulk: what the lists are read from.

As in ``bench.graph`` every fact is a genuine one, booked by ``tracker.booking`` as any other, and only the way into the
tables is another. A batch is generated, put on a manifest, picked up, received and treated; so many of the newest are
still on their way, a few are voided. ``tracker verify`` must be content with the result.
"""

import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from manifests import human, number
from tracker import booking, facts
from tracker.booking.books import Manifest
from tracker.ledger import leaf_hash

_BEGAN = datetime(2026, 1, 5, tzinfo=UTC)
_BETWEEN = timedelta(seconds=20)
_TOLD_AFTER = timedelta(seconds=4)
_RULE = number.NumberRule("{park}-{year}-{serial:07d}")
#: How far a manifest came, and how often: most are closed, and it is the few others that people ask for.
_ENDS = ("closed", "voided", "delivered", "refused")
_OFTEN = (0.93, 0.03, 0.03, 0.01)
#: Of the newest, so many are still at the gate, and as many on the road.
_OPEN = 2_000


@dataclass(frozen=True, slots=True)
class Company:
    """An enterprise and the person who tells its facts."""

    key: int
    uuid: UUID
    person: int
    person_uuid: UUID


@dataclass(frozen=True, slots=True)
class Ground:
    """What the park has before the first manifest."""

    park: int
    park_uuid: UUID
    generators: Sequence[Company]
    carriers: Sequence[Company]
    receivers: Sequence[Company]
    waste: facts.ClassRef
    class_id: int


COLUMNS = {
    "fact": 'park_id, "index", id, kind, verdict, person_id, enterprise_id, manifest_uuid, observed_at, recorded_at,'
    " digest, record, leaf",
    "batch": "park_id, id, uuid, class_id, generator_id, holder_id, state, free_state, grams, grams_at_start, measured,"
    " manifest_id, came_by_id, mass_fact, generated_at, held_since, last_fact, last_index, last_observed_at",
    "manifest": "park_id, id, uuid, number, state, hazardous, generator_id, receiver_id, treatment, revision, made_at,"
    " issued_at, due_pickup_at",
    "manifest_carrier": "park_id, manifest_id, leg, enterprise_id, plate, took_over_at",
    "manifest_line": "park_id, manifest_id, batch_id, planned_grams, loaded_grams, accepted_grams, refused_grams,"
    " outcome, finished, pickup_fact, pickup_enterprise_id",
    "label": "park_id, id, human_code, signed, what, batch_uuid, manifest_uuid, issued_at",
    "posting": 'park_id, "index", line, batch_id, account, enterprise_id, class_id, grams',
}


@dataclass(slots=True)
class Rows:
    """Lines in PostgreSQL's COPY text format, by table."""

    lines: dict[str, list[str]] = field(default_factory=lambda: {table: [] for table in COLUMNS})

    def add(self, table: str, *values: Any) -> None:
        self.lines[table].append("\t".join("\\N" if value is None else str(value) for value in values) + "\n")


class Maker:
    """Lives the life of a park's manifests in memory and hands out rows. ``balance``, ``size`` and ``serial`` are what
    the running sums, the head of the log and the number series must be at the end."""

    def __init__(self, ground: Ground, seed: int = 5) -> None:
        self.ground = ground
        self.random = random.Random(seed)
        self.size = self.serial = 0
        self.balance: dict[tuple[int, str], int] = {}
        self.rows = Rows()
        self._keys = itertools.count(1)
        self._now = _BEGAN
        everybody = (*ground.generators, *ground.carriers, *ground.receivers)
        self.enterprises = {company.uuid: company.key for company in everybody}

    def live(self, manifests: int, chunk: int = 5_000) -> Iterator[Rows]:
        """Rows for this many manifests."""
        for at in range(manifests):
            left = manifests - at
            end = self.random.choices(_ENDS, _OFTEN)[0]
            if left <= 2 * _OPEN and manifests > 4 * _OPEN:
                end = "issued" if left <= _OPEN else "under_way"
            self._one(end)
            if at % chunk == chunk - 1:
                yield self._taken()
        yield self._taken()

    def _taken(self) -> Rows:
        taken, self.rows = self.rows, Rows()
        return taken

    def _id(self) -> UUID:
        chance = self.random.getrandbits(74)
        milliseconds = int(self._now.timestamp() * 1000)
        return UUID(int=milliseconds << 80 | 0x7 << 76 | (chance >> 62) << 64 | 0x2 << 62 | chance & (1 << 62) - 1)

    def _one(self, end: str) -> None:
        """One batch, its manifest, and what befell them."""
        ground = self.ground
        # A few large receivers take most of it, as everywhere.
        generator = self.random.choice(ground.generators)
        carrier = self.random.choice(ground.carriers)
        receiver = ground.receivers[int(len(ground.receivers) * self.random.random() ** 2)]
        self.books = booking.Books(
            new_key=lambda _: next(self._keys),
            enterprises=self.enterprises,
            places={},
            classes={str(ground.waste): ground.class_id},
        )
        batch, manifest = self._id(), self._id()
        grams = self.random.randrange(200_000, 20_000_000)
        line = facts.Line(batch=batch, grams=grams, measured=True)
        self._tell(generator, facts.Generated(**self._told(line), waste_class=ground.waste))
        self.serial += 1
        labels = (self._label(manifest=manifest), self._label(batch=batch))
        issued = facts.ManifestIssued(
            **self._told(line), manifest=manifest,
            number=number.general(_RULE, "BENCH", 2026, self.serial), generator=generator.uuid,
            carriers=(facts.Carrier(enterprise=carrier.uuid, plate="京A12345"),), receiver=receiver.uuid,
            treatment="D10", hazardous=False, labels=labels,
        )  # fmt: skip
        self.books.manifests[manifest] = Manifest(
            manifest, None, "draft", 0, 0, "", hazardous=False, legs=[], lines={}, key=self.serial
        )
        self._tell(generator, issued)
        self._onward(end, manifest, line, generator, carrier, receiver)
        self._write(manifest)

    def _onward(
        self, end: str, manifest: UUID, line: facts.Line, generator: Company, carrier: Company, receiver: Company
    ) -> None:
        if end == "voided":
            self._tell(generator, facts.ManifestVoided(**self._told(), manifest=manifest, reason="x"))
        if end in ("issued", "voided"):
            return
        self._tell(carrier, facts.PickedUp(**self._told(), manifest=manifest, plate="京A12345"))
        if end == "under_way":
            return
        refused = {"outcome": "refused", "cause": "not_conform"} if end == "refused" else {"outcome": "whole"}
        self._tell(receiver, facts.Received(**self._told(line), manifest=manifest, **refused))  # type: ignore[arg-type]
        if end == "closed":
            self._tell(receiver, facts.Treated(**self._told(line), treatment="D10"))

    def _told(self, *lines: facts.Line) -> dict[str, Any]:
        self._now += _BETWEEN
        return {"id": self._id(), "observed_at": self._now, "lines": lines}

    def _label(self, *, batch: UUID | None = None, manifest: UUID | None = None) -> UUID:
        label = UUID(int=self.random.getrandbits(128), version=4)
        what = "batch" if batch else "manifest"
        # The signature is not looked at where lists are read; it only has its length.
        signed = "\\\\x" + label.hex * 6 + label.hex[:8]
        self.rows.add(
            "label", self.ground.park, label, human.human_code(label), signed, what, batch, manifest, self._now
        )
        return label

    # --- rows -----------------------------------------------------------------------------------------------------

    def _tell(self, teller: Company, fact: facts.Fact) -> None:
        """Book a fact and write down what the ledger would."""
        recorded_at = fact.observed_at + _TOLD_AFTER
        booked = booking.book(self.books, fact, booking.Teller(teller.key), self.size, recorded_at)
        body = facts.told(fact) | {
            "park": str(self.ground.park_uuid),
            "actor": str(teller.person_uuid),
            "enterprise": str(teller.uuid),
            "recorded_at": recorded_at.isoformat(),
            "verdict": booked.verdict,
            "findings": [],
        }
        record = facts.canonical(body)
        assert booked.verdict == "recorded"
        assert b"\\" not in record
        self.rows.add(
            "fact", self.ground.park, self.size, fact.id, fact.KIND, booked.verdict, teller.person, teller.key,
            fact.manifest or next(iter(booked.manifests), None), fact.observed_at, recorded_at,
            f"\\\\x{facts.digest(fact).hex()}", record.decode(), f"\\\\x{leaf_hash(record).hex()}",
        )  # fmt: skip
        for line, posted in enumerate(booked.postings):
            key = (posted.enterprise, posted.account)
            self.balance[key] = self.balance.get(key, 0) + posted.grams
            self.rows.add(
                "posting", self.ground.park, self.size, line, posted.batch.key, posted.account, posted.enterprise,
                self.ground.class_id, posted.grams,
            )  # fmt: skip
        self.size += 1

    def _write(self, uuid: UUID) -> None:
        park, manifest = self.ground.park, self.books.manifests[uuid]
        issued = manifest.issued_at
        assert issued is not None
        self.rows.add(
            "manifest", park, manifest.key, uuid, manifest.number, manifest.state, "f", manifest.generator,
            manifest.receiver, manifest.treatment, 1, issued, issued, issued + timedelta(days=7),
        )  # fmt: skip
        for leg, one in enumerate(manifest.legs, start=1):
            self.rows.add("manifest_carrier", park, manifest.key, leg, one.enterprise, one.plate, one.took_over_at)
        for batch in self.books.batches.values():
            line = manifest.lines[batch.uuid]
            self.rows.add(
                "manifest_line", park, manifest.key, batch.key, line.planned_grams, line.loaded_grams,
                line.accepted_grams, line.refused_grams, line.outcome, line.finished, line.pickup_fact,
                line.pickup_enterprise,
            )  # fmt: skip
            on, by = (manifest.key if batch.manifest else None), (manifest.key if batch.came_by else None)
            self.rows.add(
                "batch", park, batch.key, batch.uuid, batch.class_id, batch.generator, batch.holder, batch.state,
                batch.free_state, batch.grams, batch.grams_at_start, batch.measured, on, by, batch.mass_fact,
                batch.generated_at, batch.held_since, batch.last_fact, batch.last_index, batch.last_observed_at,
            )  # fmt: skip
