"""The log folded from zero: it agrees with every honest history, and names the place of every lie."""

import random
import tomllib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import pytest
from sqlalchemy import Engine, text
from uuid_utils.compat import uuid7

from manifests import issue, keys
from manifests.signing import Signer
from tests import makers
from tests.makers import SLUDGE, World, now
from tests.telling import KG, T1, Road, line, make
from tracker import facts, registry, trace, verify
from tracker.problems import Problem


@pytest.fixture(scope="module")
def told(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Road]:
    """A short history in which everything happened once."""
    folder = tmp_path_factory.mktemp("keys")
    with engine.connect() as connection:
        transaction = connection.begin()
        world = makers.world(connection, code="TOLD")
        registry.add_park_key(connection, world.park, 1, keys.public_bytes(keys.create(folder, world.park, 1)))
        road = Road(world, Signer(folder))
        heap = world.generated(10 * T1, private={"driver": "王五"})
        manifest = road.issue(heap, carriers=("T", "T2"))
        road.picked_up(manifest, line(heap, 10_100 * KG, measured=True))
        road.picked_up(manifest, who="T2")
        road.part_refused(manifest, heap, 2 * T1, 8 * T1)
        _, (one, other) = road.split(heap, 3 * T1, 5 * T1, who="D")
        road.combined(line(one), line(other, T1), who="D")
        ash = facts.Output(kind="residue", grams=T1, batch=uuid7(), waste_class=SLUDGE)
        road.treated(line(other), outputs=[facts.Output(kind="product", grams=2 * T1), ash])
        weighing = road.weighed(world.generated(T1), 5 * T1)
        batch = world.connection.execute(text("SELECT uuid FROM batch WHERE last_fact = :id"), {"id": weighing.fact})
        road.corrected(batch.scalar_one(), weighing.fact, 2 * T1)
        yield road
        transaction.rollback()


@pytest.fixture
def liar(told: Road) -> Iterator[Road]:
    """The history, in the hands of a superuser who has put the triggers to sleep."""
    connection = told.world.connection
    savepoint = connection.begin_nested()
    connection.execute(text("SET LOCAL ROLE NONE"))
    connection.execute(text("SET LOCAL session_replication_role = replica"))
    yield told
    savepoint.rollback()


LIES = tomllib.loads(Path(__file__).with_name("lies.toml").read_text(encoding="utf-8"))


def test_an_honest_history_is_content(told: Road) -> None:
    report = verify.park(told.world.connection, told.world.park)
    assert report.differences == []
    assert (report.facts, report.manifests) == (11, 1)
    assert report.batches == told.world.connection.execute(text("SELECT count(*) FROM batch")).scalar_one()
    assert verify.permits(told.world.connection, [report]) == []


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_is_caught_and_its_place_is_named(liar: Road, lie: str) -> None:
    changed = liar.world.connection.exec_driver_sql(LIES[lie]["sql"])
    assert changed.rowcount > 0, "the lie was never told"
    report = verify.park(liar.world.connection, liar.world.park)
    assert not report.ok
    assert any(LIES[lie]["says"] in difference for difference in report.differences), report.differences


def test_a_permit_s_used_capacity_is_what_the_logs_of_all_parks_say(liar: Road) -> None:
    report = verify.park(liar.world.connection, liar.world.park)
    liar.world.connection.execute(text("UPDATE permit_year SET used_grams = 0 WHERE used_grams > 0"))
    (difference,) = verify.permits(liar.world.connection, [report])
    assert "log (0, 8000000) g" in difference


def test_a_report_of_thousands_of_lines_is_cut_and_counted() -> None:
    report = verify.Report(1)
    for number in range(verify.SHOWN_MAX + 5):
        report.add(str(number))
    assert (len(report.differences), report.unshown, report.ok) == (verify.SHOWN_MAX, 5, False)


# --- random histories -------------------------------------------------------------------------------------------------


class Here(NamedTuple):
    """A batch as it stands, with whoever holds it."""

    uuid: UUID
    state: str
    who: str
    grams: int
    manifest: UUID | None


TOLD = [name for name in facts.KINDS if not name.startswith(("manifest_", "rerouted"))]
#: Facts that a batch in this state can expect, and who would tell them.
SENSE = {
    "deposited": [("picked_up", "T2"), ("handed_over", "S"), ("weighed", "h"), ("received", "D")],
    "on_site": [
        ("dissolved", "h"),
        ("corrected", "h"),
        ("split", "h"),
        ("combined", "h"),
        ("weighed", "h"),
        ("stored", "h"),
        ("treated", "h"),
        ("picked_up", "h"),
    ],
    "reserved": [
        ("not_collected", "T"),
        ("picked_up", "T"),
        ("picked_up", "T"),
        ("picked_up", "T2"),
        ("received", "D"),
        ("arrived", "T"),
    ],
    "in_transit": [
        ("deposited", "S"),
        ("stopped", "T"),
        ("corrected", "T"),
        ("arrived", "T"),
        ("received", "D"),
        ("handed_over", "T"),
        ("picked_up", "T2"),
        ("returned", "P"),
    ],
    "arrived": [("received", "D"), ("received", "D"), ("treated", "D"), ("picked_up", "T")],
    "received": [
        ("dissolved", "h"),
        ("corrected", "D"),
        ("treated", "h"),
        ("treated", "h"),
        ("split", "h"),
        ("combined", "h"),
        ("picked_up", "T"),
    ],
    "refused": [("picked_up", "T"), ("returned", "P")],
    "returning": [("returned", "P"), ("arrived", "T")],
}


