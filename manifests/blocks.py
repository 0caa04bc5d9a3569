"""Numbers on a phone: a manager lets it issue so many manifests without a network, from these carriers to these
receivers, of these wastes, until a day. Every gate that can be judged beforehand is judged here; the rest is judged
when the manifest comes in, and then it has happened."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection

from manifests import gates, numbers, signing
from tracker import clock, loading, numbering, parties, permits
from tracker.numbering import Terms
from tracker.parties import Caller
from tracker.problems import Problem
from tracker.rules.context import ClassKnown

#: What is judged beforehand does not stay true for ever.
DAYS_MAX = 31
#: More than a phone can show on one screen is more than anybody has thought about.
PARTIES_MAX = 20
CLASSES_MAX = 50


def grant(
    connection: Connection,
    caller: Caller,
    signer: signing.Signer,
    block: UUID,
    terms: Terms,
    *,
    hazardous: bool,
    count: int,
    holder: str,
    now: datetime | None = None,
) -> numbering.Block:
    """Give a phone the next ``count`` numbers, each with a signed label. Asked again under the same id, the first
    answer stands.

    ``Problem``: role_may_not, grant_until, number_block_size, enterprise_unknown, class_not_listed, class_not_in_force,
    number_of_other_kind, and whatever gate is closed for a carrier or receiver.
    """
    caller.need(("manager",), "企业管理员 / your enterprise's manager")
    moment = now or datetime.now(UTC)
    if numbering.block_of(connection, caller, block) is None:
        _judge(connection, caller, terms, moment, hazardous=hazardous)

    def labels(wanted: int) -> Sequence[UUID]:
        rows = signing.label_numbers(connection, caller, signer, wanted, moment, hazardous=hazardous)
        return [row["id"] for row in rows]

    return numbers.allocate_block(
        connection, caller,
        hazardous=hazardous, count=count, holder_kind="device", holder=holder, now=moment, uuid=block, on=terms,
        labels=labels,
    )  # fmt: skip


def _judge(connection: Connection, caller: Caller, terms: Terms, now: datetime, *, hazardous: bool) -> None:
    if not now < terms.until <= now + timedelta(days=DAYS_MAX):
        raise Problem("grant_until", "/grant/until", days=DAYS_MAX)
    permits.check_treatment(terms.treatment)
    classes = _classes(connection, terms, hazardous=hazardous)
    known = parties.keys_of(connection, [*terms.carriers, *terms.receivers])
    names = parties.names_of(connection, known.values())
    today = clock.day_of(now)
    for at, uuid in enumerate(terms.carriers):
        key = _known(known, uuid, f"/grant/carriers/{at}")
        permits.carrier(connection, key, names[key], classes, today)
    where = parties.divisions_of(connection, [caller.enterprise or 0, *known.values()])
    for at, uuid in enumerate(terms.receivers):
        pointer = f"/grant/receivers/{at}"
        if uuid == caller.enterprise_uuid:
            raise Problem("receiver_is_generator", pointer)
        key = _known(known, uuid, pointer)
        origin = gates.leaving(
            where, caller.settings, caller.enterprise or 0, key, terms.treatment, hazardous=hazardous, filing=None
        )
        # How much there will be nobody knows: a gram is the least that there must be room for.
        permits.receiver(connection, key, names[key], classes, terms.treatment, 1, today, origin)


def _known(known: dict[UUID, int], uuid: UUID, pointer: str) -> int:
    if uuid not in known:
        raise Problem("enterprise_unknown", pointer, enterprise=str(uuid))
    return known[uuid]


def _classes(connection: Connection, terms: Terms, *, hazardous: bool) -> list[ClassKnown]:
    listed = loading.classes_named(connection, terms.classes)
    for at, ref in enumerate(terms.classes):
        found, pointer = listed.get(str(ref)), f"/grant/classes/{at}"
        if found is None:
            raise Problem("class_not_listed", pointer, code=str(ref))
        if found.ended is not None:
            raise Problem("class_not_in_force", pointer, code=str(found), ended=found.ended.isoformat())
        if found.hazardous != hazardous:
            raise Problem("grant_of_other_kind", pointer, code=str(found))
    return sorted(listed.values(), key=lambda one: one.key)
