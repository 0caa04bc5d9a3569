"""Tells the demo's facts to the ledger as phones would: a shift collects them, then sends them, up to fifty a call."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
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
    """Collects what is told during a shift, and sends it teller by teller in the order of their last word."""

    connection: Connection
    park: DemoPark
    signer: signing.Signer
    rng: Random
    recorded: int = 0
    issued: int = 0
    _shift: list[Told] = field(default_factory=list)
    _plans: list[tuple[datetime, str, issue.Plan]] = field(default_factory=list)

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
        self._plans.append((at, who, plan))

    def send(self) -> None:
        """The shift is over: everything collected goes into the books."""
        for at, who, plan in sorted(self._plans, key=lambda one: one[0]):
            issue.issue(self.connection, self.park.companies[who].manager, self.signer, plan, now=at)
            self.issued += 1
            self.recorded += 1
        self._plans.clear()
        shifts: dict[str, list[Told]] = {}
        for one in sorted(self._shift, key=lambda one: one.at):
            shifts.setdefault(one.who, []).append(one)
        self._shift.clear()
        for who, told in sorted(shifts.items(), key=lambda shift: shift[1][-1].at):
            caller = self.park.companies[who].handler
            for first in range(0, len(told), ledger.FACTS_MAX):
                self._call(caller, told[first : first + ledger.FACTS_MAX])

    def void(self, who: str, manifest: UUID, reason: str, at: datetime) -> None:
        """``who`` takes a manifest back at that time."""
        issue.void(self.connection, self.park.companies[who].manager, manifest, reason, now=at)
        self.recorded += 1

    def _call(self, caller: Caller, told: Sequence[Told]) -> None:
        now = told[-1].at + timedelta(seconds=self.rng.randint(20, 90))
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
