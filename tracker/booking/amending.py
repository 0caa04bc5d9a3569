"""A corrected figure on its way through what the batch has become since.

Nothing is edited. The correction posts grams that *amend* earlier facts: the postings and edges of those facts stay,
and new ones beside them say by how much each was wrong. Whoever follows the chain reads them together, as if the right
figure had been told from the start.

What is left of a batch takes a correction first. What it cannot bear goes on, in proportion, into what was taken from
it: into children, and through them, and into what was treated and lost. A batch that has been on a scale since rests on
that scale, and the correction stops there as an explained difference.
"""

from dataclasses import replace

from tracker import lifecycle
from tracker.booking.books import Account, Batch, Edge, Flow
from tracker.booking.run import Run, arrow, each, go
from tracker.quantity import share_out


def note_flows(run: Run) -> None:
    """Remember where grams came from and went by this fact, for corrections that may follow."""
    if run.books.courses is None:
        return
    index, fact, kind = run.books.mark(run.index), run.fact.id, run.fact.KIND
    for edge in run.booked.edges:
        if edge.amends is None:
            flow = Flow(index, fact, kind, edge.grams, edge.child.uuid)
            run.books.course(edge.parent.uuid).went.append(flow)
            run.books.course(edge.child.uuid).came.append(replace(flow, other=edge.parent.uuid))
    for posting in run.booked.postings:
        if posting.amends is None and posting.account in _ENDS and posting.grams > 0:
            flow = Flow(index, fact, kind, posting.grams, account=posting.account, enterprise=posting.enterprise)
            run.books.course(posting.batch.uuid).went.append(flow)


_ENDS: tuple[Account, ...] = ("treated", "lost")


def bears(run: Run, batch: Batch, change: int) -> bool:
    """Whether a batch and what became of it can be made lighter by that much: something has to be left everywhere."""
    left = batch.grams + change
    if left > 0 or change >= 0:
        return True
    flows = _left(run, batch)
    for flow, part in zip(flows, _parts(-left, flows), strict=True):
        if part >= flow.grams:
            return False
        child = run.books.batches[flow.other] if flow.other else None
        if child is not None and child.mass_fact == flow.fact and not bears(run, child, -part):
            return False
    return bool(flows)


def _left(run: Run, batch: Batch) -> list[Flow]:
    """What left the batch, and may yet turn out to have been more or less."""
    return [flow for flow in run.books.course(batch.uuid).went if flow.grams > 0]


def settle(run: Run, batch: Batch) -> None:
    """Bring a batch whose grams were corrected back to what may be: not below nothing, and nothing at its end."""
    over = batch.state in lifecycle.ENDS
    if (batch.grams == 0 and over) or (batch.grams > 0 and not over):
        return
    flows = _left(run, batch)
    if not flows:
        run.post(batch, "difference", batch.holder, batch.grams)
        run.post(batch, batch.custody, batch.holder, -batch.grams)
        batch.grams = 0
    for flow, part in zip(flows, _parts(batch.grams, flows), strict=True):
        if part:
            _amend(run, batch, flow, part)
    if not over:
        last = flows[-1] if flows else None
        batch.state = "split" if last is None or last.other else "treated"


def _parts(grams: int, flows: list[Flow]) -> list[int]:
    sign = -1 if grams < 0 else 1
    return [sign * part for part in share_out(abs(grams), [flow.grams for flow in flows])]


def _amend(run: Run, batch: Batch, flow: Flow, grams: int) -> None:
    """By that fact ``grams`` more left the batch than was told (less, where negative)."""
    batch.grams -= grams
    run.post(batch, batch.custody, batch.holder, -grams, amends=flow.index)
    _replace(run.books.course(batch.uuid).went, flow, grams)
    if flow.account is not None:
        run.post(batch, flow.account, flow.enterprise, grams, amends=flow.index)
        return
    assert flow.other is not None  # noqa: S101 - a flow goes onto an account or into a batch
    child = run.books.batches[flow.other]
    run.note(child)
    run.booked.edges.append(Edge(batch, child, grams, amends=flow.index))
    came = next(one for one in run.books.course(child.uuid).came if (one.fact, one.other) == (flow.fact, batch.uuid))
    _replace(run.books.course(child.uuid).came, came, grams)
    run.post(child, child.custody, child.holder, grams, amends=flow.index)
    if child.mass_fact != flow.fact:
        # It has been on a scale since, and weighs what that said.
        run.post(child, "difference", child.holder, grams)
        run.post(child, child.custody, child.holder, -grams)
        return
    child.grams += grams
    child.grams_at_start += grams
    settle(run, child)


def _replace(flows: list[Flow], old: Flow, grams: int) -> None:
    flows[flows.index(old)] = replace(old, grams=old.grams + grams)


def dissolved(run: Run) -> None:
    """What was grouped is there again: the containers were never emptied into one another."""
    for group, _ in each(run):
        cell = arrow(run, group, "dissolved")
        if cell is None:
            continue
        course = run.books.course(group.uuid)
        came = [flow for flow in course.came if flow.kind == "combined" and flow.grams > 0]
        members = [run.books.batches[flow.other] for flow in came if flow.other]
        if not came or len(came) != len(course.came) or any(flow.grams for flow in course.went):
            run.find("dissolve_not_whole", group)
            continue
        if any(member.holder != group.holder and member.grams for member in members):
            run.find("dissolve_not_together", group)
            continue
        scale = group.grams - sum(flow.grams for flow in came)
        weights = [flow.grams for flow in came]
        shares = [(-1 if scale < 0 else 1) * part for part in share_out(abs(scale), weights)]
        for flow, member, share in zip(came, members, shares, strict=True):
            _give_back(run, group, member, flow, share)
        if scale:
            run.post(group, "difference", group.holder, scale)
            run.post(group, group.custody, group.holder, -scale)
        group.grams = 0
        group.store = None
        go(run, group, cell)


def _give_back(run: Run, group: Batch, member: Batch, flow: Flow, share: int) -> None:
    """``share`` is the member's part of what a scale found to differ since they were grouped."""
    run.note(member)
    grams = flow.grams
    run.booked.edges.append(Edge(member, group, -grams, amends=flow.index))
    run.post(group, group.custody, group.holder, -grams, amends=flow.index)
    run.post(member, "stock", member.holder, grams, amends=flow.index)
    went = next(one for one in run.books.course(member.uuid).went if (one.fact, one.other) == (flow.fact, group.uuid))
    _replace(run.books.course(member.uuid).went, went, -grams)
    _replace(run.books.course(group.uuid).came, flow, -grams)
    member.grams += grams
    if member.holder != group.holder:
        run.post(member, "stock", member.holder, -grams)
        run.post(member, "stock", group.holder, grams)
        member.holder, member.held_since = group.holder, run.when
    if share:
        run.post(member, "difference", member.holder, -share)
        run.post(member, "stock", member.holder, share)
        member.grams += share
    member.state = member.free_state = group.free_state
    member.came_by, member.store = group.came_by or member.came_by, group.store
