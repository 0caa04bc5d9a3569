"""Puts parks, enterprises, people, places and permits on the register. Every figure is checked where it is typed."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from argon2 import PasswordHasher
from sqlalchemy import Connection, insert, text
from uuid_utils.compat import uuid7

from tracker import profiles
from tracker.catalogue import validate
from tracker.problems import Problem
from tracker.tables.facts import LogHead
from tracker.tables.parties import ROLES, Enterprise, Membership, Park, ParkKey, Permit, Person
from tracker.tables.places import PLACE_KINDS, Place
from tracker.treatments import codes as treatment_codes

NAME_MAX = 200
COUNTY_DIGITS = 6
#: A scheme and the shape of its codes, with one star at most: ``CN-HW:*-08``, ``CN-SW:*``, ``EWC:19*``.
_PATTERN = re.compile(r"[A-Z][A-Z0-9-]{0,29}:(?=.)[A-Za-z0-9 .-]{0,30}\*?[A-Za-z0-9 .-]{0,30}")
#: A province, a city or a county: the beginning of a county code.
_AREA = re.compile(r"[0-9]{2}|[0-9]{4}|[0-9]{6}")
PASSWORD_MIN = 8
#: One hash takes about a fifth of a second on purpose: a stolen table is slow to guess.
HASHER = PasswordHasher()


def add_park(
    connection: Connection,
    *,
    code: str,
    name_zh: str,
    name_en: str,
    division: str,
    boundary: Sequence[tuple[float, float]],
    settings: Mapping[str, Any] | None = None,
    uuid: UUID | None = None,
) -> int:
    """A new park with an empty log. ``boundary`` is a ring of WGS 84 longitude and latitude, closed or not. The key.

    ``Problem``: profile_unknown, profile_rule_unknown, profile_rule_malformed where its settings name no such thing."""
    chosen = dict(settings or {})
    profiles.of(chosen.get("profile", profiles.NATIONAL)).with_own(chosen.get("rules", {}))
    ring = [*boundary] if boundary[0] == boundary[-1] else [*boundary, boundary[0]]
    shape = ", ".join(f"{longitude} {latitude}" for longitude, latitude in ring)
    made = connection.execute(
        insert(Park)
        .values(
            uuid=uuid or uuid7(),
            code=code,
            name_zh=name_zh,
            name_en=name_en,
            division=division,
            boundary=f"SRID=4326;POLYGON(({shape}))",
            settings=chosen,
        )
        .returning(Park.id)
    )
    park = int(made.scalar_one())
    connection.execute(text("SELECT set_config('tracker.park', :park, true)"), {"park": str(park)})
    connection.execute(insert(LogHead).values(park_id=park, size=0))
    return park


def add_park_key(connection: Connection, park: int, key_id: int, public_key: bytes) -> None:
    """The public half of a label signing key, known from now on. The newest is the one to sign with."""
    connection.execute(
        insert(ParkKey).values(
            park_id=park, key_id=key_id, algorithm=1, public_key=public_key, made_at=datetime.now(UTC), retired_at=None
        )
    )


def add_enterprise(
    connection: Connection,
    *,
    uscc: str,
    name_zh: str,
    name_en: str | None = None,
    roles: Iterable[str] = ("generator",),
    industry: str | None = None,
    division: str | None = None,
    uuid: UUID | None = None,
) -> int:
    """A registered enterprise; its USCC must hold, and its ``division`` is a six-digit county code. Raises ``Problem``.
    The key."""
    made = connection.execute(
        insert(Enterprise)
        .values(
            uuid=uuid or uuid7(),
            uscc=validate.uscc(uscc),
            name_zh=name(name_zh),
            name_en=name(name_en) if name_en else None,
            industry=industry,
            division=county(division) if division else None,
            roles=list(roles),
            registered=True,
            made_at=datetime.now(UTC),
        )
        .returning(Enterprise.id)
    )
    return int(made.scalar_one())


def add_person(
    connection: Connection,
    *,
    login: str,
    password_hash: str,
    called: str,
    enterprise: int | None,
    roles: Mapping[int, str],
    language: str = "zh",
    uuid: UUID | None = None,
) -> int:
    """Somebody who logs in; ``roles`` says what they are in which park. The key."""
    made = connection.execute(
        insert(Person)
        .values(
            uuid=uuid or uuid7(),
            login=login.lower(),
            name=name(called),
            language=language,
            enterprise_id=enterprise,
            password_hash=password_hash,
            epoch=0,
            failures=0,
        )
        .returning(Person.id)
    )
    person = int(made.scalar_one())
    for park, role in roles.items():
        if role not in ROLES:
            raise Problem("field_malformed", "/role", field="role", reason=role[:40])
        connection.execute(insert(Membership).values(person_id=person, park_id=park, role=role))
    return person


def hashed(password: str) -> str:
    """The argon2 hash of a password of at least eight characters."""
    if len(password) < PASSWORD_MIN:
        raise Problem("field_malformed", "/password", field="password", reason=f"< {PASSWORD_MIN}")
    return HASHER.hash(password)


def add_place(
    connection: Connection,
    *,
    enterprise: int,
    kind: str,
    name_zh: str,
    longitude: float,
    latitude: float,
    name_en: str | None = None,
    site: int | None = None,
    capacity_grams: int | None = None,
    limit_days: int | None = None,
    uuid: UUID | None = None,
) -> int:
    """A site, store, facility or gate. The key."""
    if kind not in PLACE_KINDS:
        raise Problem("field_malformed", "/kind", field="kind", reason=kind[:40])
    made = connection.execute(
        insert(Place)
        .values(
            uuid=uuid or uuid7(),
            enterprise_id=enterprise,
            site_id=site,
            kind=kind,
            name_zh=name(name_zh),
            name_en=name_en,
            point=f"SRID=4326;POINT({longitude} {latitude})",
            capacity_grams=capacity_grams,
            limit_days=limit_days,
        )
        .returning(Place.id)
    )
    return int(made.scalar_one())


def add_permit(
    connection: Connection,
    *,
    enterprise: int,
    number: str,
    acts_as: str,
    codes: Sequence[str],
    treatments: Sequence[str] = (),
    annual_grams: int | None = None,
    valid_from: date,
    valid_to: date,
    divisions: Sequence[str] = (),
    ends_trace: bool = False,
    confirmed: bool = True,
    uuid: UUID | None = None,
) -> UUID:
    """A permit to carry or to receive. Numbers are free text: real permit numbers follow no one pattern. What is not
    ``confirmed`` opens no gate yet. Its id. ``Problem`` for what cannot be a permit, as ``permit_fields`` says."""
    made = connection.execute(
        insert(Permit)
        .values(
            uuid=uuid or uuid7(),
            enterprise_id=enterprise,
            acts_as=acts_as,
            confirmed_at=datetime.now(UTC) if confirmed else None,
            revision=1,
            ended_on=None,
            **permit_fields(
                number=number,
                codes=codes,
                treatments=treatments,
                annual_grams=annual_grams,
                valid_from=valid_from,
                valid_to=valid_to,
                divisions=divisions,
                ends_trace=ends_trace,
            ),
        )
        .returning(Permit.uuid)
    )
    found: UUID = made.scalar_one()
    return found


def permit_fields(
    *,
    number: str,
    codes: Sequence[str],
    treatments: Sequence[str],
    annual_grams: int | None,
    valid_from: date,
    valid_to: date,
    divisions: Sequence[str],
    ends_trace: bool,
) -> dict[str, Any]:
    """What somebody wrote of a permit, read. ``Problem``: permit_without_codes, permit_pattern_malformed,
    treatment_unknown, permit_days_reversed, mass_not_positive, division_malformed, each at its field."""
    if not codes:
        raise Problem("permit_without_codes", "/codes")
    for at, pattern in enumerate(codes):
        if not _PATTERN.fullmatch(pattern):
            raise Problem("permit_pattern_malformed", f"/codes/{at}", pattern=pattern[:40])
    for at, treatment in enumerate(treatments):
        if treatment not in treatment_codes():
            raise Problem("treatment_unknown", f"/treatments/{at}", treatment=treatment[:20])
    for at, area in enumerate(divisions):
        if not _AREA.fullmatch(area):
            raise Problem("division_malformed", f"/divisions/{at}", value=area[:20])
    if valid_to < valid_from:
        raise Problem("permit_days_reversed", "/valid_to", first=valid_from.isoformat(), last=valid_to.isoformat())
    if annual_grams is not None and annual_grams <= 0:
        raise Problem("mass_not_positive", "/annual_grams")
    return {
        "number": name(number),
        "codes": list(codes),
        "treatments": list(treatments),
        "annual_grams": annual_grams,
        "valid_from": valid_from,
        "valid_to": valid_to,
        "divisions": list(divisions),
        "ends_trace": ends_trace,
    }


def county(code: str) -> str:
    """A six-digit county code as it stands, or ``Problem`` division_malformed."""
    if not (code.isascii() and code.isdigit() and len(code) == COUNTY_DIGITS):
        raise Problem("division_malformed", "/division", value=code[:20])
    return code


def name(value: str) -> str:
    """A name as people write it: any script and any emoji, but no control characters, and not too long."""
    cleaned = value.strip()
    if not cleaned or len(cleaned) > NAME_MAX:
        raise Problem("text_too_long", limit=NAME_MAX) if cleaned else Problem("field_required", field="name")
    if any(ord(character) < ord(" ") or character == "\x7f" for character in cleaned):
        raise Problem("text_not_plain")
    return cleaned
