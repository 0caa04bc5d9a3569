"""Which acts somebody may record now on a batch, which is the likeliest, and for the others why not."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tracker import lifecycle
from tracker.problems import entry

#: Offered on a phone or a desk; the rest are plans or corrections, which have screens of their own.
OFFERED = tuple(act for act in lifecycle.LIKELY)

#: Names in zh and en.
Names = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Standing:
    """A batch as an act sees it: its state, what the caller is to it, and who is what. ``turn`` is the carrier or store
    whose leg comes next where that is not the caller, ``grouped`` whether it was made by combining and nothing is gone
    from it."""

    state: str
    relations: frozenset[str]
    parties: Mapping[str, Names] | None = None
    turn: Names | None = None
    grouped: bool = False


def next_acts(standings: Iterable[Standing]) -> list[dict[str, Any]]:
    """The acts for one batch, or for all batches of a manifest: an act may be done where one batch allows it."""
    found = list(standings)
    acts = [_act(act, found) for act in OFFERED]
    likely = next((act for act in acts if act["may"] and act["why"] is None), None)
    if likely is not None:
        likely["likely"] = True
    return sorted(acts, key=lambda act: (not act["likely"], not act["may"]))


def _act(act: str, standings: list[Standing]) -> dict[str, Any]:
    answers = [_answer(act, standing) for standing in standings]
    may = [why for allowed, why in answers if allowed]
    reasons = may or [why for _, why in answers]
    clear = next((why for why in reasons if why is None), reasons[0] if reasons else None)
    kind, outcome = ("received", "refused") if act == "refused" else (act, None)
    return {"kind": kind, "outcome": outcome, "may": bool(may), "why": clear, "likely": False}


def _answer(act: str, standing: Standing) -> tuple[bool, dict[str, Any] | None]:
    """Whether it may be done, and what to say: the reason why not, or what is odd about doing it."""
    cell = lifecycle.cell(standing.state, act)
    if not standing.relations & lifecycle.PARTIES[act]:
        return False, _not_yours(act, standing)
    if act == "dissolved" and not standing.grouped:
        return False, _why("dissolve_not_whole")
    if cell.finding:
        return cell.then is not None, _why(cell.finding)
    brings_it = act == "deposited" and "holder" in standing.relations
    if act in _TAKING_OVER and standing.turn is not None and not brings_it:
        zh, en = standing.turn
        return False, _why("act_not_your_turn", carrier=zh, carrier_en=en)
    return True, None


#: Acts by which the load changes hands on the road: they go in the order of the legs. Whoever has the load may bring it
#: to the store whose turn it is, though a later leg is theirs too.
_TAKING_OVER = frozenset({"picked_up", "deposited"})


def _not_yours(act: str, standing: Standing) -> dict[str, Any]:
    """Whose act it is, by name where the caller may know."""
    words = lifecycle.words()["side"]
    sides = [side for side in lifecycle.PARTIES[act] if side in words and side != "holder"] or ["holder"]
    known = standing.parties or {}
    zh = "、".join(_side(words[side]["zh"], known.get(side), 0) for side in sorted(sides))
    en = " or ".join(_side(words[side]["en"], known.get(side), 1) for side in sorted(sides))
    return _why("act_not_yours", who=zh, who_en=en)


def _side(word: str, names: Names | None, language: int) -> str:
    return f"{word}（{names[0]}）" if names and language == 0 else f"{word} ({names[1]})" if names else word


def _why(code: str, **params: str) -> dict[str, Any]:
    row = entry(code)
    return {"code": code, "zh": row.say("zh", params), "en": row.say("en", params)}
