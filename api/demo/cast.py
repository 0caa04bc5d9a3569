"""Who plays in the demo park: ``park.toml``, read. Nothing here is in any book yet."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from tracker.catalogue import validate
from tracker.facts import ClassRef, Form

GRAMS_PER_TONNE = 1_000_000
#: Where the players sit whose county nobody told: the park's own.
DIVISION = "110115"
#: The editions whose codes the demo uses; both are shipped.
_EDITIONS = {"CN-HW": "2021", "CN-SW": "2024"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """A waste that comes up again and again, and where it usually goes. ``every`` is None for what comes of receiving
    and treating."""

    waste: ClassRef
    process: str
    to: str
    treatment: str
    by: str
    lot: int
    form: Form | None = None
    container: str | None = None
    kilograms: tuple[int, int] = (0, 0)
    every: float | None = None
    merge: bool = False
    split: bool = False
    months: frozenset[int] = frozenset(range(1, 13))

    @property
    def hazardous(self) -> bool:
        return self.waste.scheme == "CN-HW"


@dataclass(frozen=True, slots=True, kw_only=True)
class Yield:
    """What a treatment leaves of its input, in thousandths; what is neither product nor residue is lost."""

    treatment: str
    hazardous: bool
    product: int = 0
    name: str | None = None
    residue: int = 0
    waste: ClassRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A permit, as its holder has it framed on the wall."""

    number: str
    codes: Sequence[str]
    treatments: Sequence[str] = ()
    annual_grams: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Enterprise:
    """One player. ``at`` is longitude and latitude, ``division`` the county code of its seat; what goes to one in
    another province goes under the approval ``filing``."""

    key: str
    zh: str
    en: str
    uscc: str
    industry: str
    at: tuple[float, float]
    manager: str
    handler: str
    division: str
    filing: str | None = None
    store_grams: int | None = None
    store_days: int | None = None
    carries: Paper | None = None
    receives: Paper | None = None
    streams: Sequence[Stream] = field(default_factory=tuple)
    makes: Sequence[Yield] = field(default_factory=tuple)

    @property
    def roles(self) -> list[str]:
        known = {"generator": self.streams, "carrier": self.carries, "receiver": self.receives}
        return [role for role, has in known.items() if has]


@dataclass(frozen=True, slots=True, kw_only=True)
class Official:
    """Somebody of the park itself."""

    login: str
    role: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """The whole of ``park.toml``."""

    code: str
    name_zh: str
    name_en: str
    division: str
    boundary: Sequence[tuple[float, float]]
    settings: Mapping[str, Any]
    officials: Sequence[Official]
    enterprises: Mapping[str, Enterprise]


@cache
def cast() -> Cast:
    """The demo's park and players."""
    with files("api.demo").joinpath("park.toml").open("rb") as source:
        body = tomllib.load(source)
    park = body["park"]
    return Cast(
        code=park["code"],
        name_zh=park["name_zh"],
        name_en=park["name_en"],
        division=park["division"],
        boundary=[(longitude, latitude) for longitude, latitude in park["boundary"]],
        settings=park["settings"],
        officials=[Official(**one) for one in body["official"]],
        enterprises={one["key"]: _enterprise(at, one) for at, one in enumerate(body["enterprise"], 1)},
    )


def waste(text: str) -> ClassRef:
    """``CN-HW 900-006-09`` as a class of the edition the demo uses."""
    scheme, _, code = text.partition(" ")
    return ClassRef(scheme=scheme, edition=_EDITIONS[scheme], code=code)


def _enterprise(serial: int, body: Mapping[str, Any]) -> Enterprise:
    store = body.get("store", {})
    return Enterprise(
        key=body["key"],
        zh=body["zh"],
        en=body["en"],
        uscc=_uscc(serial),
        industry=body["industry"],
        at=(body["at"][0], body["at"][1]),
        manager=body["manager"],
        handler=body["handler"],
        division=body.get("division", DIVISION),
        filing=body.get("filing"),
        store_grams=store["capacity_t"] * GRAMS_PER_TONNE if store else None,
        store_days=store.get("limit_days"),
        carries=_paper(body.get("carries")),
        receives=_paper(body.get("receives")),
        streams=tuple(_stream(one) for one in body.get("streams", ())),
        makes=tuple(Yield(**_with_class(one)) for one in body.get("makes", ())),
    )


def _uscc(serial: int) -> str:
    """A number whose check character holds, of a region that is nowhere."""
    body = f"91000000DEMA{serial:05d}"
    return body + validate.uscc_check_character(body)


def _paper(body: Mapping[str, Any] | None) -> Paper | None:
    if body is None:
        return None
    annual = body.get("annual_t")
    return Paper(
        number=body["number"],
        codes=body["codes"],
        treatments=body.get("treatments", ()),
        annual_grams=annual * GRAMS_PER_TONNE if annual else None,
    )


def _stream(body: Mapping[str, Any]) -> Stream:
    given = _with_class(body)
    kilograms = given.pop("kg", (0, 0))
    months = given.pop("months", range(1, 13))
    return Stream(**given, kilograms=(kilograms[0], kilograms[1]), months=frozenset(months))


def _with_class(body: Mapping[str, Any]) -> dict[str, Any]:
    return {**body, "waste": waste(body["waste"])} if "waste" in body else dict(body)
