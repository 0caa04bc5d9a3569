"""A chain as a river: lanes are holders, bands are batches, thickness is grams by one scale, time runs to the right.
Laid out in millimetres, painted by typst; pure, from a chain as its reader may see it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

WIDTH_MM, LEFT_MM = 176.0, 38.0
#: Beyond these a picture on one page tells nobody anything; the tables tell all of it.
BATCHES_MAX, MOMENTS_MAX, LANES_MAX = 40, 60, 12
_BANDS_MM, _LANE_MM, _THIN_MM, _THICK_MM, _GAP_MM = 84.0, 7.0, 0.8, 11.0, 0.9
_FOOT_MM, _WORDS_MM = 4.5, 2.5
_GREYS = (206, 178, 226, 160)
#: What changes who has it, or what it is.
_MOVES = frozenset(
    {
        "generated",
        "split",
        "combined",
        "picked_up",
        "handed_over",
        "deposited",
        "arrived",
        "received",
        "returned",
        "treated",
        "dissolved",
    }
)
_TAKES = frozenset({"split", "combined", "treated", "dissolved"})


@dataclass(slots=True)
class _Piece:
    """A batch with one holder from one moment to another."""

    batch: UUID
    lane: str
    start: float
    grams: int
    end: float | None = None


@dataclass(slots=True)
class _Course:
    step: float
    pieces: dict[UUID, list[_Piece]] = field(default_factory=dict)
    lanes: dict[str, str] = field(default_factory=dict)

    def lane(self, party: Mapping[str, Any] | None, name: str) -> str:
        key = str((party or {}).get("id") or "—")
        self.lanes.setdefault(key, name)
        return key

    def now(self, batch: UUID) -> _Piece | None:
        pieces = self.pieces.get(batch)
        return pieces[-1] if pieces and pieces[-1].end is None else None


def draw(found: Any, name_of: Any) -> dict[str, Any] | None:
    """The picture of a ``tracker.trace.Chain``: width, height, left, lanes, bands, marks; None where it would be too
    much or there is nothing to draw. ``name_of(party)`` names a lane."""
    nodes = {node.id: node for node in found.nodes if node.grams_at_start is not None}
    moments = [
        fact for fact in found.facts if fact.kind in _MOVES and fact.verdict == "recorded" and _here(fact, nodes)
    ]
    if not nodes or not moments or len(nodes) > BATCHES_MAX or len(moments) > MOMENTS_MAX:
        return None
    course = _Course(step=(WIDTH_MM - LEFT_MM) / (len(moments) + 0.6))
    parties = _parties(found)
    for at, fact in enumerate(moments):
        _moment(course, fact, LEFT_MM + course.step * (at + 0.15), nodes, parties, name_of)
    for batch, pieces in course.pieces.items():
        if pieces[-1].end is None and nodes[batch].grams:
            # Whatever the facts did not say, the books know who has it now.
            holder = nodes[batch].holder
            pieces[-1].lane = course.lane(holder, name_of(holder)) if len(pieces) == 1 else pieces[-1].lane
    if len(course.lanes) > LANES_MAX:
        return None
    return _laid_out(course, found, nodes, moments)


def _here(fact: Any, nodes: Mapping[UUID, Any]) -> bool:
    return any(line.batch in nodes for line in fact.lines)


def _parties(found: Any) -> dict[str, Mapping[str, Any]]:
    """Everybody the reader knows, by id."""
    known = [fact.enterprise for fact in found.facts] + [node.holder for node in found.nodes]
    known += [node.generator for node in found.nodes]
    return {str(party["id"]): party for party in known if party and party["id"]}


def _taker(fact: Any, parties: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """Who has it after the fact, as far as the fact says."""
    named = fact.details.get("carrier") or fact.details.get("keeper")
    if named and str(named) in parties:
        return parties[str(named)]
    enterprise: Mapping[str, Any] | None = fact.enterprise
    return enterprise


def _moment(
    course: _Course, fact: Any, left: float, nodes: Mapping[UUID, Any], parties: Mapping[str, Any], name_of: Any
) -> None:
    inside = [line for line in fact.lines if line.batch in nodes]
    lane_before = next((piece.lane for line in inside if (piece := course.now(line.batch))), None)
    for line in inside:
        piece = course.now(line.batch)
        made = line.direction == "out" or piece is None
        if not made and piece is not None:
            _handled(course, fact, line, piece, left, parties, name_of)
        elif piece is None and line.batch not in course.pieces:
            taker = fact.enterprise if fact.kind == "generated" else _taker(fact, parties)
            lane = lane_before or course.lane(taker, name_of(taker))
            grams = line.grams if line.grams is not None else nodes[line.batch].grams_at_start
            course.pieces[line.batch] = [_Piece(line.batch, lane, left + course.step * 0.45, grams or 0)]


def _handled(
    course: _Course, fact: Any, line: Any, piece: _Piece, left: float, parties: Mapping[str, Any], name_of: Any
) -> None:
    if fact.kind in _TAKES:
        rest = max(piece.grams - (line.grams if line.grams is not None else piece.grams), 0)
        piece.end = left
        if rest:
            course.pieces[line.batch].append(_Piece(line.batch, piece.lane, left, rest))
        return
    taker = _taker(fact, parties)
    lane = piece.lane if fact.kind == "arrived" else course.lane(taker, name_of(taker))
    grams = line.grams if line.grams is not None else piece.grams
    if lane != piece.lane or grams != piece.grams:
        piece.end = left
        start = left + (course.step * 0.45 if lane != piece.lane else 0)
        course.pieces[line.batch].append(_Piece(line.batch, lane, start, grams))


def _laid_out(course: _Course, found: Any, nodes: Mapping[UUID, Any], moments: Sequence[Any]) -> dict[str, Any]:
    slots: dict[tuple[str, UUID], int] = {}
    for batch, pieces in course.pieces.items():
        for piece in pieces:
            slots[piece.lane, batch] = max(slots.get((piece.lane, batch), 0), piece.grams)
    most, total = max(slots.values()) or 1, sum(slots.values()) or 1
    scale = min(_THICK_MM / most, _BANDS_MM / total)
    tops: dict[tuple[str, UUID], float] = {}
    lanes, top = [], 0.0
    for key, name in course.lanes.items():
        mine = [slot for slot in slots if slot[0] == key]
        lane_top, top = top, top + 1.6
        for slot in mine:
            tops[slot] = top
            top += max(slots[slot] * scale, _THIN_MM) + _GAP_MM
        top = max(top + 0.8, lane_top + _LANE_MM)
        lanes.append({"name": name, "top": round(lane_top, 2), "height": round(top - lane_top, 2)})
    picture = _Picture(course, tops, scale)
    greys = {batch: _GREYS[at % len(_GREYS)] for at, batch in enumerate(course.pieces)}
    bands = picture.flows(found.edges, greys) + picture.pieces(greys)
    marks = [*picture.names(nodes), *_feet(course, moments, top)]
    return {
        "width": WIDTH_MM, "left": LEFT_MM, "height": round(top + _FOOT_MM, 2), "lanes": lanes, "bands": bands,
        "marks": marks,
    }  # fmt: skip


def _feet(course: _Course, moments: Sequence[Any], top: float) -> list[dict[str, Any]]:
    """The log index under every so many moments: as many as there is room for."""
    every = max(1, round(9 / course.step))
    return [
        {
            "left": round(LEFT_MM + course.step * (at + 0.15), 2),
            "top": round(top + 0.8, 2),
            "words": f"#{fact.index}",
            "light": False,
        }
        for at, fact in enumerate(moments)
        if at % every == 0
    ]


@dataclass(slots=True)
class _Picture:
    course: _Course
    tops: Mapping[tuple[str, UUID], float]
    scale: float

    def box(self, piece: _Piece) -> tuple[float, float]:
        top = self.tops[piece.lane, piece.batch]
        return top, top + max(piece.grams * self.scale, _THIN_MM)

    def pieces(self, greys: Mapping[UUID, int]) -> list[dict[str, Any]]:
        """Every stay as a box, and between two stays of a batch the way from one to the next."""
        bands = []
        for batch, pieces in self.course.pieces.items():
            for piece, after in zip(pieces, [*pieces[1:], None], strict=True):
                top, bottom = self.box(piece)
                end = WIDTH_MM if piece.end is None else piece.end
                bands.append(_band(greys[batch], (piece.start, top, bottom), (end, top, bottom)))
                if after is not None and after.start > end:
                    bands.append(_band(greys[batch], (end, top, bottom), (after.start, *self.box(after))))
        return bands

    def flows(self, edges: Sequence[Any], greys: Mapping[UUID, int]) -> list[dict[str, Any]]:
        """What went from one batch into another."""
        bands = []
        for edge in edges:
            child = self.course.pieces.get(edge.child)
            parents = self.course.pieces.get(edge.parent)
            if not child or not parents:
                continue
            start = child[0].start
            before = [piece for piece in parents if piece.start <= start] or parents[:1]
            parent = next(
                (piece for piece in before if piece.end is not None and piece.end > start - self.course.step),
                before[-1],
            )
            end = min(parent.end if parent.end is not None else start, start)
            if end < start:
                bands.append(_band(greys[edge.parent], (end, *self.box(parent)), (start, *self.box(child[0]))))
        return bands

    def names(self, nodes: Mapping[UUID, Any]) -> list[dict[str, Any]]:
        """The code of each batch in its first stay, where there is room to read it."""
        marks = []
        for batch, pieces in self.course.pieces.items():
            for piece in pieces:
                top, bottom = self.box(piece)
                length = (WIDTH_MM if piece.end is None else piece.end) - piece.start
                words = nodes[batch].human_code or ""
                if words and bottom - top >= _WORDS_MM + 0.4 and length >= 1.75 * len(words):
                    middle = (top + bottom - _WORDS_MM) / 2
                    marks.append(
                        {"left": round(piece.start + 0.9, 2), "top": round(middle, 2), "words": words, "light": False}
                    )
                    break
        return marks


def _band(grey: int, start: tuple[float, float, float], end: tuple[float, float, float]) -> dict[str, Any]:
    (left, top, bottom), (right, far_top, far_bottom) = start, end
    points = [(left, top), (right, far_top), (right, far_bottom), (left, bottom)]
    return {"grey": grey, "points": [[round(x, 2), round(y, 2)] for x, y in points]}
