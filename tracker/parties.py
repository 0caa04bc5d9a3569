"""Who may do what: the caller, the park's settings, and what an enterprise is to a park."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, any_, func, literal, or_, select, text

from tracker import clock, profiles, workdays
from tracker.problems import Language, Problem
from tracker.quantity import Tolerance
from tracker.tables.parties import Enterprise

#: Roles that see all of the park.
SEES_ALL = frozenset({"regulator", "inspector", "auditor"})
#: Roles that tell facts; the others only read.
TELLS = frozenset({"handler", "manager"})
#: Whose signature a park may ask for, and by when; anything else in its settings is not asked for.
SIGNATURES = tuple(
    f"{side}_at_{when}" for when in ("issue", "pickup") for side in ("generator", "carrier", "receiver", "store")
)


@dataclass(frozen=True, slots=True)
class Settings:
    """What a park has decided for itself. Stored as JSON in its row; what is not there has these values."""

    tolerance_permille: int = 50
    tolerance_grams: int = 20_000
    pickup_days: int = 7
    storage_days: int = 365
    hazardous_storage_days: int = 365
    #: Working days until a sheet written by hand must be entered.
    backfill_days: int = 10
    far_metres: int = 5_000
    late_hours: int = 24
    #: How long a load may be on the road before somebody should look.
    road_hours: int = 48
    waiting_max: int = 10_000
    waiting_days: int = 3
    label_host: str = "WASTE.PARK.CN"
    number_code: str = "PARK"
    general_number: str = "{park}-{year}-{serial:06d}"
    #: Province and city digits of the park's hazardous manifest numbers: the profile's, where the park says none.
    division: str = "1101"
    #: Whose signatures a receipt is to find, and when they were due: "generator_at_pickup", "carrier_at_issue" ...
    signatures_wanted: tuple[str, ...] = ()
    #: The profile of its province (``tracker.profiles``), and the rules the park decided otherwise for itself.
    profile: str = profiles.NATIONAL
    rules: Mapping[str, profiles.Value] = field(default_factory=dict)
    #: Of a permit's yearly quantity, promised and used together, from when on somebody should look.
    quota_percent: int = 80
    #: How many days before its end a permit is told of, the first time and the last.
    permit_days: int = 90
    permit_last_days: int = 30
    #: How long a photo may stay behind the fact that names it before somebody should look.
    evidence_hours: int = 48

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> "Settings":
        known = {item.name for item in fields(cls)}
        given: dict[str, Any] = {name: value for name, value in stored.items() if name in known}
        wanted = tuple(one for one in given.pop("signatures_wanted", ()) if one in SIGNATURES)
        made = cls(**given, signatures_wanted=wanted)
        division = made.in_force.word("number.division")
        return made if "division" in stored or not int(division) else replace(made, division=division)

    @property
    def in_force(self) -> profiles.Profile:
        """What holds in this park: its province's rules and its own."""
        return profiles.in_force(self.profile, self.rules)

    @property
    def answer_days(self) -> int:
        """Working days to answer a proposed correction or change of the way; half of them brings a reminder."""
        return self.in_force.whole("deadlines.correction")

    def answer_by(self, made_at: datetime) -> datetime:
        """When a proposal of that moment lapses: the end of the last working day."""
        last = workdays.working_days_after(clock.day_of(made_at), self.answer_days)
        return clock.begin_of(last + timedelta(days=1))

    @property
    def tolerance(self) -> Tolerance:
        return Tolerance(self.tolerance_permille, self.tolerance_grams)


