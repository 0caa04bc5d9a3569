"""A synthetic park of any size, for the trace: a merging and splitting graph of eleven levels, loaded in bulk.

Every fact is a genuine one: it is made as a handler would tell it, booked by ``tracker.booking`` like any other, and
its canonical record hashed into the log; only the way into the tables is another, COPY instead of the ledger. ``tracker
verify`` must be content with the result, and now and then a fact is held against what the ledger itself would have
written: canonical JSON by the reference encoder, and no finding by any rule.

The graph: batches of a level are made from those of the level before, within one enterprise, of one to five parents,
two at the mean. Parents are used bit by bit by several children, so many stay on hand; now and then a taking empties
one, and a third of what is left is treated.
"""

import hashlib
import itertools
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import rfc8785

from tracker import booking, facts, quantity, rules
from tracker.ledger import leaf_hash
from tracker.parties import Settings
from tracker.rules.context import ClassKnown, Context, PermitKnown

LEVELS = 11
_BEGAN = datetime(2026, 1, 5, tzinfo=UTC)
_BETWEEN_FACTS = timedelta(seconds=15)
_TOLD_AFTER = timedelta(seconds=4)
#: Kinds of making batches and how often: a split into one to three parts (of one parent each), or two to five parents
#: into one. A split makes two batches at the mean, so of 100 batches 35 have one parent, 40 two, 18 three, 5 four and 2
#: five.
_PARENTS = (1, 2, 3, 4, 5)
_OFTEN = (0.175, 0.40, 0.18, 0.05, 0.02)
#: Each level has this many times the batches of the one before: waste is regrouped more often than it is made anew.
_GROWTH = 1.07
_EMPTIED = 0.02
_TREATED = 0.35
#: A batch lighter than this is left alone: eleven levels on, its parts would weigh nothing.
_GRAMS_MIN = 40
_CHECKED_EVERY = 997


@dataclass(frozen=True, slots=True)
class Teller:
    """An enterprise that generates, regroups and treats, and the person who tells it."""

    key: int
    uuid: UUID
    person: int
    person_uuid: UUID
    longitude: float
    latitude: float


@dataclass(frozen=True, slots=True)
class Ground:
    """What the park must have before the first fact."""

    park: int
    park_uuid: UUID
    tellers: tuple[Teller, ...]
    waste: facts.ClassRef
    class_id: int
    permit: PermitKnown


@dataclass(slots=True)
class Rows:
    """Lines in PostgreSQL's COPY text format, by table."""

    fact: list[str] = field(default_factory=list)
    batch: list[str] = field(default_factory=list)
    posting: list[str] = field(default_factory=list)
    edge: list[str] = field(default_factory=list)


#: The columns of the lines, in their order.
COLUMNS = {
    "fact": 'park_id, "index", id, kind, verdict, person_id, enterprise_id, observed_at, recorded_at, place, digest,'
    " record, leaf",
    "batch": "park_id, id, uuid, class_id, generator_id, holder_id, state, free_state, grams, grams_at_start, measured,"
    " form, mass_fact, generated_at, held_since, last_fact, last_index, last_observed_at",
    "posting": 'park_id, "index", line, batch_id, account, enterprise_id, class_id, grams, counts_at',
    "edge": 'park_id, parent, child, "index", grams, counts_at',
}


