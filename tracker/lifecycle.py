"""The one table (state, fact) -> state, the same for all wastes; wastes differ by data, not by code.

How to read a cell: ``in_transit`` an arrow; ``on_site|treated`` an arrow that ends in the second state once no gram is
left; ``!received`` it happened, so the batch moves, but a step before it is missing and a finding says so; ``.`` the
batch stays as it is and a finding says why. ``free`` is the state the batch was in before it was put on a manifest.
``refused`` is the fact ``received`` with that outcome.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from tracker.problems import entry

_TABLE = """
                 unborn   on_site            reserved     in_transit  deposited   arrived            received            refused    returning  treated  split  combined  dissolved
generated        on_site  .                  .            .           .           .                  .                   .          .          .        .      .         .
stored           .        on_site            reserved     .           deposited   .                  received            .          .          .        .      .         .
taken_out        .        on_site            reserved     .           deposited   .                  received            .          .          .        .      .         .
weighed          .        on_site            reserved     in_transit  deposited   arrived            received            refused    returning  .        .      .         .
split            .        on_site|split      .            .           .           .                  received|split      .          .          .        .      .         .
combined         .        on_site|combined   .            .           .           .                  received|combined   .          .          .        .      .         .
dissolved        .        on_site|dissolved  .            .           .           .                  received|dissolved  .          .          .        .      .         .
manifest_issued  .        reserved           .            .           .           .                  reserved            returning  .          .        .      .         .
manifest_voided  .        .                  free         .           .           .                  .                   .          .          .        .      .         .
not_collected    .        .                  free         .           .           .                  .                   .          .          .        .      .         .
picked_up        .        !in_transit        in_transit   .           in_transit  .                  !in_transit         returning  returning  .        .      .         .
handed_over      .        .                  !in_transit  in_transit  in_transit  !in_transit        .                   returning  returning  .        .      .         .
stopped          .        .                  !in_transit  in_transit  .           arrived            .                   refused    returning  .        .      .         .
deposited        .        .                  !deposited   deposited   .           deposited          .                   .          .          .        .      .         .
arrived          .        .                  !arrived     arrived     !arrived    .                  .                   .          returning  .        .      .         .
received         .        .                  !received    received    !received   received           .                   received   .          .        .      .         .
refused          .        .                  !refused     refused     !refused    refused            .                   .          .          .        .      .         .
returned         .        .                  .            !on_site    !on_site    !on_site           .                   on_site    on_site    .        .      .         .
treated          .        on_site|treated    .            .           .           !received|treated  received|treated    .          .          .        .      .         .
corrected        .        on_site            reserved     in_transit  deposited   arrived            received            refused    returning  treated  split  combined  .
"""  # noqa: E501 - the table is read across one line

#: Who may move a batch with a fact: the enterprise that holds it, or its part on the manifest. A fact told by anybody
#: else is kept as evidence and moves nothing.
PARTIES: Mapping[str, frozenset[str]] = {
    "generated": frozenset({"anyone"}),
    "stored": frozenset({"holder"}),
    "taken_out": frozenset({"holder"}),
    "weighed": frozenset({"holder", "generator", "carrier", "receiver", "store"}),
    "split": frozenset({"holder"}),
    "combined": frozenset({"holder"}),
    "dissolved": frozenset({"holder"}),
    "manifest_issued": frozenset({"holder", "receiver", "carrier"}),
    "manifest_voided": frozenset({"holder", "generator"}),
    "not_collected": frozenset({"carrier", "generator", "holder"}),
    "picked_up": frozenset({"carrier", "generator", "holder"}),
    "handed_over": frozenset({"carrier", "holder"}),
    "stopped": frozenset({"carrier", "holder"}),
    "deposited": frozenset({"carrier", "store", "holder"}),
    "arrived": frozenset({"carrier", "receiver", "store"}),
    "received": frozenset({"receiver"}),
    "refused": frozenset({"receiver", "store"}),
    "returned": frozenset({"generator", "carrier"}),
    "treated": frozenset({"holder", "receiver"}),
    "rerouted": frozenset({"holder", "generator", "carrier", "receiver", "store"}),
    "corrected": frozenset({"holder", "generator", "carrier", "receiver", "store", "teller"}),
    "consented": frozenset({"asked"}),
    "declined": frozenset({"asked", "teller"}),
    "signed": frozenset({"holder", "generator", "carrier", "receiver", "store"}),
}
#: Facts about the paper rather than about what is on it: they move no batch, and stand in no row of the table.
OF_THE_PAPER = ("rerouted", "consented", "declined", "signed")
#: Which act a handler most likely wants next, likeliest first; the phone makes the first he may do its big button.
LIKELY = (
    "picked_up",
    "received",
    "returned",
    "treated",
    "arrived",
    "weighed",
    "stored",
    "taken_out",
    "deposited",
    "refused",
    "handed_over",
    "not_collected",
    "stopped",
    "split",
    "combined",
    "dissolved",
)
#: In these states a batch is on the road: its grams stand in the carrier's custody, not in anybody's stock.
ON_THE_ROAD = frozenset({"in_transit", "arrived", "refused", "returning"})
#: A batch in one of these is free: it can be put on a manifest.
FREE = frozenset({"on_site", "received"})
#: Nothing is left of a batch in one of these; it lives on in its children or has been treated.
ENDS = frozenset({"treated", "split", "combined", "dissolved"})


@dataclass(frozen=True, slots=True)
class Cell:
    """What a fact does to a batch in a state. ``then`` is None where it stays; ``finding`` names what is odd."""

    then: str | None
    when_empty: str | None
    finding: str | None

    def target(self, *, free: str, empty: bool) -> str | None:
        """The state after: ``free`` is where a batch taken off a manifest goes back to, ``empty`` no gram left."""
        then = self.when_empty if empty and self.when_empty else self.then
        return free if then == "free" else then


@cache
def table() -> dict[tuple[str, str], Cell]:
    """Every (state, fact) pair, no exception."""
    header, *rows = (line.split() for line in _TABLE.strip().splitlines())
    return {
        (state, fact): _cell(state, fact, text)
        for fact, *cells in rows
        for state, text in zip(header, cells, strict=True)
    }


def _cell(state: str, fact: str, text: str) -> Cell:
    if text == ".":
        return Cell(None, None, f"{fact}_while_{state}")
    then, _, when_empty = text.removeprefix("!").partition("|")
    return Cell(then, when_empty or None, f"{fact}_while_{state}" if text.startswith("!") else None)


def cell(state: str, fact: str) -> Cell:
    return table()[state, fact]


def states() -> list[str]:
    return list(dict.fromkeys(state for state, _ in table()))


def facts() -> list[str]:
    return list(dict.fromkeys(fact for _, fact in table()))


@cache
def words() -> dict[str, dict[str, dict[str, str]]]:
    """The field's words in zh and en: ``words()["state"]["on_site"]["zh"]``."""
    with files("tracker").joinpath("words.toml").open("rb") as source:
        return tomllib.load(source)


#: The sentences by which ``tracker.acts`` says why not; a phone without a network says the same.
_SENTENCES = ("act_not_yours", "act_not_your_turn", "dissolve_not_whole", "out_of_order")


def export() -> dict[str, Any]:
    """What the phone needs to offer only acts that make sense: the table, who may, what is likely, what ends, and the
    words."""
    return {
        "states": states(),
        "facts": facts(),
        "table": {
            state: {
                fact: {"then": found.then, "when_empty": found.when_empty, "finding": found.finding}
                for fact in facts()
                if (found := cell(state, fact))
            }
            for state in states()
        },
        "parties": {fact: sorted(parties) for fact, parties in PARTIES.items()},
        "likely": list(LIKELY),
        "on_the_road": sorted(ON_THE_ROAD),
        "ends": sorted(ENDS),
        "sentences": {code: {"zh": entry(code).zh, "en": entry(code).en} for code in _SENTENCES},
        "words": words(),
    }
