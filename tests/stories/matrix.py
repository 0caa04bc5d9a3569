"""docs/matrix.md: what every (state, act, part) is answered, made from the lifecycle and never written by hand."""

from tracker import lifecycle

_PARTS = ("holder", "generator", "carrier", "store", "receiver", "asked", "teller", "anyone")
_HEAD = """<!-- Made by python -m tests.stories from tracker/lifecycle.py; not written by hand. -->
# 谁在何时能做什么 · Who may do what when

One table for every act. A row is where the batch stands, a column is what the teller is to it. An answer is one of:

- **→ state**: it moves there (`→ a, or b when empty`: to the second once no gram is left).
- **✓**: it is recorded, and the batch stays where it is.
- **⚠ → state**: it happened, so the batch moves; a step before it is missing, and the finding in the last column says so.
- **⚠**: it is recorded as evidence with the finding in the last column, and moves nothing.
- **—**: not yours. Recorded as evidence with the finding `not_your_batch`; nothing moves. What the state would have said counts
  only for those whose act it is.

*free* is where the batch was before it was put on a manifest. Findings named `act_while_state` share one sentence in
`tracker/problems.toml`. `anyone` is everybody who can log in and tell facts; `asked` are those whose consent a proposal
waits for; `teller` is whoever told the fact that is meant.
"""


def text() -> str:
    """The whole page."""
    return "\n".join([_HEAD, *_contents(), *(line for act in lifecycle.facts() for line in _table(act))]).rstrip() + "\n"


def _contents() -> list[str]:
    words = lifecycle.words()["fact"]
    return [
        "| 行为 · act | code | whose |",
        "|---|---|---|",
        *(
            f"| [{words[act]['zh']} · {words[act]['en']}](#{act}) | `{act}` | {_whose(act)} |"
            for act in lifecycle.facts()
        ),
        "",
    ]


def _whose(act: str) -> str:
    sides = lifecycle.words()["side"]
    return ", ".join(f"{sides[part]['zh']} {part}" for part in _PARTS if part in lifecycle.PARTIES[act])


def _table(act: str) -> list[str]:
    words, sides = lifecycle.words(), lifecycle.words()["side"]
    theirs = [part for part in _PARTS if part in lifecycle.PARTIES[act]]
    lines = [
        f'<a id="{act}"></a>',
        "",
        f"## {words['fact'][act]['zh']} · {words['fact'][act]['en']} (`{act}`)",
        "",
        "| 状态 · state | " + " | ".join(f"{sides[part]['zh']}<br>{part}" for part in _columns()) + " | finding |",
        "|---|" + "---|" * (len(_columns()) + 1),
    ]
    for state in lifecycle.states():
        cell = lifecycle.cell(state, act)
        answers = [_answer(state, act) if "anyone" in theirs or part in theirs else "—" for part in _columns()]
        shown = f"{words['state'][state]['zh']} · {words['state'][state]['en']} (`{state}`)"
        lines.append(f"| {shown} | {' | '.join(answers)} | {f'`{cell.finding}`' if cell.finding else ''} |")
    return [*lines, ""]


def _columns() -> tuple[str, ...]:
    return _PARTS


def _answer(state: str, act: str) -> str:
    cell = lifecycle.cell(state, act)
    if cell.then is None:
        return "⚠"
    if cell.then == state and cell.when_empty is None and not cell.finding:
        return "✓"
    target = f"*{cell.then}*" if cell.then == "free" else f"`{cell.then}`"
    empty = f", `{cell.when_empty}` when empty" if cell.when_empty else ""
    return f"{'⚠ ' if cell.finding else ''}→ {target}{empty}"
