"""Makes parks and people for tests, in the field's language: a park P ships from, T carries to, D receives in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text
from uuid_utils.compat import uuid7

from tracker import facts, ledger, registry, verify
from tracker.catalogue import validate
from tracker.parties import Caller, Settings

#: A hash of "correct horse" made once: hashing costs a fifth of a second on purpose.
PASSWORD = "correct horse"
PASSWORD_HASH = "$argon2id$v=19$m=65536,t=3,p=4$wFzOYirjsRrbT9+jFd8qvA$8GK56X14fl+RqROUQ2yvg17Gf4ZPo7bSTuEhB6rZteU"

SLUDGE = facts.ClassRef(scheme="CN-SW", edition="2024", code="900-099-S07")
OILY_RAGS = facts.ClassRef(scheme="CN-HW", edition="2021", code="900-041-49")
SOMEWHERE = facts.Point(longitude=116.506, latitude=39.795, accuracy_m=8.0)


def uscc(serial: int) -> str:
    """A fictitious USCC whose check character holds."""
    body = f"91110302MA{serial:07d}"
    return body + validate.uscc_check_character(body)


@dataclass(slots=True)
class Company:
    key: int
    uuid: UUID
    site: UUID
    caller: Caller
    roles: tuple[str, ...] = ()


@dataclass(slots=True)
class World:
    """A park with a generator P, carriers T and T2, a store S and a receiver D, and a regulator."""

    connection: Connection
    park: int
    park_uuid: UUID
    settings: Settings
    companies: dict[str, Company] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Company:
        try:
            return self.companies[name]
        except KeyError:
            raise AttributeError(name) from None

    def tell(self, who: str, *told: facts.Fact, **given: Any) -> list[ledger.Receipt]:
        """``who`` records facts; one receipt each."""
        return ledger.record(self.connection, self.companies[who].caller, told, **given)

    def generated(
        self, grams: int = 1_000_000, *, who: str = "P", waste: facts.ClassRef = SLUDGE, **given: Any
    ) -> UUID:
        """A new batch of ``who``."""
        batch = uuid7()
        line = facts.Line(batch=batch, grams=grams, measured=given.pop("measured", False))
        fact = facts.Generated(
            id=uuid7(), observed_at=given.pop("at", now()), lines=(line,), waste_class=waste, **given
        )
        (receipt,) = self.tell(who, fact)
        assert receipt.verdict == "recorded", receipt
        return batch

    def batch(self, uuid: UUID) -> Mapping[str, Any]:
        """The row of a batch."""
        found = self.connection.execute(text("SELECT * FROM batch WHERE uuid = :uuid"), {"uuid": uuid})
        return found.mappings().one()

    def verified(self) -> None:
        """The log folded from zero says what the tables say."""
        report = verify.park(self.connection, self.park)
        assert report.differences == []

    def balance(self) -> dict[str, int]:
        """Grams by account over the whole park; they sum to zero."""
        rows = self.connection.execute(text("SELECT account, sum(grams)::bigint FROM balance GROUP BY account"))
        return {account: grams for account, grams in rows if grams}


def now() -> datetime:
    return datetime.now(UTC)


#: Who is in a park unless a test says otherwise, and as what.
COMPANIES: Mapping[str, Sequence[str]] = {
    "P": ["generator"],
    "P2": ["generator"],
    "T": ["carrier"],
    "T2": ["carrier"],
    "S": ["receiver", "generator"],
    "D": ["receiver", "generator"],
}


def world(
    connection: Connection,
    *,
    code: str = "BDA",
    settings: Mapping[str, Any] | None = None,
    companies: Mapping[str, Sequence[str]] = COMPANIES,
) -> World:
    """A fresh park in the connection's transaction."""
    chosen = {"number_code": code, "label_host": "WASTE.PARK.CN"} | dict(settings or {})
    ring = [(116.48, 39.76), (116.56, 39.76), (116.56, 39.83), (116.48, 39.83)]
    uuid = uuid7()
    park = registry.add_park(
        connection, code=code, name_zh="测试园区", name_en="Test park", division="110115", boundary=ring,
        settings=chosen, uuid=uuid,
    )  # fmt: skip
    made = World(connection, park, uuid, Settings.of(chosen))
    serial = 1000 * park
    for offset, (name, roles) in enumerate(companies.items()):
        made.companies[name] = _company(made, name, roles, serial + offset)
    made.companies["R"] = _regulator(made)
    return made


def _company(made: World, name: str, roles: Sequence[str], serial: int) -> Company:
    connection, uuid, site, person = made.connection, uuid7(), uuid7(), uuid7()
    key = registry.add_enterprise(
        connection, uscc=uscc(serial), name_zh=f"{name} 有限公司", name_en=f"{name} Ltd", roles=roles, uuid=uuid
    )
    registry.add_place(
        connection, enterprise=key, kind="site", name_zh=f"{name} 厂区", longitude=116.506, latitude=39.795, uuid=site
    )
    for acts_as in {"carrier", "receiver"} & set(roles):
        registry.add_permit(
            connection, enterprise=key, number=f"京危废 {serial}（临）/2026", acts_as=acts_as,
            codes=["CN-SW:*", "CN-HW:*", "EWC:*"], treatments=["R4", "D10", "C5"] if acts_as == "receiver" else [],
            annual_grams=10_000_000_000 if acts_as == "receiver" else None,
            valid_from=date(2020, 1, 1), valid_to=date(2035, 12, 31),
        )  # fmt: skip
    person_key = registry.add_person(
        connection, login=f"{name.lower()}-{made.park}", password_hash=PASSWORD_HASH, called=f"{name} 员工",
        enterprise=key, roles={made.park: "manager"}, uuid=person,
    )  # fmt: skip
    caller = Caller(person_key, person, "manager", key, uuid, made.park, made.park_uuid, "zh", made.settings)
    return Company(key, uuid, site, caller, tuple(roles))


def _regulator(made: World) -> Company:
    person = uuid7()
    key = registry.add_person(
        made.connection, login=f"regulator-{made.park}", password_hash=PASSWORD_HASH, called="监管员",
        enterprise=None, roles={made.park: "regulator"}, uuid=person,
    )  # fmt: skip
    caller = Caller(key, person, "regulator", None, None, made.park, made.park_uuid, "zh", made.settings)
    return Company(0, person, person, caller)
