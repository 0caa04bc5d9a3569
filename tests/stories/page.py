"""The page of a story: its words, its picture, what was answered and how it ended."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.stories import checks, picture
from tests.stories.reading import Step, Story
from tracker import lifecycle, quantity

if TYPE_CHECKING:
    from tests.stories.runner import Answer, Stage

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "stories"
_MADE = "<!-- Made by python -m tests.stories from what the server answered; not written by hand. -->"


def files(stage: "Stage") -> dict[str, str]:
    """The files of a played story, by name."""
    name, drawn = stage.story.name, picture.svg(stage)
    made = {f"{name}.md": _page(stage, drawn=bool(drawn))}
    return made | ({f"{name}.svg": drawn} if drawn else {})


def index(told: Iterable[Story]) -> str:
    """The page that lists them all."""
    rows = [
        f"| {story.number} | [{story.zh} · {story.en}]({story.name}.md) | {', '.join(story.parties)} |"
        if story.pending is None
        else f"| {story.number} | {story.zh} · {story.en} (not played yet: {story.pending}) | {', '.join(story.parties)} |"
        for story in told
    ]
    return "\n".join(
        [
            _MADE,
            "# 故事 · Stories",
            "",
            "Whole lives of batches. Each is a data file in `tests/stories`, played over HTTP with one client for each party;",
            "after each, the log folded from zero equals the tables and the mass account closes to the gram. The pages show",
            "what the server answered. P is a generator, T a carrier, S a store, D a receiver, R the park's regulator.",
            "",
            "| | story | who |",
            "|---|---|---|",
            *rows,
            "",
        ]
    )


def _page(stage: "Stage", *, drawn: bool) -> str:
    story = stage.story
    lines = [_MADE, f"# 故事 {story.number}：{story.zh}", "", f"**Story {story.number}: {story.en}.** {story.what}", ""]
    if drawn:
        lines += [f"![{story.en}]({story.name}.svg)", ""]
        lines += ["*Time flows to the right, a lane is whoever has it, a band is a batch and as wide as its mass.*", ""]
    lines += ["## 经过 · What happens", "", "| | who and what | answer |", "|---|---|---|"]
    for at, (step, answers) in enumerate(zip(story.steps, stage.answers, strict=True), 1):
        for place, (one, answer) in enumerate(zip(step.steps, answers, strict=True)):
            number = f"{at}{'abcdef'[place]}" if len(step.steps) > 1 else str(at)
            lines.append(f"| {number} | {_told(one)} | {_answered(stage, answer)} |")
    lines += ["", "## 结果 · How it ends", "", *_ending(stage), ""]
    lines += [f"Played from [`tests/stories/{story.path.name}`](../../tests/stories/{story.path.name}).", ""]
    return "\n".join(lines)


def _told(step: Step) -> str:
    more = "; ".join(
        f"{name}: {_plain(value)}" for name, value in step.given.items() if name not in ("as", "only asks")
    )
    asks = "asks first: " if step.given.get("only asks") else ""
    return f"**{step.who}** {asks}{step.act}" + (f" ({more})" if more else "")


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_plain(one)}" if one is not None else str(name) for name, one in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(_plain(one) for one in value)
    return str(value)


def _answered(stage: "Stage", answer: "Answer") -> str:
    sentences = " ".join(stage.plain(en) for _, en in answer.sentences).replace("|", "\\|")
    codes = ", ".join(f"`{code}`" for code in ((answer.refused,) if answer.refused else answer.finds))
    verdict = answer.verdict.replace("_", " ")
    said = f"{verdict}: {codes}" if codes else verdict
    return f"{said}. {sentences}" if sentences else said


def _ending(stage: "Stage") -> list[str]:
    words, end = lifecycle.words(), stage.end
    lines = ["| batch | state | grams | with |", "|---|---|---|---|"] if stage.views and stage.views[-1] else []
    for name, batch in (stage.views[-1] if stage.views else {}).items():
        state = words["state"][batch["state"]]
        grams = quantity.show(batch["grams"], measured=batch["measured"] or not batch["grams"])
        lines.append(f"| {name} | {state['zh']} · {state['en']} | {grams} | {checks.party(stage, batch['holder'])} |")
    lines += [""] if lines else []
    for name, manifest in stage.manifests.items():
        state = words["manifest"][manifest["state"]]
        lines.append(f"- Manifest {name}: {state['zh']} · {state['en']}.")
    for name, ends in end["origins"].items():
        lines.append(f"- The grams of {name}: {'; '.join(sorted(ends))}.")
    account = ", ".join(f"{name.replace('_', ' ')} {grams}" for name, grams in end["account"].items())
    lines.append(f"- Mass account, closed to the gram: {account}.")
    if end["findings"]:
        lines.append(f"- Findings that wait for an answer: {', '.join(f'`{code}`' for code in end['findings'])}.")
    lines.append(f"- {end['facts']} facts in the log; folded from zero they give exactly what the tables say.")
    return lines
