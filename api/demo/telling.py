"""Tells the demo's facts to the ledger as phones would: a shift collects them, then sends them, up to fifty a call."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from random import Random
from uuid import UUID

from api.demo.park import DemoPark
from manifests import issue, signing
from tracker import facts, ledger, loading
from tracker.parties import Caller
from tracker.store import Connection


@dataclass(frozen=True, slots=True)
class Told:
    """A fact on its way, and the answer it should get."""

    at: datetime
    who: str
    fact: facts.Fact
    expected: str = "recorded"


@dataclass(slots=True)
class Pen:
    """Collects what is told during a shift, and sends it, teller by teller."""

    connection: Connection
    park: DemoPark
    signer: signing.Signer
    rng: Random
    recorded: int = 0
    issued: int = 0
    _shift: list[Told] = field(default_factory=list)
    _calls: list[tuple[datetime, Callable[[datetime], None]]] = field(default_factory=list)

    def new_id(self, at: datetime) -> UUID:
        """A UUIDv7 of that moment, the same for the same seed."""
        milliseconds = int(at.timestamp() * 1000)
        bits = milliseconds << 80 | 0x7 << 76 | self.rng.getrandbits(12) << 64 | 0b10 << 62 | self.rng.getrandbits(62)
        return UUID(int=bits)

    def tell(self, who: str, fact: facts.Fact, *, at: datetime | None = None, expected: str = "recorded") -> None:
        """``who`` will send this fact, at the end of the shift after ``at`` (None: after it was observed)."""
        self._shift.append(Told(at or fact.observed_at, who, fact, expected))

    def plan(self, at: datetime, who: str, plan: issue.Plan) -> None:
        """``who`` will issue this manifest at that time."""

        def call(now: datetime) -> None:
            issue.issue(self.connection, self.park.companies[who].manager, self.signer, plan, now=now)
            self.issued += 1
            self.recorded += 1

        self._calls.append((at, call))

    def void(self, at: datetime, who: str, manifest: UUID, reason: str) -> None:
        """``who`` will take a manifest back at that time."""

        def call(now: datetime) -> None:
            issue.void(self.connection, self.park.companies[who].manager, manifest, reason, now=now)
            self.recorded += 1

        self._calls.append((at, call))

    def send(self) -> None:
        """The shift is over: everything collected goes into the books, in the order in which it reached the server."""
        shifts: dict[str, list[Told]] = {}
        for one in sorted(self._shift, key=lambda one: one.at):
            shifts.setdefault(one.who, []).append(one)
        for who, told in shifts.items():
            caller, delay = self.park.companies[who].handler, timedelta(seconds=self.rng.randint(20, 90))
            for first in range(0, len(told), ledger.FACTS_MAX):
                some = told[first : first + ledger.FACTS_MAX]
                self._calls.append((some[-1].at + delay, partial(self._tell, caller, some)))
        for at, call in sorted(self._calls, key=lambda one: one[0]):
            call(at)
        self._shift.clear()
        self._calls.clear()

    def _tell(self, caller: Caller, told: Sequence[Told], now: datetime) -> None:
        receipts = ledger.record(self.connection, caller, [one.fact for one in told], now=now)
        for one, receipt in zip(told, receipts, strict=True):
            if receipt.verdict != one.expected:
                message = f"{one.who} told {one.fact}: {receipt.verdict}, not {one.expected}: {receipt.problem}"
                raise RuntimeError(message)
        self.recorded += sum(receipt.index is not None for receipt in receipts)
        born = [
            line
            for one, receipt in zip(told, receipts, strict=True)
            if isinstance(one.fact, facts.Generated) and receipt.index is not None
            for line in one.fact.lines
        ]
        if born:
            self._label(caller, born, now)

    def _label(self, caller: Caller, born: Sequence[facts.Line], now: datetime) -> None:
        """A container gets its label where it is filled."""
        named = tuple(facts.Line(batch=line.batch) for line in born)
        looked_at = facts.TakenOut(id=born[0].batch, observed_at=now, lines=named)
        shelf = loading.shelf(self.connection, self.park.key, [looked_at])
        batches = shelf.books.batches.values()
        pairs = [(batch, shelf.classes.get(batch.class_id or 0)) for batch in batches]
        signing.label_batches(self.connection, caller, self.signer, pairs, now)
