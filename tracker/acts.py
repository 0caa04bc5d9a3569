"""Which acts somebody may record now on a batch, which is the likeliest, and for the others why not."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tracker import lifecycle
from tracker.problems import entry

#: Offered on a phone or a desk; the rest are plans or corrections, which have screens of their own.
OFFERED = tuple(act for act in lifecycle.LIKELY)


@dataclass(frozen=True, slots=True)
class Standing:
    """A batch as an act sees it: its state, and what the caller is to it."""

    state: str
    relations: frozenset[str]


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
        return False, _why("act_not_yours")
    if cell.finding:
        return cell.then is not None, _why(cell.finding)
    return True, None


def _why(code: str) -> dict[str, Any]:
    row = entry(code)
    return {"code": code, "zh": row.say("zh", {}), "en": row.say("en", {})}
