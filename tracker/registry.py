"""Puts parks, enterprises, people, places and permits on the register. Every figure is checked where it is typed."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from argon2 import PasswordHasher
from sqlalchemy import Connection, insert, text
from uuid_utils.compat import uuid7

from tracker.catalogue import validate
from tracker.problems import Problem
from tracker.tables.facts import LogHead
from tracker.tables.parties import ROLES, Enterprise, Membership, Park, ParkKey, Permit, Person
from tracker.tables.places import PLACE_KINDS, Place

NAME_MAX = 200
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
    """A new park with an empty log. ``boundary`` is a ring of WGS 84 longitude and latitude, closed or not. The key."""
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
            settings=dict(settings or {}),
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
    uuid: UUID | None = None,
) -> int:
    """A registered enterprise; its USCC must hold. Raises ``Problem``. The key."""
    made = connection.execute(
        insert(Enterprise)
        .values(
            uuid=uuid or uuid7(),
            uscc=validate.uscc(uscc),
            name_zh=name(name_zh),
            name_en=name(name_en) if name_en else None,
            industry=industry,
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
    uuid: UUID | None = None,
) -> UUID:
    """A permit to carry or to receive. Numbers are free text: real permit numbers follow no one pattern. Its id."""
    made = connection.execute(
        insert(Permit)
        .values(
            uuid=uuid or uuid7(),
            enterprise_id=enterprise,
            number=name(number),
            acts_as=acts_as,
            codes=list(codes),
            treatments=list(treatments),
            annual_grams=annual_grams,
            valid_from=valid_from,
            valid_to=valid_to,
        )
        .returning(Permit.uuid)
    )
    found: UUID = made.scalar_one()
    return found


def name(value: str) -> str:
    """A name as people write it: any script and any emoji, but no control characters, and not too long."""
    cleaned = value.strip()
    if not cleaned or len(cleaned) > NAME_MAX:
        raise Problem("text_too_long", limit=NAME_MAX) if cleaned else Problem("field_required", field="name")
    if any(ord(character) < ord(" ") or character == "\x7f" for character in cleaned):
        raise Problem("text_not_plain")
    return cleaned
