"""A year of the demo park in a minute: waste comes up, is stored, shipped, refused, regrouped, treated, treated again.

Everything goes through the door every phone uses: ``ledger.record`` for facts, ``manifests.issue`` for plans. Only the
clock is ours. The same seed and the same day make the same life.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

from api.demo.cast import Stream, Yield
from api.demo.consignments import Dispatch
from api.demo.days import Shift, last_whole_day, pace, working_days
from api.demo.park import DemoPark
from api.demo.stage import Load, Pile, Stage
from api.demo.telling import Pen
from manifests.signing import Signer
from tracker import facts
from tracker.store import Connection, forget_plans

DAYS = 310
#: Nobody lets a load stand longer than this, but for the forgotten ones.
_STANDS_DAYS_MAX = 25
#: How long before the end somebody forgets a load, so that the watches have something to find: enterprise, days.
_FORGOTTEN = (("cypress", 130), ("birch", 84), ("plum", 100))
#: How long before the end a phone told of a load after a fact that no other phone ever sent.
_WAITING_DAYS = 6
_HALL_MAX = 8
#: Working days between two rounds of one enterprise; each has its own turn.
_ROUND_DAYS = 5


@dataclass(frozen=True, slots=True)
class Lived:
    """What came of it."""

    days: int
    batches: int
    manifests: int
    facts: int


def live(
    connection: Connection,
    park: DemoPark,
    keys_folder: Path,
    *,
    seed: int = 1,
    days: int = DAYS,
    now: datetime | None = None,
    say: Callable[[str], None] | None = None,
) -> Lived:
    """Live ``days`` days in a park that was just made, in the caller's transaction; the last is the newest whole day
    before ``now``. Raises ``RuntimeError`` where the books answer a fact in another way than the demo meant."""
    if not park.made:
        message = "this park has a life already"
        raise ValueError(message)
    rng = Random(seed)  # noqa: S311 - a story, not a secret
    last = last_whole_day(now or datetime.now(UTC))
    pen = Pen(connection, park, Signer(keys_folder), rng)
    stage = Stage(pen, park, rng, last)
    month = ""
    life = _Life(stage, Dispatch(stage), list(working_days(last - timedelta(days=days - 1), last)))
    for number, day in enumerate(life.days):
        if f"{day:%Y-%m}" != month:
            month = f"{day:%Y-%m}"
            forget_plans(connection)
            if say:
                say(month)
        life.day(number, day)
    return Lived(days, life.born, pen.issued, pen.recorded)


@dataclass(slots=True)
class _Clock:
    """One person's watch during a round: each look is some seconds later."""

    now: datetime

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=7)
        return self.now


