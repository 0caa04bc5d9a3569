"""Where things stand, during a story and at its end: asked over HTTP by the regulator, who sees all."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tests.stories.reading import grams_of
from tracker import quantity, verify

if TYPE_CHECKING:
    from tests.stories.runner import Stage

_STANDING = re.compile(r"(?P<state>\w+)(?: (?P<grams>[0-9.]+ k?g|[0-9.]+ t|0))?(?: with (?P<holder>\w+))?")
#: The accounts a story may name; one it does not name must hold nothing.
ACCOUNTS = ("generated", "on_hand", "in_transit", "treated", "lost", "difference")
_UNREMARKABLE = frozenset({"class_unverified"})


def look(stage: "Stage") -> dict[str, Mapping[str, Any]]:
    """Every batch of the story that is there, and its manifests as they are."""
    regulator = stage.park.person("R")
    for name in stage.names.manifests:
        answer = regulator.get(f"manifests/{stage.names.ids[name]}")
        if answer.status_code == 200:
            stage.manifests[name] = answer.get_json()
    seen = {}
    for name in stage.names.batches:
        answer = regulator.get(f"batches/{stage.names.ids[name]}")
        if answer.status_code == 200:
            seen[name] = answer.get_json()
            if name not in stage.parents:
                stage.parents[name] = _parents(stage, name)
    return seen


def _parents(stage: "Stage", name: str) -> dict[str, int]:
    """What a batch was made of when it came to be, by the names of the story."""
    named = {uuid: known for known, uuid in stage.names.ids.items()}
    chain = stage.park.person("R").got(f"trace/{stage.names.ids[name]}?direction=up")
    mine = [edge for edge in chain["edges"] if edge["child"] == stage.names.ids[name] and edge["parent"] in named]
    return {named[edge["parent"]]: edge["grams"] for edge in mine}


def party(stage: "Stage", shown: Mapping[str, Any] | None) -> str:
    """What the story calls an enterprise."""
    ours = {str(uuid): name for name, uuid in stage.park.companies.items()}
    return ours.get(shown["id"], shown["name_zh"]) if shown else "—"


def stands(stage: "Stage", expected: Mapping[str, str], where: str) -> None:
    """Batches and manifests stand as the story says."""
    for name, told in expected.items():
        wanted = _STANDING.fullmatch(told)
        assert wanted, f"{where}: cannot read {told!r}"
        if name in stage.manifests:
            assert stage.manifests[name]["state"] == wanted["state"], (where, name, stage.manifests[name]["state"])
            continue
        if name in stage.names.proposals:
            state = _proposal(stage, name)
            assert state == wanted["state"], (where, name, state)
            continue
        batch = stage.views[-1].get(name)
        if batch is None:
            assert wanted["state"] == "unborn", (where, name, "there is none")
            continue
        real = [batch["state"]]
        asked = [wanted["state"]]
        if wanted["grams"]:
            real.append(quantity.show(batch["grams"]))
            asked.append(quantity.show(grams_of(wanted["grams"])))
        if wanted["holder"]:
            real.append(party(stage, batch["holder"]))
            asked.append(wanted["holder"])
        assert real == asked, (where, name, real, asked)


def _proposal(stage: "Stage", name: str) -> str:
    found = stage.park.person("R").got("proposals?limit=200")["items"]
    return next((str(one["state"]) for one in found if one["id"] == stage.names.ids[name]), "there is none")


def at_the_end(stage: "Stage") -> dict[str, Any]:
    """What is found when all is told, held against what the story says of it."""
    end, where = stage.story.end, f"{stage.story.path.name}, at the end"
    stands(stage, end.get("batches", {}), where)
    stands(stage, end.get("manifests", {}), where)
    origins = {name: shares(stage, name) for name in end.get("origins", {})}
    for name, expected in end.get("origins", {}).items():
        assert sorted(origins[name]) == sorted(expected), (where, name, origins[name])
    regulator = stage.park.person("R")
    balance = regulator.got("balance")
    account = {name: quantity.show(balance[name]) for name in ACCOUNTS if balance[name]}
    wanted = {name: quantity.show(grams_of(told)) for name, told in end["account"].items() if grams_of(told)}
    assert account == wanted, (where, account)
    assert balance["closes"], (where, balance)
    found = regulator.got("findings?open=true&limit=200")["items"]
    codes = sorted(one["code"] for one in found if one["code"] not in _UNREMARKABLE)
    assert codes == sorted(end.get("findings", [])), (where, codes)
    with stage.park.engine.begin() as connection:
        report = verify.park(connection, stage.park.key)
    assert report.differences == [], (where, report.differences)
    (head,) = stage.park.sql("SELECT size FROM log_head WHERE park_id = :park")
    return {"origins": origins, "account": account, "findings": codes, "facts": int(head["size"])}


def shares(stage: "Stage", origin: str) -> list[str]:
    """Where the grams of a batch ended, one line for each fact that ended some: ``10 t treated by D10 at D``."""
    chain = stage.park.person("R").got(f"trace/{stage.names.ids[origin]}?direction=down")
    assert not chain["truncated"]
    ends: dict[tuple[Any, ...], int] = {}
    for share in chain["attribution"]:
        if share["origin"] == stage.names.ids[origin]:
            ended = f"{share['output']} (trace ends)" if share["untraced"] else share["output"]
            key = (share["fact"], ended, share["treatment"], party(stage, share["enterprise"]))
            ends[key] = ends.get(key, 0) + share["grams"]
    mine = next(one["grams"] for one in chain["origins"] if one["id"] == stage.names.ids[origin])
    assert sum(ends.values()) == mine, (origin, ends, mine)
    return [
        f"{quantity.show(grams)} {output}{f' by {treatment}' if treatment else ''}{f' at {who}' if who != '—' else ''}"
        for (_, output, treatment, who), grams in ends.items()
        if grams
    ]