OF_A_MANIFEST = (
    facts.PickedUp,
    facts.NotCollected,
    facts.HandedOver,
    facts.Stopped,
    facts.Deposited,
    facts.Arrived,
    facts.Received,
    facts.Returned,
    facts.Signed,
)


class Chaos:
    """Tells whatever comes to mind about whatever is there: mostly what makes sense, often enough what does not."""

    def __init__(self, road: Road, seed: int) -> None:
        self.road, self.world, self.chance = road, road.world, random.Random(seed)
        self.unborn: list[UUID] = []
        self.manifests: list[UUID] = []
        self.facts: list[UUID] = []
        self.proposed: list[UUID] = []

    def run(self, steps: int) -> None:
        for _ in range(steps):
            here = self._here()
            if self.chance.random() < 0.4:
                self._plan(here)
            if len(here) < 6 or self.chance.random() < 0.3:
                self._tell(self.chance.choice(["P", "P", "P2", "D"]), [self._generated() for _ in range(3)])
                continue
            row = self.chance.choice(here)
            sensible = SENSE.get(row.state, [("weighed", "h")])
            name, who = self.chance.choice(sensible if self.chance.random() < 0.7 else [(name, "?") for name in TOLD])
            who = {"h": row.who, "?": self.chance.choice(["P", "P2", "T", "T2", "D", "S"])}.get(who, who)
            if self.chance.random() < 0.25:
                self._answer()
            told = [self._fact(facts.KINDS[name], row, who)]
            if self.chance.random() < 0.3:
                told += [self._fact(facts.KINDS[self.chance.choice(TOLD)], self.chance.choice(here), who)]
                self.chance.shuffle(told)
            self._tell(who, told)

    def _tell(self, who: str, told: list[facts.Fact]) -> None:
        receipts = self.world.tell(who, *told, careful=self.chance.random() < 0.2)
        assert {receipt.verdict for receipt in receipts} <= {"recorded", "conflict", "waiting", "turned_away"}
        self.facts += [fact.id for fact in told]

    def _answer(self) -> None:
        """Somebody proposes another way for a manifest, or answers what has been proposed."""
        if self.manifests and self.chance.random() < 0.3:
            to, legs = self.chance.choice([(None, ("T2",)), ("S", ()), ("D", ("T", "T2")), (None, ("S", "T"))])
            receipt = self.road.rerouted(self.manifests[-1], self.chance.choice(["P", "D", "S"]), to=to, legs=legs)
            self.proposed.append(receipt.fact)
        rows = self.world.connection.execute(
            text(
                "SELECT p.uuid, a.enterprise_id FROM proposal p"
                " JOIN proposal_answer a ON a.park_id = p.park_id AND a.proposal = p.uuid"
                " WHERE p.state = 'open' AND a.answer IS NULL ORDER BY p.uuid, 2"
            )
        ).all()
        names = {company.key: name for name, company in self.world.companies.items()}
        for row in rows:
            kind = facts.Consented if self.chance.random() < 0.8 else facts.Declined
            self._tell(names[row.enterprise_id], [make(kind, to=row.uuid)])

    def _here(self) -> list:
        names = {company.key: name for name, company in self.world.companies.items()}
        rows = self.world.connection.execute(
            text(
                "SELECT b.uuid, b.state, b.holder_id, b.grams, m.uuid AS manifest FROM batch b"
                " LEFT JOIN manifest m ON m.park_id = b.park_id AND m.id = b.manifest_id"
                " WHERE b.grams > 0 OR b.id % 3 = 0 ORDER BY b.id DESC LIMIT 25"
            )
        )
        return [Here(row.uuid, row.state, names[row.holder_id], row.grams, row.manifest) for row in rows]

    def _plan(self, here: list) -> None:
        row = self.chance.choice(here or [None])
        if row is None:
            return
        free = [other.uuid for other in here if (other.who, other.state) == (row.who, row.state)][:3]
        caller = self.world.companies[row.who].caller
        plan = self.road.plan(
            *free, carriers=self.chance.choice([("T", "T2"), ("T", "S", "T2")]), to="D" if row.who != "D" else "S"
        )
        savepoint = self.world.connection.begin_nested()
        try:
            if row.manifest and self.chance.random() < 0.2:
                issue.void(self.world.connection, caller, row.manifest, "…")
            else:
                issue.issue(self.world.connection, caller, self.road.signer, plan)
                self.manifests.append(plan.id)
            savepoint.commit()
        except Problem:
            savepoint.rollback()

    def _generated(self) -> facts.Fact:
        chance = self.chance
        fresh = self.unborn.pop() if self.unborn and chance.random() < 0.2 else uuid7()
        about = line(fresh, chance.randint(1, 5 * T1), measured=chance.random() < 0.5)
        return make(facts.Generated, about, waste_class=chance.choice([SLUDGE, SLUDGE, makers.OILY_RAGS]))

    def _fact(self, kind: type[facts.Fact], row: "Here", who: str) -> facts.Fact:
        chance = self.chance
        if kind is facts.Generated:
            return self._generated()
        one = row.uuid
        if chance.random() < 0.05:
            one = uuid7()
            self.unborn.append(one)
        about = [line(one, self._grams(kind), measured=chance.random() < 0.5)]
        given = self._details(kind, one, who)
        if kind in (facts.Consented, facts.Declined):
            about = []
        if kind in OF_A_MANIFEST:
            given["manifest"] = row.manifest or chance.choice([None, *self.manifests[-4:]])
            if row.manifest and given.get("outcome") != "part" and chance.random() < 0.5:
                about = []
        return make(kind, *about, observed_at=now() - timedelta(minutes=chance.randint(-20, 60)), **given)

    def _grams(self, kind: type[facts.Fact]) -> int | None:
        always = kind is facts.Weighed
        return self.chance.randint(1, 6 * T1) if always or self.chance.random() < 0.5 else None

    def _details(self, kind: type[facts.Fact], one: UUID, who: str) -> dict:
        chance, fresh = self.chance, [uuid7(), uuid7()]
        plain = {
            "not_collected": {"cause": "closed"},
            "stopped": {"reason": "rest"},
            "consented": {"to": chance.choice(self.proposed or self.facts)},
            "declined": {"to": chance.choice(self.proposed or self.facts)},
            "signed": {"side": chance.choice(["generator", "carrier", "receiver"])},
        }
        match kind.KIND:
            case "stored":
                return {"store": self.world.companies[who].site}
            case "split":
                return {"into": tuple(facts.Part(batch=new, grams=chance.randint(1, 3 * T1)) for new in fresh)}
            case "combined":
                return {"into": facts.Merged(batch=fresh[0], waste_class=chance.choice([None, SLUDGE]))}
            case "handed_over":
                return {"carrier": self.world.companies[chance.choice(["T", "T2"])].uuid}
            case "received":
                return self._receipt(one, fresh[0])
            case "treated":
                made = (
                    facts.Output(kind="residue", grams=chance.randint(1, T1), batch=fresh[0]),
                    facts.Output(kind="loss", grams=chance.randint(1, T1)),
                )
                return {"treatment": "D10", "outputs": chance.choice([(), made])}
            case "corrected":
                return {"corrects": chance.choice(self.facts[-12:]), "grams": chance.randint(1, 6 * T1), "reason": "…"}
            case name:
                return plain.get(name, {})

    def _receipt(self, one: UUID, back: UUID) -> dict:
        outcome = self.chance.choice(["whole", "whole", "part", "refused"])
        if outcome != "part":
            return {"outcome": outcome, "cause": "other" if outcome == "refused" else None}
        part = facts.RefusedPart(batch=one, refused_grams=self.chance.randint(1, 2 * T1), into=back)
        return {"outcome": "part", "cause": "other", "refused": (part,)}


