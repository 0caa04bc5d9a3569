"""Puts the demo park on the register: the park, its key, its enterprises with places and permits, and their people."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID, uuid5

from api.demo.cast import Cast, Enterprise, cast
from manifests import keys
from tracker import parties, people, registry
from tracker.parties import Caller, Settings
from tracker.store import Connection, enter_park

#: The same for everybody in the demo park, and printed wherever the demo starts: nobody may take it for a secret.
PASSWORD = "waste-demo"  # noqa: S105 - said aloud on purpose
#: Everything in the demo has an id that is the same on every machine, so a database can be asked whether it is there.
_NAMES = UUID("0d3f0000-7761-7374-6500-64656d6f0000")


@dataclass(frozen=True, slots=True)
class Account:
    """A log-in of the demo, and whose it is."""

    login: str
    what: str


@dataclass(slots=True)
class Company:
    """An enterprise of the demo as the books know it. ``handler`` and ``manager`` tell facts in its name."""

    of: Enterprise
    key: int
    uuid: UUID
    store: UUID
    handler: Caller
    manager: Caller


@dataclass(slots=True)
class DemoPark:
    """The park. ``made`` is false where it was there already: then it is left alone, and ``companies`` is empty."""

    key: int
    uuid: UUID
    settings: Settings
    made: bool
    companies: dict[str, Company] = field(default_factory=dict)


def accounts() -> list[Account]:
    """Every log-in of the demo, officials first."""
    play = cast()
    found = [Account(one.login, f"{one.en} / {one.zh}") for one in play.officials]
    for one in play.enterprises.values():
        does = ", ".join(one.roles)
        found.append(Account(one.key, f"handler of {one.en}: {does} / {one.zh}"))
        found.append(Account(f"{one.key}-manager", f"its manager / {one.manager}"))
    return found


def park_uuid() -> UUID:
    return _uuid("park", cast().code)


def make_park(connection: Connection, keys_folder: Path, *, now: datetime | None = None) -> DemoPark:
    """The demo park, made in the caller's transaction unless it is there. Its private key goes to ``keys_folder``.

    ``now`` only decides from when to when the permits hold.
    """
    play = cast()
    settings = Settings.of(play.settings)
    known = people.park_of(connection, park_uuid())
    if known is not None:
        enter_park(connection, known)
        return DemoPark(known, park_uuid(), settings, made=False)
    key = registry.add_park(
        connection,
        code=play.code,
        name_zh=play.name_zh,
        name_en=play.name_en,
        division=play.division,
        boundary=play.boundary,
        settings=play.settings,
        uuid=park_uuid(),
    )
    _sign_with(connection, keys_folder, key)
    park = DemoPark(key, park_uuid(), settings, made=True)
    secret = registry.hashed(PASSWORD)
    year = (now or datetime.now(UTC)).year
    for one in play.enterprises.values():
        park.companies[one.key] = _company(connection, park, one, secret, year)
    _officials(connection, park, play, secret)
    return park


def belongs(connection: Connection) -> bool:
    """Whether a demo park may be here: it is here already, or nobody works in this database yet."""
    return people.park_of(connection, park_uuid()) is not None or parties.count(connection) == 0


def _uuid(kind: str, name: str) -> UUID:
    return uuid5(_NAMES, f"{kind}/{name}")


def _sign_with(connection: Connection, folder: Path, park: int) -> None:
    """Publish the park's newest key, a new one where the folder has none: an earlier try that was rolled back, or a
    database made anew, may have left one."""
    known = keys.key_ids(folder, park)
    key_id = known[-1] if known else 1
    key = keys.load(folder, park, key_id) if known else keys.create(folder, park, key_id)
    registry.add_park_key(connection, park, key_id, keys.public_bytes(key))


def _company(connection: Connection, park: DemoPark, one: Enterprise, secret: str, year: int) -> Company:
    uuid = _uuid("enterprise", one.key)
    key = registry.add_enterprise(
        connection,
        uscc=one.uscc,
        name_zh=one.zh,
        name_en=one.en,
        roles=one.roles,
        industry=one.industry,
        division=one.division,
        uuid=uuid,
    )
    store = _places(connection, one, key)
    _permits(connection, one, key, year)
    callers = {}
    for role, login, called in (("handler", one.key, one.handler), ("manager", f"{one.key}-manager", one.manager)):
        person_uuid = _uuid("person", login)
        person = registry.add_person(
            connection,
            login=login,
            password_hash=secret,
            called=called,
            enterprise=key,
            roles={park.key: role},
            uuid=person_uuid,
        )
        callers[role] = Caller(person, person_uuid, role, key, uuid, park.key, park.uuid, "zh", park.settings)
    return Company(one, key, uuid, store, callers["handler"], callers["manager"])


def _places(connection: Connection, one: Enterprise, enterprise: int) -> UUID:
    """A site, and in it a store where there is one; the id of the one waste is kept in."""
    longitude, latitude = one.at
    site_uuid, store_uuid = _uuid("site", one.key), _uuid("store", one.key)
    site = registry.add_place(
        connection,
        enterprise=enterprise,
        kind="site",
        name_zh=f"{one.zh}厂区",
        name_en=f"{one.en}, site",
        longitude=longitude,
        latitude=latitude,
        uuid=site_uuid,
    )
    if one.store_grams is None:
        return site_uuid
    registry.add_place(
        connection,
        enterprise=enterprise,
        site=site,
        kind="store",
        name_zh="固废贮存间",
        name_en="waste store",
        longitude=longitude + 0.0006,
        latitude=latitude - 0.0004,
        capacity_grams=one.store_grams,
        limit_days=one.store_days,
        uuid=store_uuid,
    )
    return store_uuid


def _permits(connection: Connection, one: Enterprise, enterprise: int, year: int) -> None:
    for acts_as, paper in (("carrier", one.carries), ("receiver", one.receives)):
        if paper is not None:
            registry.add_permit(
                connection,
                enterprise=enterprise,
                number=paper.number,
                acts_as=acts_as,
                codes=paper.codes,
                treatments=paper.treatments,
                annual_grams=paper.annual_grams,
                valid_from=date(year - 3, 1, 1),
                valid_to=date(year + 2, 12, 31),
                uuid=_uuid(f"permit/{acts_as}", one.key),
            )


def _officials(connection: Connection, park: DemoPark, play: Cast, secret: str) -> None:
    for one in play.officials:
        registry.add_person(
            connection,
            login=one.login,
            password_hash=secret,
            called=one.zh,
            enterprise=None,
            roles={park.key: one.role},
            uuid=_uuid("person", one.login),
        )
