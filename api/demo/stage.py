"""What the demo's people have before them: piles of waste, halls of what was received, what is to be done when."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from uuid import UUID

from api.demo.cast import Stream
from api.demo.days import Shift, works
from api.demo.park import Company, DemoPark
from api.demo.telling import Pen
from tracker.facts import ClassRef, Point

#: About a hundred metres, in degrees: people stand beside the gate, not on it.
_NEARBY = 0.0012
Action = Callable[[datetime], None]


@dataclass(slots=True)
class Load:
    """A batch as whoever has it knows it. ``pile`` is the one it left last: what is refused goes back there."""

    uuid: UUID
    grams: int
    made: datetime
    waste: ClassRef
    pile: "Pile | None" = None

    @property
    def hazardous(self) -> bool:
        return self.waste.scheme == "CN-HW"


@dataclass(slots=True)
class Pile:
    """What one stream has brought up and nobody has taken away yet. ``due`` counts working days."""

    who: str
    stream: Stream
    due: float = 0.0
    loads: list[Load] = field(default_factory=list)

    def put(self, load: Load) -> None:
        """The load lies here now."""
        load.pile = self
        self.loads.append(load)


@dataclass(slots=True)
class Stage:
    """The whole of it. ``agenda`` holds what was decided for later: by day and shift."""

    pen: Pen
    park: DemoPark
    rng: Random
    last: date
    piles: list[Pile] = field(default_factory=list)
    halls: dict[tuple[str, str, bool], list[Load]] = field(default_factory=lambda: defaultdict(list))
    agenda: dict[tuple[date, Shift], list[Action]] = field(default_factory=lambda: defaultdict(list))
    counts: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def on(self, day: date, shift: Shift, action: Action) -> None:
        """Do this then, or on the next working day. What would be after the last day is never reached."""
        while not works(day) and day <= self.last:
            day += timedelta(days=1)
        self.agenda[day, shift].append(action)

    def company(self, key: str) -> Company:
        return self.park.companies[key]

    def pile_of(self, who: str, waste: ClassRef) -> Pile:
        """The pile of an enterprise for a class."""
        return next(pile for pile in self.piles if pile.who == who and pile.stream.waste == waste)

    def beside(self, key: str, off: float = 0.0) -> Point:
        """A point at the gate of an enterprise, or ``off`` degrees from it."""
        longitude, latitude = self.company(key).of.at
        return Point(
            longitude=round(longitude + off + self.rng.uniform(-_NEARBY, _NEARBY), 6),
            latitude=round(latitude + self.rng.uniform(-_NEARBY, _NEARBY), 6),
            accuracy_m=float(self.rng.randint(4, 30)),
        )

    def every(self, what: str, count: int, first: int) -> bool:
        """True for the ``first``-th and then for every ``count``-th time this is asked about ``what``: the demo wants
        each oddity to happen, however short its life, and none of them by luck."""
        self.counts[what] += 1
        return self.counts[what] % count == first % count
