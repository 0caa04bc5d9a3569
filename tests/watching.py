"""Parks that stay, for what looks at them from outside: a watch sees only what is committed."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Engine, text
from uuid_utils.compat import uuid7

from manifests import issue
from manifests.signing import Signer
from tests.makers import World, now
from tracker import facts, store


@dataclass
class Park:
    """A committed park; ``inside`` opens a transaction in it, because a watch only sees what is committed."""

    world: World
    engine: Engine
    signer: Signer

    @contextmanager
    def inside(self) -> Iterator[World]:
        with store.transaction(self.engine, self.world.park) as connection:
            self.world.connection = connection
            yield self.world

    def alerts(self) -> list[tuple[str, UUID, bool]]:
        with self.inside() as world:
            rows = world.connection.execute(text("SELECT code, subject, settled_at FROM alert ORDER BY id"))
            return [(row.code, row.subject, row.settled_at is not None) for row in rows]

    def stored(self, days: float, **given: object) -> UUID:
        with self.inside() as world:
            return world.generated(at=now() - timedelta(days=days), **given)

    def issued(self, days: float) -> UUID:
        """A manifest issued so many days ago, for a batch of that day."""
        at = now() - timedelta(days=days)
        batch = self.stored(days)
        with self.inside() as world:
            plan = issue.Plan(
                id=uuid7(),
                batches=(issue.BatchPlan(batch=batch),),
                carriers=(issue.CarrierPlan(enterprise=world.T.uuid),),
                receiver=world.D.uuid,
                treatment="D10",
            )
            issue.issue(world.connection, world.P.caller, self.signer, plan, now=at)
        return plan.id

    def told(self, who: str, *told: facts.Fact, **given: object) -> list[str]:
        with self.inside() as world:
            return [receipt.verdict for receipt in world.tell(who, *told, **given)]