def _accounts_agree(world: World) -> None:
    """The running balances close, and what they call stock and transit is what the batches hold."""
    assert sum(world.balance().values()) == 0
    held = world.connection.execute(
        text(
            "SELECT holder_id, coalesce(class_id, 0), CASE WHEN state IN ('in_transit','arrived','refused','returning')"
            " THEN 'transit' ELSE 'stock' END, sum(grams)::bigint FROM batch GROUP BY 1, 2, 3 HAVING sum(grams) > 0"
        )
    )
    posted = world.connection.execute(
        text(
            "SELECT enterprise_id, class_id, account, grams FROM balance"
            " WHERE account IN ('stock', 'transit') AND grams <> 0"
        )
    )
    assert sorted(tuple(row) for row in held) == sorted(tuple(row) for row in posted)


def _chains_close(world: World) -> None:
    """Every chain adds up to the gram, whatever was corrected or undone in it."""
    batches = world.connection.execute(text("SELECT uuid FROM batch ORDER BY id")).scalars().all()
    for uuid in batches[::7]:
        roots = trace.roots_of(world.connection, world.park, str(uuid))
        found = trace.chain(world.connection, world.R.caller, roots.keys)
        assert found.totals.agrees, uuid


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_told_the_log_agrees_with_the_books_to_the_gram(world: World, road: Road, seed: int) -> None:
    chaos = Chaos(road, seed)
    chaos.run(90)
    report = verify.park(world.connection, world.park)
    assert report.differences == []
    assert report.facts > 120
    _chains_close(world)
    assert report.manifests > 3
    assert verify.permits(world.connection, [report]) == []
    _accounts_agree(world)
    kinds = world.connection.execute(text("SELECT count(DISTINCT kind) FROM fact")).scalar_one()
    assert kinds >= 12
    states = world.connection.execute(text("SELECT array_agg(DISTINCT state) FROM batch")).scalar_one()
    assert len(states) >= 6
