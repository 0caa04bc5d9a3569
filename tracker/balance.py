"""The mass account: what came in is on hand, on the road, treated, lost, shipped, or differs between two scales.

``generated + received = on_hand + in_transit + treated + lost + difference + shipped``, to the gram: of one batch, of
an enterprise and a waste class, of the whole park, and along any chain. ``received`` and ``shipped`` are what crossed
the border of whatever the account is of; for the whole park both are zero.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy import Connection, text

from tracker.parties import Caller, names_of
from tracker.problems import Problem
from tracker.trace import Chain


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """An account in grams. ``difference`` is what scales disagreed about: positive where grams went missing, negative
    where the scale found more. ``unexplained`` is what open findings of missing grams ask about. ``agrees`` says that
    what the postings hold is what the batches hold."""

    generated: int
    received: int
    on_hand: int
    in_transit: int
    treated: int
    lost: int
    difference: int
    shipped: int
    unexplained: int
    agrees: bool

    @property
    def closes(self) -> bool:
        """Whether the account sums to zero, and the batches hold what it says."""
        came = self.generated + self.received
        went = self.on_hand + self.in_transit + self.treated + self.lost + self.difference + self.shipped
        return self.agrees and came == went


# What open findings ask about. Findings about a fact's batches and one about the fact as a whole tell of the same grams
# twice, so the larger of both counts, fact by fact.
_UNEXPLAINED = """(SELECT coalesce(sum(a.grams), 0)::bigint FROM (
    SELECT greatest(sum(g.grams) FILTER (WHERE g.batch_uuid IS NULL),
                    sum(g.grams) FILTER (WHERE g.batch_uuid IS NOT NULL)) AS grams
    FROM (SELECT n."index", n.batch_uuid, abs(coalesce((n.evidence ->> 'missing_grams')::bigint,
            (n.evidence ->> 'difference_grams')::bigint, 0)) AS grams
          FROM finding n{joined} WHERE n.park_id = :park AND n.answered_at IS NULL{where}) g GROUP BY g."index") a)"""
_ABOUT_BATCH = """ AND (n.batch_uuid IS NULL OR n.batch_uuid = b.uuid) AND n."index" IN (
  SELECT "index" FROM posting WHERE park_id = b.park_id AND batch_id = b.id)"""
_OF_BATCH = text(f"""
SELECT b.grams AS held,
  (SELECT jsonb_object_agg(s.account, s.grams) FROM (SELECT account, sum(grams)::bigint AS grams FROM posting
     WHERE park_id = b.park_id AND batch_id = b.id GROUP BY account) s) AS accounts,
  (SELECT coalesce(sum(grams), 0)::bigint FROM edge WHERE park_id = b.park_id AND child = b.id) AS received,
  (SELECT coalesce(sum(grams), 0)::bigint FROM edge WHERE park_id = b.park_id AND parent = b.id) AS shipped,
  {_UNEXPLAINED.format(joined="", where=_ABOUT_BATCH)} AS unexplained
FROM batch b WHERE b.park_id = :park AND b.id = :batch
""")  # noqa: S608 - the parts are constants
#: The running sums of the postings, a few rows for each enterprise and class; ``of_balance`` and the rest narrow them.
_OF_BOOKS = """
SELECT
  (SELECT jsonb_object_agg(s.account, s.grams) FROM (SELECT account, sum(grams)::bigint AS grams FROM balance
     WHERE park_id = :park{of_balance} GROUP BY account) s) AS accounts,
  {unexplained} AS unexplained,
  {held} AS held