class Maker:
    """Lives the park's life in memory, a level at a time, and hands out rows. ``balance`` and ``size`` are what the
    running sums and the head of the log must be at the end."""

    def __init__(self, ground: Ground, seed: int = 7) -> None:
        self.ground = ground
        self.random = random.Random(seed)
        self.size = 0
        self.balance: dict[tuple[int, str], int] = {}
        self.rows = Rows()
        self._keys = itertools.count(1)
        self.books = booking.Books(
            new_key=lambda _: next(self._keys),
            enterprises={teller.uuid: teller.key for teller in ground.tellers},
            places={},
            classes={str(ground.waste): ground.class_id},
        )
        self.known = ClassKnown(
            key=ground.class_id,
            scheme=ground.waste.scheme,
            edition=ground.waste.edition,
            code=ground.waste.code,
            hazardous=False,
            verified=True,
            ended=None,
        )

    def live(self, batches: int, chunk: int = 20_000) -> Iterator[Rows]:
        """Rows for this many batches, some ``chunk`` facts at a time."""
        pools: dict[Teller, list[UUID]] = {}
        sizes = quantity.share_out(batches, [round(1000 * _GROWTH**level) for level in range(LEVELS)])
        for level in range(LEVELS):
            wanted = sizes[level]
            former, pools = pools, {teller: [] for teller in self.ground.tellers}
            elder = list(self.books.batches)
            turns = itertools.cycle(self.ground.tellers)
            while wanted > 0:
                teller = next(turns)
                new = self._generate(teller) if level == 0 else self._make(teller, former[teller], wanted)
                pools[teller] += new
                wanted -= len(new)
                if len(self.rows.fact) >= chunk:
                    yield self._taken()
            yield from self._ended(former, elder, chunk)
        yield from self._ended(pools, list(self.books.batches), chunk)
        yield self._taken()

    def _taken(self) -> Rows:
        taken, self.rows = self.rows, Rows()
        return taken

    # --- facts ----------------------------------------------------------------------------------------------------

    def _id(self, at: datetime) -> UUID:
        """A UUIDv7 of that time; the random part comes from the seed, so the same park can be made again."""
        chance = self.random.getrandbits(74)
        milliseconds = int(at.timestamp() * 1000)
        return UUID(int=milliseconds << 80 | 0x7 << 76 | (chance >> 62) << 64 | 0x2 << 62 | chance & (1 << 62) - 1)

    def _envelope(self, teller: Teller, lines: tuple[facts.Line, ...]) -> dict[str, Any]:
        at = _BEGAN + self.size * _BETWEEN_FACTS
        point = facts.Point(longitude=teller.longitude, latitude=teller.latitude, accuracy_m=7.5)
        return {"id": self._id(at), "observed_at": at, "lines": lines, "place": point}

    def _new(self) -> UUID:
        return self._id(_BEGAN + self.size * _BETWEEN_FACTS)

    def _generate(self, teller: Teller) -> list[UUID]:
        batch = self._new()
        grams = self.random.randrange(2_000_000, 20_000_000)
        lines = (facts.Line(batch=batch, grams=grams, measured=True),)
        envelope = self._envelope(teller, lines)
        self._tell(teller, facts.Generated(**envelope, waste_class=self.ground.waste, form="solid"))
        return [batch]

    def _make(self, teller: Teller, pool: list[UUID], wanted: int) -> list[UUID]:
        """One to three new batches out of one, or one out of several."""
        (parents,) = self.random.choices(_PARENTS, _OFTEN)
        chosen = self._choose(pool, parents)
        if parents == 1:
            (line,) = chosen
            count = min(self.random.choice((1, 2, 3)), wanted)
            taken = line.grams if line.grams is not None else self.books.batches[line.batch].grams
            each = taken // count
            parts = tuple(
                facts.Part(batch=self._new(), grams=taken - each * (count - 1) if at == 0 else each)
                for at in range(count)
            )
            whole = (facts.Line(batch=line.batch, grams=taken),)
            self._tell(teller, facts.Split(**self._envelope(teller, whole), into=parts))
            return [part.batch for part in parts]
        into = facts.Merged(batch=self._new())
        self._tell(teller, facts.Combined(**self._envelope(teller, tuple(chosen)), into=into))
        return [into.batch]

    def _choose(self, pool: list[UUID], count: int) -> list[facts.Line]:
        """Distinct parents and how much of each is taken. Those used longest ago come first, for a store empties its
        old drums before its new ones; one that is emptied leaves the pool."""
        lines = []
        back = []
        for _ in range(count):
            batch = self.books.batches[pool.pop(self.random.randrange((len(pool) + 7) // 8))]
            if batch.grams < _GRAMS_MIN or self.random.random() < _EMPTIED:
                lines.append(facts.Line(batch=batch.uuid))
            else:
                back.append(batch.uuid)
                lines.append(facts.Line(batch=batch.uuid, grams=batch.grams * self.random.randrange(20, 45) // 100))
        pool += back
        return lines

    def _ended(self, pools: dict[Teller, list[UUID]], level: list[UUID], chunk: int) -> Iterator[Rows]:
        """Some of what is left of a level is treated; then nothing more befalls it, and its rows can go."""
        for teller, pool in pools.items():
            for uuid in pool:
                if self.random.random() < _TREATED:
                    self._treat(teller, self.books.batches[uuid])
                if len(self.rows.fact) >= chunk:
                    yield self._taken()
        self.rows.batch += [self._batch(self.books.batches.pop(uuid)) for uuid in level]

    def _treat(self, teller: Teller, batch: booking.Batch) -> None:
        """All or half of a batch is treated; a tenth of what goes in is lost."""
        grams = batch.grams if self.random.random() < 0.7 else max(batch.grams // 2, 1)
        lost = grams // 10
        outputs = (facts.Output(kind="product", grams=grams - lost), facts.Output(kind="loss", grams=lost))
        line = facts.Line(batch=batch.uuid, grams=grams)
        self._tell(
            teller,
            facts.Treated(
                **self._envelope(teller, (line,)),
                treatment=self.random.choice(("R4", "D10", "C5")),
                outputs=outputs if lost else outputs[:0],
            ),
        )

    # --- rows -----------------------------------------------------------------------------------------------------

    def _tell(self, teller: Teller, fact: facts.Fact) -> None:
        """Book a fact and write down what the ledger would."""
        recorded_at = fact.observed_at + _TOLD_AFTER
        booked = booking.book(self.books, fact, booking.Teller(teller.key), self.size, recorded_at)
        told = facts.told(fact)
        body = told | {
            "park": str(self.ground.park_uuid),
            "actor": str(teller.person_uuid),
            "enterprise": str(teller.uuid),
            "recorded_at": recorded_at.isoformat(),
            "verdict": booked.verdict,
            "findings": [],
        }
        record = json.dumps(body, sort_keys=True, separators=(",", ":"))
        digest = hashlib.sha256(json.dumps(told, sort_keys=True, separators=(",", ":")).encode()).digest()
        if self.size % _CHECKED_EVERY == 0:
            self._check(fact, booked, recorded_at, body, record, digest)
        assert fact.place is not None
        self.rows.fact.append(
            f"{self.ground.park}\t{self.size}\t{fact.id}\t{fact.KIND}\t{booked.verdict}\t{teller.person}\t{teller.key}\t"
            f"{fact.observed_at}\t{recorded_at}\tSRID=4326;POINT({fact.place.longitude} {fact.place.latitude})\t"
            f"\\\\x{digest.hex()}\t{record}\t\\\\x{leaf_hash(record.encode()).hex()}\n"
        )
        self._account(booked)
        self.size += 1

    def _account(self, booked: booking.Booked) -> None:
        park, index, class_id = self.ground.park, self.size, self.ground.class_id
        for line, posted in enumerate(booked.postings):
            self.rows.posting.append(
                f"{park}\t{index}\t{line}\t{posted.batch.key}\t{posted.account}\t{posted.enterprise}\t{class_id}\t"
                f"{posted.grams}\t{index}\n"
            )
            key = (posted.enterprise, posted.account)
            self.balance[key] = self.balance.get(key, 0) + posted.grams
        for edge in booked.edges:
            self.rows.edge.append(f"{park}\t{edge.parent.key}\t{edge.child.key}\t{index}\t{edge.grams}\t{index}\n")

    def _batch(self, batch: booking.Batch) -> str:
        assert batch.class_id == self.ground.class_id
        assert batch.store is batch.manifest is batch.came_by is batch.container is batch.process is None
        return (
            f"{self.ground.park}\t{batch.key}\t{batch.uuid}\t{batch.class_id}\t{batch.generator}\t{batch.holder}\t"
            f"{batch.state}\t{batch.free_state}\t{batch.grams}\t{batch.grams_at_start}\t{batch.measured}\t"
            f"{batch.form or chr(92) + 'N'}\t{batch.mass_fact}\t{batch.generated_at}\t{batch.held_since}\t"
            f"{batch.last_fact}\t{batch.last_index}\t{batch.last_observed_at}\n"
        )

    def _check(
        self,
        fact: facts.Fact,
        booked: booking.Booked,
        recorded_at: datetime,
        body: dict[str, object],
        record: str,
        digest: bytes,
    ) -> None:
        """The fast way must be the ledger's way: canonical by the reference encoder, and odd by no rule."""
        assert rfc8785.dumps(body) == record.encode()
        assert digest == facts.digest(fact)
        assert "\\" not in record
        context = Context(
            fact=fact,
            booked=booked,
            settings=Settings(),
            recorded_at=recorded_at,
            classes={self.known.key: self.known},
            permits={teller.key: [self.ground.permit] for teller in self.ground.tellers},
        )
        findings = booked.findings + rules.judge(context)
        assert not findings, findings