class _Life:
    """The routine of every working day."""

    def __init__(self, stage: Stage, dispatch: Dispatch, days: list[date]) -> None:
        self.stage, self.dispatch, self.days = stage, dispatch, days
        self.born = 0
        self.piles: dict[str, list[Pile]] = {}
        for key, company in stage.park.companies.items():
            self.piles[key] = [
                Pile(key, stream, stage.rng.uniform(0, stream.every or 0)) for stream in company.of.streams
            ]
            stage.piles += self.piles[key]
        self.forgotten = {key: stage.last - timedelta(days=ago) for key, ago in _FORGOTTEN}
        self.waiting = stage.last - timedelta(days=_WAITING_DAYS)

    def day(self, number: int, day: date) -> None:
        """One working day: what was decided before, and whose turn it is for a round, shift by shift."""
        stage = self.stage
        for turn, (key, piles) in enumerate(self.piles.items()):
            works = piles or stage.company(key).of.makes
            if works and (number + turn) % _ROUND_DAYS == 0:
                makes = stage.company(key).of.receives is None
                stage.on(day, Shift.EVENING if makes else Shift.WORK, lambda at, key=key: self._round(key, number, at))  # type: ignore[misc]
        for shift in Shift:
            for action in stage.agenda.pop((day, shift), ()):
                action(shift.moment(day, stage.rng))
            stage.pen.send()

    def _round(self, who: str, number: int, at: datetime) -> None:
        """Somebody goes round with a phone: notes what has come up, treats what waits for it, readies what leaves."""
        clock = _Clock(at)
        for pile in self.piles[who]:
            self._bring_up(pile, number, clock)
        for (hall, treatment, hazardous), loads in self.stage.halls.items():
            while hall == who and loads:
                self._treat(who, self._yield(who, treatment, hazardous=hazardous), loads, clock())
        self._send_away(who, clock)

    # --- waste comes up ------------------------------------------------------------------------------------------

    def _bring_up(self, pile: Pile, number: int, clock: "_Clock") -> None:
        """What has come up since the last round, each on its own day."""
        stream = pile.stream
        while stream.every is not None and pile.due < number + 1:
            day = self.days[int(pile.due)]
            if day.month in stream.months:
                self._generate(pile, Shift.RECEIPT.moment(day, self.stage.rng), clock)
            pile.due += stream.every * self.stage.rng.uniform(0.5, 1.5) / pace(day)

    def _generate(self, pile: Pile, observed: datetime, clock: "_Clock") -> None:
        stage, stream = self.stage, pile.stream
        if stage.every("told late", 53, 21):
            observed -= timedelta(days=9)
        estimated = stage.every("estimated", 4, 2)
        kilograms = stage.rng.randint(*stream.kilograms)
        # An estimate is made by eye: so many hundredweights.
        grams = max(kilograms // 50, 1) * 50_000 if estimated else kilograms * 1_000
        load = Load(stage.pen.new_id(observed), grams, observed, stream.waste)
        fact = facts.Generated(
            id=stage.pen.new_id(observed),
            observed_at=observed,
            lines=(facts.Line(batch=load.uuid, grams=load.grams, measured=not estimated),),
            waste_class=stream.waste,
            form=stream.form,
            container=stream.container,
            process=stream.process,
            store=stage.company(pile.who).store,
        )
        self.born += 1
        told_at = clock()
        if estimated and stage.every("two phones", 40, 3):
            # The scale's phone finds a network before the machine's: its fact waits for the other.
            self._weigh(pile, load, told_at, expected="waiting")
            stage.on(told_at.date(), Shift.AFTER, lambda then: stage.pen.tell(pile.who, fact, at=then))
            tomorrow = told_at.date() + timedelta(days=1)
            stage.on(tomorrow, Shift.PLAN, lambda then: self._keep(pile, load, _Clock(then)))
            return
        stage.pen.tell(pile.who, fact, at=told_at)
        if estimated and stage.every("weighed", 3, 1):
            self._weigh(pile, load, clock())
        elif stage.every("corrected", 89, 13):
            self._correct(pile, load, fact, clock())
        self._keep(pile, load, clock)

    def _keep(self, pile: Pile, load: Load, clock: "_Clock") -> None:
        """The load joins its pile, unless it is the one that everybody forgets."""
        day = clock().date()
        if pile.stream.hazardous and day >= self.forgotten.get(pile.who, date.max):
            del self.forgotten[pile.who]
            return
        pile.put(load)
        if day >= self.waiting:
            self.waiting = date.max
            self._strand(pile, load, clock())

    def _weigh(self, pile: Pile, load: Load, at: datetime, expected: str = "recorded") -> None:
        load.grams = load.grams * self.stage.rng.randint(930, 1070) // 1000
        fact = facts.Weighed(
            id=self.stage.pen.new_id(at),
            observed_at=at,
            lines=(facts.Line(batch=load.uuid, grams=load.grams, measured=True),),
            ticket=f"演示磅单 {at:%Y%m%d}-{self.stage.rng.randint(100, 999)}",
        )
        self.stage.pen.tell(pile.who, fact, expected=expected)

    def _correct(self, pile: Pile, load: Load, of: facts.Generated, at: datetime) -> None:
        load.grams = load.grams * self.stage.rng.choice((9, 11)) // 10
        fact = facts.Corrected(
            id=self.stage.pen.new_id(at),
            observed_at=at,
            lines=(facts.Line(batch=load.uuid),),
            corrects=of.id,
            grams=load.grams,
            reason="磅单录入错误",
        )
        self.stage.pen.tell(pile.who, fact)

    def _strand(self, pile: Pile, load: Load, at: datetime) -> None:
        """Told after a fact that is still on a phone nobody has seen since."""
        fact = facts.Weighed(
            id=self.stage.pen.new_id(at),
            observed_at=at,
            lines=(facts.Line(batch=load.uuid, grams=load.grams, measured=True, prev=self.stage.pen.new_id(at)),),
        )
        self.stage.pen.tell(pile.who, fact, expected="waiting")

    # --- and goes away -------------------------------------------------------------------------------------------

    def _send_away(self, who: str, clock: "_Clock") -> None:
        """Enough for a truck, or standing too long: it leaves on the next working day. What goes the same way shares a
        truck."""
        tomorrow = clock().date() + timedelta(days=1)
        trucks: dict[tuple[str, str, str, bool], list[Load]] = {}
        streams: dict[tuple[str, str, str, bool], Stream] = {}
        for pile in self.piles[who]:
            stream = pile.stream
            full = len(pile.loads) >= stream.lot
            if not full and not (pile.loads and (clock().date() - pile.loads[0].made.date()).days >= _STANDS_DAYS_MAX):
                continue
            loads, pile.loads = pile.loads[: 2 * stream.lot], pile.loads[2 * stream.lot :]
            if stream.merge and len(loads) > 1:
                loads = [self._combine(pile, loads, clock())]
            elif stream.split and self.stage.every("split", 2, 1):
                loads = [self._split(pile, loads[0], clock()), *loads[1:]]
            way = (stream.to, stream.treatment, stream.by, stream.hazardous)
            trucks.setdefault(way, []).extend(loads)
            streams.setdefault(way, stream)
        for way, loads in trucks.items():
            self.dispatch.send(who, streams[way], loads, tomorrow)

    def _combine(self, pile: Pile, loads: list[Load], at: datetime) -> Load:
        stage = self.stage
        whole = replace(loads[0], uuid=stage.pen.new_id(at), grams=sum(load.grams for load in loads))
        fact = facts.Combined(
            id=stage.pen.new_id(at),
            observed_at=at,
            lines=tuple(facts.Line(batch=load.uuid) for load in loads),
            into=facts.Merged(batch=whole.uuid),
        )
        stage.pen.tell(pile.who, fact)
        self.born += 1
        return whole

    def _split(self, pile: Pile, load: Load, at: datetime) -> Load:
        """One third goes now, two thirds with the next truck."""
        stage, third = self.stage, load.grams // 3
        parts = [replace(load, uuid=stage.pen.new_id(at), grams=grams) for grams in (third, load.grams - third)]
        fact = facts.Split(
            id=stage.pen.new_id(at),
            observed_at=at,
            lines=(facts.Line(batch=load.uuid),),
            into=tuple(facts.Part(batch=part.uuid, grams=part.grams) for part in parts),
        )
        stage.pen.tell(pile.who, fact)
        self.born += 2
        pile.put(parts[1])
        return parts[0]

    # --- and is treated ------------------------------------------------------------------------------------------

    def _yield(self, who: str, treatment: str, *, hazardous: bool) -> Yield:
        makes = self.stage.company(who).of.makes
        of_it = [one for one in makes if one.treatment == treatment]
        return next((one for one in of_it if one.hazardous == hazardous), of_it[0])

    def _treat(self, who: str, made: Yield, loads: list[Load], at: datetime) -> None:
        """Up to eight loads at once; now and then only half of the last one fits."""
        stage = self.stage
        chosen = loads[:_HALL_MAX]
        lines = [facts.Line(batch=load.uuid, grams=load.grams) for load in chosen]
        del loads[: len(chosen)]
        if len(chosen) > 1 and stage.every("half", 11, 4):
            half = chosen[-1].grams // 2
            lines[-1] = facts.Line(batch=chosen[-1].uuid, grams=half)
            chosen[-1].grams -= half
            loads.insert(0, chosen[-1])
        total = sum(line.grams or 0 for line in lines)
        fact = facts.Treated(
            id=stage.pen.new_id(at),
            observed_at=at,
            lines=tuple(lines),
            treatment=made.treatment,
            outputs=self._outputs(who, made, total, at),
            place=stage.beside(who),
        )
        stage.pen.tell(who, fact)

    def _outputs(self, who: str, made: Yield, total: int, at: datetime) -> tuple[facts.Output, ...]:
        """Product, residue and loss, to the gram. Where the yield says nothing, the treatment is an end in itself."""
        product, residue = total * made.product // 1000, total * made.residue // 1000
        found: list[facts.Output] = []
        if product:
            found.append(facts.Output(kind="product", grams=product, name=made.name))
        if residue and made.waste:
            left = Load(self.stage.pen.new_id(at), residue, at, made.waste)
            found.append(facts.Output(kind="residue", grams=residue, batch=left.uuid, waste_class=made.waste))
            self.stage.pile_of(who, made.waste).put(left)
            self.born += 1
        if found:
            found.append(facts.Output(kind="loss", grams=total - product - residue))
        return tuple(found)
