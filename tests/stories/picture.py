"""The river of a story, drawn from what the server said after each step.

Time flows left to right, one column a step. Lanes are who has it, bands are batches, and a band's width is its mass. Bands
that part and join are splits and groupings; a dot is an end.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any

from tests.stories import checks
from tests.stories.reading import Step
from tracker import lifecycle, quantity

if TYPE_CHECKING:
    from tests.stories.runner import Stage

_COLOURS = ("#2f7d5b", "#b8672a", "#3f6ea8", "#8a4f9e", "#a33d4f", "#6b7a2a", "#2b8a94", "#7a5c45")
_COLUMN, _LEFT, _TOP, _RIGHT, _WIDEST, _GAP, _PAD = 92, 92, 128, 150, 34.0, 16, 16

_LETTERS = 'font-family="system-ui, Noto Sans CJK SC, sans-serif"'


@dataclass
class _Band:
    """A batch in one column: its middle and its width, in pixels."""

    y: float
    width: float


@dataclass
class _River:
    stage: "Stage"
    lanes: list[str]
    columns: list[Mapping[str, Any]]
    #: Batches from top to bottom: what is made of another stands below it.
    order: list[str] = field(default_factory=list)
    heights: dict[str, float] = field(default_factory=dict)
    tops: dict[str, float] = field(default_factory=dict)
    places: list[dict[str, _Band]] = field(default_factory=list)
    colours: dict[str, str] = field(default_factory=dict)


def svg(stage: "Stage") -> str:
    """The picture as SVG text; "" where the story has nothing to draw."""
    columns = [view for view in stage.views if view]
    if not columns:
        return ""
    lanes = [name for name in stage.story.parties if name != "R"]
    for view in columns:
        for batch in view.values():
            holder = checks.party(stage, batch["holder"])
            if holder not in lanes and batch["grams"]:
                lanes.append(holder)
    river = _River(stage, lanes, columns)
    _lay_out(river)
    return _drawn(river)


def _lay_out(river: _River) -> None:
    for name in river.stage.names.batches:
        above = [river.order.index(parent) for parent in river.stage.parents.get(name, {}) if parent in river.order]
        river.order.insert(max(above) + 1 if above else len(river.order), name)
    heaviest = max(sum(batch["grams"] for batch in view.values()) for view in river.columns)
    stacks = [_stacks(river, view, heaviest) for view in river.columns]
    for lane in river.lanes:
        tallest = max(sum(width + _GAP for _, width in stack.get(lane, [])) for stack in stacks)
        river.heights[lane] = max(tallest + _PAD, 44)
    top = float(_TOP)
    for lane in river.lanes:
        river.tops[lane] = top
        top += river.heights[lane]
    for stack in stacks:
        places = {}
        for lane, bands in stack.items():
            y = river.tops[lane] + (river.heights[lane] - sum(width + _GAP for _, width in bands)) / 2 + _GAP / 2
            for name, width in bands:
                places[name] = _Band(y + width / 2, width)
                y += width + _GAP
        river.places.append(places)
    for name in river.stage.names.batches:
        parents = river.stage.parents.get(name, {})
        heir = max(parents, key=lambda one: parents[one], default=None)
        free = _COLOURS[len(set(river.colours.values())) % len(_COLOURS)]
        river.colours[name] = river.colours.get(heir, free) if heir else free


def _stacks(river: _River, view: Mapping[str, Any], heaviest: int) -> dict[str, list[tuple[str, float]]]:
    found: dict[str, list[tuple[str, float]]] = {}
    for name in river.order:
        batch = view.get(name)
        if batch and batch["grams"]:
            width = max(_WIDEST * batch["grams"] / heaviest, 2.5)
            found.setdefault(checks.party(river.stage, batch["holder"]), []).append((name, width))
    return found


def _x(column: int) -> float:
    return _LEFT + _COLUMN * (column + 0.5)


def _drawn(river: _River) -> str:
    width = _LEFT + _COLUMN * len(river.columns) + _RIGHT
    height = _TOP + sum(river.heights.values()) + 12
    title = escape(f"{river.stage.story.zh} / {river.stage.story.en}")
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" role="img" {_LETTERS}>',
        f"<title>{title}</title>",
        f'<rect width="{width:.0f}" height="{height:.0f}" fill="#ffffff"/>',
        *_ground(river, width),
    ]
    for column in range(len(river.columns)):
        parts += _bands(river, column)
    for column in range(len(river.columns)):
        parts += _words(river, column)
    return "\n".join([*parts, "</svg>", ""])


def _ground(river: _River, width: float) -> list[str]:
    parts = []
    for at, lane in enumerate(river.lanes):
        top, tall = river.tops[lane], river.heights[lane]
        shade = "#f4f6f5" if at % 2 == 0 else "#ffffff"
        parts.append(f'<rect x="0" y="{top:.1f}" width="{width:.0f}" height="{tall:.1f}" fill="{shade}"/>')
        role = river.stage.story.parties.get(lane, "")
        middle = top + tall / 2
        parts.append(
            f'<text x="12" y="{middle:.1f}" font-size="16" font-weight="600" fill="#1d2622">{escape(lane)}</text>'
        )
        parts.append(f'<text x="12" y="{middle + 15:.1f}" font-size="11" fill="#55625c">{escape(str(role))}</text>')
    steps = [(at, step) for at, step in enumerate(river.stage.story.steps, 1) if river.stage.views[at - 1]]
    bottom = _TOP + sum(river.heights.values())
    for column, (at, step) in enumerate(steps):
        x = _x(column)
        parts.append(f'<line x1="{x:.1f}" y1="{_TOP - 8}" x2="{x:.1f}" y2="{bottom:.1f}" stroke="#d5dcd8"/>')
        words = escape(f"{at} {_step(step)}"[:36])
        parts.append(
            f'<text transform="translate({x + 2:.1f} {_TOP - 12}) rotate(-38)" font-size="11" fill="#1d2622">{words}</text>'
        )
    return parts


def _step(step: Step) -> str:
    told = list(dict.fromkeys(f"{one.who} {one.act}" for one in step.steps))
    if len(told) < len(step.steps):
        return f"{told[0]}, twice at once"
    return ("asks: " if step.given.get("only asks") else "") + " · ".join(told)


def _bands(river: _River, column: int) -> list[str]:
    parts: list[str] = []
    earlier = river.columns[column - 1] if column else {}
    before = river.places[column - 1] if column else {}
    for name, here in river.places[column].items():
        colour, born = river.colours[name], name not in earlier
        if name in before:
            parts.append(_band(column, before[name], here, colour))
        made_of = river.stage.parents.get(name, {})
        for parent, grams in made_of.items() if born else ():
            if parent in before:
                share = here.width * grams / max(sum(made_of.values()), 1)
                parts.append(_band(column, _Band(before[parent].y, min(before[parent].width, share)), here, colour))
        if not born and name not in before:
            # It was in a grouping that is undone by now.
            parts += [
                _band(column, _Band(last.y, here.width), here, colour)
                for group, last in before.items()
                if name in river.stage.parents.get(group, {}) and group not in river.places[column]
            ]
        if born and not river.stage.parents.get(name):
            parts.append(
                f'<circle cx="{_x(column):.1f}" cy="{here.y:.1f}" r="{max(here.width / 2, 4):.1f}" fill="{colour}"/>'
            )
    if column:
        for name, last in river.places[column - 1].items():
            if name not in river.places[column] and river.columns[column].get(name, {}).get("state") == "treated":
                x = _x(column - 1)
                parts.append(
                    f'<path d="M{x:.1f} {last.y - last.width / 2:.1f} L{x + _COLUMN:.1f} {last.y:.1f} '
                    f'L{x:.1f} {last.y + last.width / 2:.1f} Z" fill="{river.colours[name]}" fill-opacity="0.55"/>'
                    f'<circle cx="{x + _COLUMN:.1f}" cy="{last.y:.1f}" r="5" fill="{river.colours[name]}"/>'
                )
    return parts


def _band(column: int, start: _Band, end: _Band, colour: str) -> str:
    x1, x2 = _x(column - 1), _x(column)
    middle = (x1 + x2) / 2
    a, b, c, d = start.y - start.width / 2, end.y - end.width / 2, end.y + end.width / 2, start.y + start.width / 2
    return (
        f'<path d="M{x1:.1f} {a:.1f} C{middle:.1f} {a:.1f} {middle:.1f} {b:.1f} {x2:.1f} {b:.1f} '
        f'L{x2:.1f} {c:.1f} C{middle:.1f} {c:.1f} {middle:.1f} {d:.1f} {x1:.1f} {d:.1f} Z" '
        f'fill="{colour}" fill-opacity="0.55"/>'
    )


def _words(river: _River, column: int) -> list[str]:
    """The name of a batch where it begins, its mass where it is at the end, and how it ended."""
    parts = []
    view = river.columns[column]
    for name, here in river.places[column].items():
        last_column = column == len(river.columns) - 1
        if not last_column and name not in (river.columns[column - 1] if column else {}):
            parts.append(_text(_x(column) + 3, here.y - here.width / 2 - 3, name))
        if last_column:
            left = quantity.show(view[name]["grams"], measured=view[name]["measured"])
            parts.append(_text(_x(column) + 12, here.y + 4, f"{name}: {left}, {_state(view[name])}"))
    if column:
        for name, last in river.places[column - 1].items():
            if name not in river.places[column] and view.get(name, {}).get("state") == "treated":
                parts.append(_text(_x(column) + 8, last.y + 4, f"{name}: treated"))
    return parts


def _state(batch: Mapping[str, Any]) -> str:
    return lifecycle.words()["state"][batch["state"]]["en"]


def _text(x: float, y: float, words: str) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="11" fill="#1d2622" stroke="#ffffff" stroke-width="3" '
        f'paint-order="stroke">{escape(words)}</text>'
    )
