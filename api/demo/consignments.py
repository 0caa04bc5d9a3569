"""A consignment of the demo, from plan to receipt, with all that can go wrong on the way."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from api.demo.cast import Stream, cast
from api.demo.days import Shift
from api.demo.stage import Load, Stage
from manifests import issue
from tracker import facts

#: What befalls a consignment now and then: every how many, and which one first.
_ODD = {
    "refused": (61, 17),
    "part": (37, 11),
    "light": (29, 5),
    "rival": (97, 19),
    "relay": (23, 3),
    "voided": (83, 15),
    "late": (71, 13),
    "far": (59, 7),
    "nowhere": (67, 9),
}
#: How many days before the end, from and to, a consignment is planned that no carrier comes for; how many there are.
_STUCK_FROM, _STUCK_TO, _STUCK_MAX = 16, 8, 2
_STREETS = ("望江路口", "丁香街", "白鹿桥", "云台路", "知春巷")
_NAMES = ("甲", "乙", "丙", "丁", "戊", "己", "庚", "辛")
#: The manifest of a consignment that is only decided on.
_NOT_YET = UUID(int=0)
_DANGEROUS_RELAYS, _PLAIN_RELAYS = ("camel", "pigeon"), ("mule", "camel")


@dataclass(slots=True)
class Consignment:
    """Loads on their way, of one or more streams that go the same way. ``carriers`` in leg order; ``odd`` is what
    befalls it."""

    sender: str
    stream: Stream
    loads: list[Load]
    carriers: list[str]
    plate: str
    odd: set[str]
    manifest: UUID


@dataclass(slots=True)
class Dispatch:
    """Sends consignments off and sees to what becomes of them."""

    stage: Stage
    stuck: int = 0

    def send(self, sender: str, stream: Stream, loads: list[Load], day: date) -> None:
        """Plan a consignment for that day. All loads go where ``stream`` goes."""
        stage = self.stage
        odd = {name for name, (count, first) in _ODD.items() if stage.every(name, count, first)}
        # Nobody would give hazardous waste to a carrier that is in no register.
        if not stream.hazardous and stage.every("typed", 67, 8):
            odd.add("typed")
        carriers = [stream.by]
        if "relay" in odd:
            relays = _DANGEROUS_RELAYS if stream.hazardous else _PLAIN_RELAYS
            carriers.append(next(one for one in relays if one != stream.by))
        if "typed" in odd:
            carriers = []
        if _STUCK_TO <= (stage.last - day).days <= _STUCK_FROM and self.stuck < _STUCK_MAX:
            self.stuck += 1
            odd = {"stuck"}
        plate = f"京演{stage.rng.choice('ABCDEF')}{stage.rng.randint(1000, 9999)}"
        one = Consignment(sender, stream, loads, carriers, plate, odd, _NOT_YET)
        stage.on(day, Shift.PLAN, lambda at: self._plan(one, at))

    def _plan(self, one: Consignment, at: datetime) -> None:
        stage, day = self.stage, at.date()
        one.manifest = stage.pen.new_id(at)
        named = [issue.CarrierPlan(enterprise=stage.company(key).uuid, plate=one.plate) for key in one.carriers]
        plan = issue.Plan(
            id=one.manifest,
            batches=tuple(issue.BatchPlan(batch=load.uuid) for load in one.loads),
            carriers=tuple(named) or (issue.CarrierPlan(name="个体运输户（演示，未登记）", plate=one.plate),),
            receiver=stage.company(one.stream.to).uuid,
            filing_number=_approval(one.sender, one.stream.to),
            treatment=one.stream.treatment,
        )
        stage.pen.plan(at, one.sender, plan)
        if "stuck" in one.odd:
            return
        if "voided" in one.odd:
            stage.on(day, Shift.WORK, lambda then: self._void(one, then))
            return
        if stage.rng.random() < 0.2:  # noqa: PLR2004 - one truck in five comes the next day
            day += timedelta(days=1)
        stage.on(day, Shift.PICKUP, lambda then: self._pick_up(one, then))

    def _void(self, one: Consignment, at: datetime) -> None:
        self.stage.pen.void(at, one.sender, one.manifest, "车辆临时故障，改期运输")
        _put_back(one.loads)

    def _pick_up(self, one: Consignment, at: datetime) -> None:
        stage = self.stage
        driver = f"演示司机{stage.rng.choice(_NAMES)}"
        place = None if "nowhere" in one.odd else stage.beside(one.sender, 0.2 if "far" in one.odd else 0.0)
        fact = facts.PickedUp(
            id=stage.pen.new_id(at),
            observed_at=at,
            manifest=one.manifest,
            plate=one.plate,
            place=place,
            private={"driver": driver},
        )
        # A carrier that is in no register has no phone of ours: the generator tells for it.
        teller = one.carriers[0] if one.carriers else one.sender
        day = at.date()
        if "late" in one.odd:
            back = day + timedelta(days=2)
            stage.on(back, Shift.AFTER, lambda then: stage.pen.tell(teller, fact, at=then))
        else:
            stage.pen.tell(teller, fact)
            if "rival" in one.odd and one.carriers:
                stage.on(day, Shift.ROAD, lambda then: self._rival(one, then))
            elif len(one.carriers) > 1:
                stage.on(day, Shift.ROAD, lambda then: self._hand_over(one, then))
            if stage.rng.random() < 0.3 and one.carriers:  # noqa: PLR2004 - not every driver reports at the gate
                stage.on(day, Shift.ARRIVAL, lambda then: self._arrive(one, then))
        stage.on(day, Shift.RECEIPT, lambda then: self._receive(one, then))

    def _rival(self, one: Consignment, at: datetime) -> None:
        """Another carrier's driver scans the same papers: one has the load, the other has told us of it."""
        other = "pigeon" if one.carriers[0] != "pigeon" else "camel"
        fact = facts.PickedUp(
            id=self.stage.pen.new_id(at),
            observed_at=at,
            manifest=one.manifest,
            plate="京演X0000",
            place=self.stage.beside(one.sender),
        )
        self.stage.pen.tell(other, fact, expected="conflict")
        del one.carriers[1:]

    def _hand_over(self, one: Consignment, at: datetime) -> None:
        fact = facts.HandedOver(
            id=self.stage.pen.new_id(at),
            observed_at=at,
            manifest=one.manifest,
            carrier=self.stage.company(one.carriers[1]).uuid,
            plate=f"京演R{self.stage.rng.randint(1000, 9999)}",
            private={"note": f"在{self.stage.rng.choice(_STREETS)}交接"},
        )
        self.stage.pen.tell(one.carriers[0], fact)

    def _arrive(self, one: Consignment, at: datetime) -> None:
        fact = facts.Arrived(
            id=self.stage.pen.new_id(at), observed_at=at, manifest=one.manifest, place=self.stage.beside(one.stream.to)
        )
        self.stage.pen.tell(one.carriers[-1], fact)

    def _receive(self, one: Consignment, at: datetime) -> None:
        if "refused" in one.odd:
            self._refuse(one, at)
            return
        stage = self.stage
        lines = [
            facts.Line(batch=load.uuid, grams=self._weighed(one, load, at_first=load is one.loads[0]), measured=True)
            for load in one.loads
        ]
        refused: tuple[facts.RefusedPart, ...] = ()
        if "part" in one.odd:
            turned_back = (lines[0].grams or 0) * stage.rng.randint(2, 7) // 10
            lines[0] = facts.Line(batch=lines[0].batch, grams=(lines[0].grams or 0) - turned_back, measured=True)
            back = stage.pen.new_id(at)
            refused = (facts.RefusedPart(batch=lines[0].batch, refused_grams=turned_back, into=back),)
            self._send_back(one, [replace(one.loads[0], uuid=back, grams=turned_back)], at.date())
        fact = facts.Received(
            id=stage.pen.new_id(at),
            observed_at=at,
            manifest=one.manifest,
            lines=tuple(lines),
            outcome="part" if refused else "whole",
            refused=refused,
            cause="not_conform" if refused else None,
            text="含水率超出接收标准" if refused else None,
            place=stage.beside(one.stream.to),
        )
        stage.pen.tell(one.stream.to, fact)
        for load, line in zip(one.loads, lines, strict=True):
            load.grams = line.grams or 0
            self._take_in(one.stream, load)

    def _weighed(self, one: Consignment, load: Load, *, at_first: bool) -> int:
        """What the receiver's scale says: within a per cent, but for the load that lost an eighth on the way."""
        if "light" in one.odd and at_first:
            return load.grams * 7 // 8
        return load.grams * self.stage.rng.randint(993, 1006) // 1000

    def _take_in(self, stream: Stream, load: Load) -> None:
        """What was received waits to be treated, or, at a store, to go on."""
        stage = self.stage
        makes = stage.company(stream.to).of.makes
        if makes:
            stage.halls[stream.to, stream.treatment, load.hazardous].append(load)
        else:
            stage.pile_of(stream.to, load.waste).put(load)

    def _refuse(self, one: Consignment, at: datetime) -> None:
        fact = facts.Received(
            id=self.stage.pen.new_id(at),
            observed_at=at,
            manifest=one.manifest,
            outcome="refused",
            cause="not_conform",
            text="标签与实物不符",
            place=self.stage.beside(one.stream.to),
        )
        self.stage.pen.tell(one.stream.to, fact)
        self._send_back(one, one.loads, at.date())

    def _send_back(self, one: Consignment, loads: list[Load], day: date) -> None:
        """What was refused goes home the next day, and waits there for another truck."""
        lines = tuple(facts.Line(batch=load.uuid) for load in loads)
        stage, back = self.stage, day + timedelta(days=1)

        def leave(at: datetime) -> None:
            fact = facts.PickedUp(
                id=stage.pen.new_id(at),
                observed_at=at,
                manifest=one.manifest,
                lines=lines,
                place=stage.beside(one.stream.to),
            )
            stage.pen.tell(one.carriers[-1] if one.carriers else one.sender, fact)

        def come_home(at: datetime) -> None:
            fact = facts.Returned(id=stage.pen.new_id(at), observed_at=at, manifest=one.manifest, lines=lines)
            stage.pen.tell(one.sender, fact)
            _put_back(loads)

        stage.on(back, Shift.PICKUP, leave)
        stage.on(back, Shift.WORK, come_home)


def _put_back(loads: list[Load]) -> None:
    for load in loads:
        if load.pile is not None:
            load.pile.put(load)


def _approval(sender: str, receiver: str) -> str | None:
    """Under which approval waste goes from one to the other, where that is another province, either way."""
    here, there = (cast().enterprises[key] for key in (sender, receiver))
    return there.filing or here.filing if here.division[:2] != there.division[:2] else None