@dataclass(frozen=True, slots=True)
class Who:
    """Somebody who tells a fact, by key and by id."""

    person: int
    person_uuid: UUID
    enterprise: int
    enterprise_uuid: UUID


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody known, in one park, in one role. Keys are for the tables, UUIDs for the log."""

    person: int | None
    person_uuid: UUID | None
    role: str
    enterprise: int | None
    enterprise_uuid: UUID | None
    park: int
    park_uuid: UUID
    language: Language = "zh"
    settings: Settings = field(default_factory=Settings)
    #: The registered phone the call comes from, where it says so, and whether that was withdrawn.
    device: UUID | None = None
    withdrawn: bool = False

    @property
    def sees_all(self) -> bool:
        return self.role in SEES_ALL

    def need(self, roles: Iterable[str], who: str = "园区监管员 / the park regulator") -> None:
        """Raise ``Problem`` role_may_not unless the caller has one of these roles."""
        if self.role not in roles:
            raise Problem("role_may_not", role=self.role, who=who)


def keys_of(connection: Connection, uuids: Sequence[UUID]) -> dict[UUID, int]:
    """The keys of enterprises by their ids; unknown ones are left out."""
    if not uuids:
        return {}
    rows = connection.execute(select(Enterprise.uuid, Enterprise.id).where(Enterprise.uuid.in_(uuids)))
    return {row.uuid: row.id for row in rows}


def uuids_of(connection: Connection, keys: Iterable[int]) -> dict[int, UUID]:
    """The ids of enterprises by their keys."""
    rows = connection.execute(select(Enterprise.uuid, Enterprise.id).where(Enterprise.id.in_(set(keys))))
    return {row.id: row.uuid for row in rows}


def names_of(connection: Connection, keys: Iterable[int]) -> dict[int, tuple[str, str | None]]:
    """Names in zh and en of enterprises by key."""
    wanted = set(keys)
    if not wanted:
        return {}
    rows = connection.execute(
        select(Enterprise.id, Enterprise.name_zh, Enterprise.name_en).where(Enterprise.id.in_(wanted))
    )
    return {row.id: (row.name_zh, row.name_en) for row in rows}


def divisions_of(connection: Connection, keys: Iterable[int]) -> dict[int, str]:
    """The county codes of enterprises by key; those nobody told are left out."""
    rows = connection.execute(select(Enterprise.id, Enterprise.division).where(Enterprise.id.in_(set(keys))))
    return {row.id: row.division for row in rows if row.division}


def find(connection: Connection, query: str, role: str | None, after: int, limit: int) -> list[Mapping[str, Any]]:
    """Enterprises whose name or USCC holds ``query``, in key order after ``after``."""
    wanted = select(Enterprise).where(Enterprise.id > after).order_by(Enterprise.id).limit(limit)
    if query:
        like = f"%{_escaped(query)}%"
        wanted = wanted.where(
            or_(Enterprise.name_zh.ilike(like), Enterprise.name_en.ilike(like), Enterprise.uscc == query.upper())
        )
    if role:
        wanted = wanted.where(literal(role) == any_(Enterprise.roles))
    return [dict(row) for row in connection.execute(wanted).mappings()]


def _escaped(query: str) -> str:
    return query.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def of_uuid(connection: Connection, uuid: UUID) -> Mapping[str, Any]:
    """One enterprise, or ``Problem`` not_found."""
    row = connection.execute(select(Enterprise).where(Enterprise.uuid == uuid)).mappings().first()
    if row is None:
        raise Problem("not_found", what=str(uuid))
    return dict(row)


def unregistered(connection: Connection, uuid: UUID, name: str) -> int:
    """The key of a carrier that is in no register, known by the name somebody typed. Made once per id."""
    statement = text(
        "INSERT INTO enterprise (uuid, uscc, name_zh, roles, registered, made_at)"
        " VALUES (:uuid, NULL, :name, ARRAY['carrier'], false, now()) ON CONFLICT (uuid) DO UPDATE SET uuid = :uuid"
        " RETURNING id"
    )
    return int(connection.execute(statement, {"uuid": uuid, "name": name}).scalar_one())


def count(connection: Connection) -> int:
    """How many enterprises the register holds."""
    return int(connection.execute(select(func.count()).select_from(Enterprise)).scalar_one())