"""
_HELD = """(SELECT coalesce(sum(b.grams), 0)::bigint FROM batch b WHERE b.park_id = :park AND b.grams > 0{of_batch})"""


def of_batch(connection: Connection, park: int, batch: int) -> Balance:
    """The account of one batch by key: received and shipped are what came from other batches and went into others.
    ``Problem`` not_found."""
    row = connection.execute(_OF_BATCH, {"park": park, "batch": batch}).first()
    if row is None:
        raise Problem("not_found", what=str(batch))
    return _account(row.accounts or {}, row.received, row.shipped, row.unexplained, held=row.held)


def of_books(
    connection: Connection, caller: Caller, *, enterprise: int | None = None, class_id: int | None = None
) -> Balance:
    """The account of the park, or of one enterprise or class in it (by key; class 0 for "not classified"), from the
    running sums. An enterprise asks for its own and gets that where it names none; ``Problem`` not_your_enterprise.

    For a part of the park ``received`` less ``shipped`` is what came from other enterprises, or from batches of another
    class, less what went there; the running sums know only the difference, which stands on the side it belongs to.
    """
    wanted = _whose(connection, caller, enterprise)
    of_balance = (" AND enterprise_id = :enterprise" if wanted is not None else "") + (
        " AND class_id = :class_id" if class_id is not None else ""
    )
    of_batch = (" AND b.holder_id = :enterprise" if wanted is not None else "") + (
        " AND coalesce(b.class_id, 0) = :class_id" if class_id is not None else ""
    )
    part = bool(of_balance)
    statement = _OF_BOOKS.format(
        of_balance=of_balance,
        unexplained=_UNEXPLAINED.format(joined=_findings_of(wanted, class_id), where=""),
        # The park closes by itself: its accounts sum to zero. A part of it is held against the batches in its hands.
        held=_HELD.format(of_batch=of_batch) if part else "NULL::bigint",
    )
    given = {"park": caller.park, "enterprise": wanted, "class_id": class_id}
    row = connection.execute(text(statement), {k: v for k, v in given.items() if v is not None}).one()
    accounts: Mapping[str, int] = row.accounts or {}
    net = sum(accounts.values()) if part else 0
    return _account(accounts, max(net, 0), max(-net, 0), row.unexplained, held=row.held)


def _whose(connection: Connection, caller: Caller, enterprise: int | None) -> int | None:
    if caller.sees_all:
        return enterprise
    if caller.enterprise is None:
        raise Problem("person_without_enterprise")
    if enterprise not in (None, caller.enterprise):
        zh, en = names_of(connection, [enterprise]).get(enterprise, ("—", None)) if enterprise else ("—", None)
        raise Problem("not_your_enterprise", enterprise=zh, enterprise_en=en)
    return caller.enterprise


def _findings_of(enterprise: int | None, class_id: int | None) -> str:
    """Findings are an enterprise's where it told the fact, and a class's where they are about a batch of it."""
    joins = ""
    if enterprise is not None:
        joins += ' JOIN fact f ON f.park_id = n.park_id AND f."index" = n."index" AND f.enterprise_id = :enterprise'
    if class_id is not None:
        joins += (
            " JOIN batch nb ON nb.park_id = n.park_id AND nb.uuid = n.batch_uuid"
            " AND coalesce(nb.class_id, 0) = :class_id"
        )
    return joins


def of_chain(chain: Chain) -> Balance:
    """The account along a chain, or along the caller's own batches in it where the chain is masked: received and
    shipped are what came from batches outside and went to such."""
    totals = chain.totals
    account = _account(totals.accounts, totals.entered, totals.left, totals.unexplained, held=None)
    return replace(account, agrees=totals.agrees)


def _account(
    accounts: Mapping[str, int], received: int, shipped: int, unexplained: int, *, held: int | None
) -> Balance:
    in_custody = accounts.get("stock", 0) + accounts.get("transit", 0)
    return Balance(
        generated=-accounts.get("source", 0),
        received=received,
        on_hand=accounts.get("stock", 0),
        in_transit=accounts.get("transit", 0),
        treated=accounts.get("treated", 0),
        lost=accounts.get("lost", 0),
        difference=accounts.get("difference", 0),
        shipped=shipped,
        unexplained=unexplained,
        agrees=held is None or held == in_custody,
    )
