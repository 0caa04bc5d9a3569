"""docs/matrix.md: what every (state, act, part) is answered.

Every answer is asked of the very code that books a fact, over the table of ``tracker/lifecycle.py``; nothing here is
written by hand.
"""

from datetime import UTC, datetime
from uuid import UUID

from tracker import booking, facts, lifecycle
from tracker.booking import run as moves

_PARTS = ("holder", "generator", "carrier", "store", "receiver", "anyone")
#: In these states a batch is on a manifest; elsewhere nobody has a part in it but its holder.
_ON_PAPER = ("reserved", "in_transit", "deposited", "arrived", "refused", "returning")
_ME, _OTHER, _WHEN = 1, 2, datetime(2026, 1, 1, tzinfo=UTC)
_BATCH, _PAPER, _FACT = (UUID(int=number) for number in (1, 2, 3))
_HEAD = """<!-- Made by python -m tests.stories from tracker/lifecycle.py; not written by hand. -->
# 谁在何时能做什么 · Who may do what when

One table for each act. A row is where the batch stands, a column is what the teller is to it, and nothing else; whoever is two
things may what either may. Facts are never refused for being odd, so an answer is one of:

- **→ state**: it moves there (`→ a, b when empty`: to the second once no gram is left). *free* is where it was before it was
  put on a manifest.
- **✓**: recorded; the batch stays in its state, and its figures or place may change.
- **⚠ → state**: it happened, so the batch moves; a step before it is missing, and the finding of that row says so.
- **⚠**: recorded as evidence with the finding of that row; nothing moves.
- **—**: not yours. Recorded as evidence with the finding `not_your_batch`; nothing moves.
- **…**: the batch is not known yet. The fact waits until it is.

Only people of an enterprise tell facts: handlers and managers. Regulators, inspectors and auditors read, and are refused
with `role_may_not`; a regulator may also void a manifest and propose another way for one. The last column, somebody else,
is any enterprise that is nothing to the batch. Where a batch is on no manifest, nobody but its holder has a part in it.
"""


def text() -> str:
    """The whole page."""
    lines = [_HEAD, *_contents()]
    for act in lifecycle.facts():
        lines += _table(act)
    return "\n".join([*lines, *_of_the_paper()]).rstrip() + "\n"


def _contents() -> list[str]:
    rows = [f"| [{_act(act)}](#{act}) | `{act}` | {_whose(act)} |" for act in lifecycle.facts()]
    return ["| 行为 · act | code | 谁 · whose |", "|---|---|---|", *rows, ""]


def _act(act: str) -> str:
    words = lifecycle.words()["fact"][act]
    return f"{words['zh']} · {words['en']}"


def _side(part: str) -> str:
    words = {"zh": "其他人", "en": "somebody else"} if part == "anyone" else lifecycle.words()["side"][part]
    return f"{words['zh']} · {words['en']}"


def _whose(act: str) -> str:
    parts = sorted(lifecycle.PARTIES[act])
    return "任何人 · anyone" if "anyone" in parts else ", ".join(_side(part) for part in parts)


def _table(act: str) -> list[str]:
    lines = [f'<a id="{act}"></a>', "", f"## {_act(act)} (`{act}`)", ""]
    lines.append("| 状态 · state | " + " | ".join(_side(part) for part in _PARTS) + " | finding |")
    lines.append("|---|" + "---|" * (len(_PARTS) + 1))
    for state in lifecycle.states():
        words = lifecycle.words()["state"][state]
        answers = [answer(state, act, part) for part in _PARTS]
        finding = lifecycle.cell(state, act).finding
        shown = f"`{finding}`" if finding and any("⚠" in one for one in answers) else ""
        lines.append(f"| {words['zh']} · {words['en']} (`{state}`) | {' | '.join(answers)} | {shown} |")
    if act == "corrected":
        lines += ["", "Whoever told the fact that is corrected may correct it too, whatever they are to the batch now."]
    return [*lines, ""]


def answer(state: str, act: str, part: str) -> str:
    """What somebody who is only ``part`` to a batch in ``state`` is answered to ``act``."""
    if state == "unborn":
        return "→ `on_site`" if act == "generated" else "…"
    cell = lifecycle.cell(state, act)
    found = _asked(state, act, part)
    if "not_your_batch" in found:
        return "—"
    if cell.then is None:
        assert cell.finding in found, (state, act, part, found)
        return "⚠"
    assert set(found) == ({cell.finding} if cell.finding else set()), (state, act, part, found)
    if cell.then == state and cell.when_empty is None and not cell.finding:
        return "✓"
    target = "*free*" if cell.then == "free" else f"`{cell.then}`"
    if cell.then == state:
        target = "✓"
    empty = f", `{cell.when_empty}` when empty" if cell.when_empty else ""
    arrow = target if target == "✓" else f"→ {target}"
    return f"{'⚠ ' if cell.finding else ''}{arrow}{empty}"


def _asked(state: str, act: str, part: str) -> list[str]:
    """The findings of the act, asked of the code that books it."""
    mine = {one: _ME if one == part else _OTHER for one in ("generator", "receiver", "carrier", "store")}
    paper = None
    if state in _ON_PAPER:
        legs = [booking.Leg(mine["carrier"], None), booking.Leg(mine["store"], None, what="store")]
        lines = {_BATCH: booking.Line(_BATCH, 1)}
        paper = booking.Manifest(
            _PAPER,
            "1",
            "under_way",
            mine["generator"],
            mine["receiver"],
            "D10",
            hazardous=False,
            legs=legs,
            lines=lines,
        )
    batch = booking.Batch(
        key=1, uuid=_BATCH, class_id=None, raw_class=None, generator=_OTHER, holder=_ME if part == "holder" else _OTHER,
        state=state, free_state="on_site", grams=1, grams_at_start=1, measured=True, store=None,
        manifest=_PAPER if paper else None, came_by=None, mass_fact=_FACT, generated_at=_WHEN, held_since=_WHEN,
        last_fact=_FACT, last_index=0, last_observed_at=_WHEN,
    )  # fmt: skip
    books = booking.Books(lambda _: 1, {}, {}, {}, {_BATCH: batch}, {_PAPER: paper} if paper else {})
    told = facts.PickedUp(id=_FACT, observed_at=_WHEN, manifest=_PAPER if paper else None)
    run = moves.Run(books, told, booking.Teller(_ME), 0, _WHEN, booking.Booked())
    moves.arrow(run, batch, act)
    return [finding.code for finding in run.booked.findings]


def _of_the_paper() -> list[str]:
    lines = [
        '<a id="paper"></a>',
        "",
        "## 有关联单的行为 · Acts about the paper",
        "",
        "They move no batch, whatever state it is in. Told by somebody else they are evidence with a finding.",
        "",
        "| 行为 · act | code | 谁 · whose |",
        "|---|---|---|",
    ]
    return [*lines, *(f"| {_act(act)} | `{act}` | {_whose(act)} |" for act in lifecycle.OF_THE_PAPER), ""]
