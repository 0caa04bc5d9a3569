"""Tells what befalls waste in a few words: ``road.picked_up(m)``, ``road.received(m, tank, grams=1_000_000)``."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text
from uuid_utils.compat import uuid7

from manifests import issue as paper
from manifests.signing import Signer
from tests.makers import SLUDGE, SOMEWHERE, World, now
from tracker import facts, ledger
from tracker.problems import Finding

T1 = 1_000_000  # a tonne in grams
KG = 1_000


def line(batch: UUID, grams: int | None = None, *, measured: bool = False, prev: UUID | None = None) -> facts.Line:
    return facts.Line(batch=batch, grams=grams, measured=measured, prev=prev)


def codes(receipt: ledger.Receipt) -> list[str]:
    """What was found odd, but for the note that the catalogue's row of our sludge still awaits the official text."""
    return sorted({finding.code for finding in receipt.findings} - {"class_unverified"})


def finding(receipt: ledger.Receipt, code: str) -> Finding:
    (found,) = [one for one in receipt.findings if one.code == code]
    return found


def make(kind: type[facts.Fact], *lines: facts.Line, **given: Any) -> Any:
    """A fact that happened just now, somewhere in the park."""
    given.setdefault("id", uuid7())
    given.setdefault("observed_at", now())
    given.setdefault("place", SOMEWHERE)
    return kind(lines=lines, **given)


def drum(grams: int = T1, **given: Any) -> facts.Generated:
    """Somebody fills a drum with sludge."""
    return make(facts.Generated, line(given.pop("batch", None) or uuid7(), grams), waste_class=SLUDGE, **given)


def weighing(batch: UUID, grams: int = T1, **given: Any) -> facts.Weighed:
    """Somebody puts it on a scale."""
    prev = given.pop("prev", None)
    return make(facts.Weighed, line(batch, grams, measured=True, prev=prev), **given)


def count(world: World, table: str) -> int:
    """How many rows of a table the park has."""
    return world.connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()


def verdicts(receipts: Iterable[ledger.Receipt]) -> list[str]:
    return [receipt.verdict for receipt in receipts]


@dataclass(slots=True)
class Road:
    """The roads between the companies of a park."""

    world: World
    signer: Signer

    def issue(  # a consignment has this many sides
        self,
        *batches: UUID,
        who: str = "P",
        carriers: Sequence[str] = ("T",),
        to: str = "D",
        treatment: str = "D10",
        **given: Any,
    ) -> UUID:
        """``who`` issues a manifest; its id."""
        plan = self.plan(*batches, carriers=carriers, to=to, treatment=treatment)
        receipt = paper.issue(self.world.connection, self.world.companies[who].caller, self.signer, plan, **given)
        assert receipt.verdict == "recorded", receipt
        return plan.id

    def plan(
        self, *batches: UUID, carriers: Sequence[str] = ("T",), to: str = "D", treatment: str = "D10", **given: Any
    ) -> paper.Plan:
        world = self.world
        return paper.Plan(
            id=given.pop("id", None) or uuid7(),
            batches=tuple(paper.BatchPlan(batch=batch) for batch in batches),
            carriers=tuple(
                paper.CarrierPlan(
                    enterprise=world.companies[one].uuid,
                    plate="京A12345",
                    what="store" if "receiver" in world.companies[one].roles else "carrier",
                )
                for one in carriers
            ),
            receiver=world.companies[to].uuid,
            treatment=treatment,
            **given,
        )

    def void(self, manifest: UUID, who: str = "P", **given: Any) -> ledger.Receipt:
        return paper.void(self.world.connection, self.world.companies[who].caller, manifest, "司机未到", **given)

    def tell(self, who: str, fact: facts.Fact, **given: Any) -> ledger.Receipt:
        (receipt,) = self.world.tell(who, fact, **given)
        return receipt

    def picked_up(self, manifest: UUID | None, *lines: facts.Line, who: str = "T", **given: Any) -> ledger.Receipt:
        return self.tell(who, make(facts.PickedUp, *lines, manifest=manifest, **given))

    def arrived(self, manifest: UUID | None, *lines: facts.Line, who: str = "T", **given: Any) -> ledger.Receipt:
        return self.tell(who, make(facts.Arrived, *lines, manifest=manifest, **given))

    def handed_over(self, manifest: UUID | None, *lines: facts.Line, to: str, who: str = "T") -> ledger.Receipt:
        carrier = self.world.companies[to].uuid
        return self.tell(who, make(facts.HandedOver, *lines, manifest=manifest, carrier=carrier))

    def received(self, manifest: UUID | None, *lines: facts.Line, who: str = "D", **given: Any) -> ledger.Receipt:
        given.setdefault("outcome", "whole")
        return self.tell(who, make(facts.Received, *lines, manifest=manifest, **given))

    def refused(self, manifest: UUID, *lines: facts.Line, who: str = "D") -> ledger.Receipt:
        return self.received(manifest, *lines, who=who, outcome="refused", cause="not_conform")

    def part_refused(
        self, manifest: UUID, batch: UUID, refused: int, accepted: int | None = None, who: str = "D"
    ) -> tuple[ledger.Receipt, UUID]:
        """The receipt, and the batch that what was refused became."""
        back = uuid7()
        part = facts.RefusedPart(batch=batch, refused_grams=refused, into=back)
        told = line(batch, accepted, measured=accepted is not None)
        return self.received(manifest, told, who=who, outcome="part", refused=(part,), cause="not_conform"), back

    def not_collected(
        self, manifest: UUID, *lines: facts.Line, who: str = "T", cause: str = "closed"
    ) -> ledger.Receipt:
        return self.tell(who, make(facts.NotCollected, *lines, manifest=manifest, cause=cause))

    def stopped(self, manifest: UUID, who: str = "T", reason: str = "breakdown") -> ledger.Receipt:
        return self.tell(who, make(facts.Stopped, manifest=manifest, reason=reason))

    def deposited(self, manifest: UUID, *lines: facts.Line, who: str = "S", **given: Any) -> ledger.Receipt:
        return self.tell(who, make(facts.Deposited, *lines, manifest=manifest, **given))

    def dissolved(self, group: UUID, who: str = "P") -> ledger.Receipt:
        return self.tell(who, make(facts.Dissolved, line(group)))

    def consented(self, to: UUID, who: str) -> ledger.Receipt:
        return self.tell(who, make(facts.Consented, to=to))

    def declined(self, to: UUID, who: str, **given: Any) -> ledger.Receipt:
        return self.tell(who, make(facts.Declined, to=to, **given))

    def signed(self, manifest: UUID, side: str, who: str, **given: Any) -> ledger.Receipt:
        return self.tell(who, make(facts.Signed, manifest=manifest, side=side, **given))

    def rerouted(self, manifest: UUID, who: str, *, to: str | None = None, legs: Sequence[str] = ()) -> ledger.Receipt:
        """``who`` proposes other carriers for what is still to be driven, or another receiver; already judged."""
        companies = self.world.companies
        return self.tell(
            who,
            make(
                facts.Rerouted,
                manifest=manifest,
                reason="车辆故障",
                carriers=tuple(facts.Carrier(enterprise=companies[one].uuid, plate="京B1") for one in legs),
                receiver=companies[to].uuid if to else None,
            ),
            own=True,
        )

    def returned(self, manifest: UUID | None, *lines: facts.Line, who: str = "P") -> ledger.Receipt:
        return self.tell(who, make(facts.Returned, *lines, manifest=manifest))

    def weighed(self, batch: UUID, grams: int, who: str = "P") -> ledger.Receipt:
        return self.tell(who, make(facts.Weighed, line(batch, grams, measured=True)))

    def split(
        self, batch: UUID, *grams: int, who: str = "P", taken: int | None = None
    ) -> tuple[ledger.Receipt, list[UUID]]:
        into = [facts.Part(batch=uuid7(), grams=one) for one in grams]
        receipt = self.tell(who, make(facts.Split, line(batch, taken), into=tuple(into)))
        return receipt, [part.batch for part in into]

    def combined(self, *lines: facts.Line, who: str = "P", **given: Any) -> tuple[ledger.Receipt, UUID]:
        into = facts.Merged(batch=uuid7(), **given)
        return self.tell(who, make(facts.Combined, *lines, into=into)), into.batch

    def treated(
        self, *lines: facts.Line, who: str = "D", treatment: str = "D10", outputs: Sequence[facts.Output] = ()
    ) -> ledger.Receipt:
        return self.tell(who, make(facts.Treated, *lines, treatment=treatment, outputs=tuple(outputs)))

    def corrected(self, batch: UUID, fact: UUID, grams: int, who: str = "P") -> ledger.Receipt:
        told = make(facts.Corrected, line(batch), corrects=fact, grams=grams, reason="磅秤读错")
        return self.tell(who, told)

    def delivered(self, *batches: UUID, grams: Sequence[int] = ()) -> UUID:
        """From P by T to D, received whole."""
        manifest = self.issue(*batches)
        self.picked_up(manifest)
        lines = [line(batch, weight, measured=True) for batch, weight in zip(batches, grams, strict=False)]
        self.received(manifest, *lines)
        return manifest

    def manifest(self, uuid: UUID) -> Any:
        """The row of a manifest."""
        found = self.world.connection.execute(text("SELECT * FROM manifest WHERE uuid = :uuid"), {"uuid": uuid})
        return found.mappings().one()

    def on_paper(self, manifest: UUID, batch: UUID) -> Any:
        """The line of a batch on a manifest."""
        found = self.world.connection.execute(
            text(
                "SELECT l.* FROM manifest_line l JOIN manifest m ON m.park_id = l.park_id AND m.id = l.manifest_id"
                " JOIN batch b ON b.park_id = l.park_id AND b.id = l.batch_id WHERE m.uuid = :m AND b.uuid = :b"
            ),
            {"m": manifest, "b": batch},
        )
        return found.mappings().one()

    def permit_year(self, who: str = "D") -> tuple[int, int]:
        """What is promised and used of a company's permits, in grams."""
        found = self.world.connection.execute(
            text(
                "SELECT coalesce(sum(y.reserved_grams), 0)::bigint, coalesce(sum(y.used_grams), 0)::bigint"
                " FROM permit_year y JOIN permit p ON p.uuid = y.permit_uuid WHERE p.enterprise_id = :key"
            ),
            {"key": self.world.companies[who].key},
        ).one()
        return found[0], found[1]

    def holder(self, batch: UUID) -> str:
        key = self.world.batch(batch)["holder_id"]
        return next(name for name, company in self.world.companies.items() if company.key == key)

    def edges(self) -> list[tuple[UUID, UUID, int]]:
        """Parent, child, grams."""
        rows = self.world.connection.execute(
            text(
                "SELECT p.uuid, c.uuid, e.grams FROM edge e JOIN batch p ON p.park_id = e.park_id AND p.id = e.parent"
                ' JOIN batch c ON c.park_id = e.park_id AND c.id = e.child ORDER BY e."index", e.child'
            )
        )
        return [(row[0], row[1], row[2]) for row in rows]
