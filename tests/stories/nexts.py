"""What the server offers in every situation of every story, kept for the phone, which has to offer the same offline.

``tests/vectors/next.json`` holds each situation once: what somebody is (``me``), the batches and manifests as that person
sees them, and the acts the server offered. The phone's own function is run against it; here it is held against the
server, so that neither can change its mind unnoticed.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.stories.runner import Stage

FILE = Path(__file__).resolve().parents[1] / "vectors" / "next.json"
#: A situation as one line of JSON, and the acts that were offered in it.
Seen = dict[str, list[list[Any]]]


def look(stage: "Stage") -> Seen:
    """What everybody in the story is offered now, on each batch and each manifest they see."""
    found: Seen = {}
    for name in stage.story.parties:
        person = stage.park.person(name)
        papers = {}
        for paper in stage.names.manifests:
            answer = person.get(f"manifests/{stage.names.ids[paper]}")
            if answer.status_code == 200:
                papers[answer.get_json()["id"]] = answer.get_json()
        me = None if name == "R" else name
        for paper in papers.values():
            _keep(found, me, [line["batch"] for line in paper["lines"]], papers, paper["next"])
        for batch in person.got("batches?limit=200")["items"]:
            _keep(found, me, [batch], papers, batch["next"])
    return found


def _keep(
    found: Seen, me: str | None, batches: list[dict[str, Any]], papers: Mapping[str, Any], offered: list[dict[str, Any]]
) -> None:
    on = list(dict.fromkeys(batch["manifest"]["id"] for batch in batches if batch["manifest"]))
    if not batches or not set(on) <= papers.keys():
        return  # Nothing is on it yet, or it stands on a paper this person may not see: the phone would ask.
    situation = {
        "me": me,
        "batches": [_batch(batch, on) for batch in batches],
        "manifests": [_manifest(papers[paper]) for paper in on],
    }
    found[json.dumps(situation, ensure_ascii=False)] = [_act(act) for act in offered]


def _name(party: Mapping[str, Any]) -> str:
    """``P`` for P Ltd: the same in every run. Somebody in no register is known by the name that was typed."""
    name: str = party["name_en"] or party["name_zh"]
    return name.removesuffix(" Ltd")


def _batch(batch: Mapping[str, Any], on: list[str]) -> dict[str, Any]:
    return {
        "state": batch["state"],
        "holder": _name(batch["holder"]),
        "generator": _name(batch["generator"]),
        "grouped": batch["grouped"],
        "manifest": on.index(batch["manifest"]["id"]) if batch["manifest"] else None,
    }


def _manifest(paper: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "generator": _name(paper["generator"]),
        "receiver": _name(paper["receiver"]),
        "returns": paper["returns"] is not None,
        "legs": [
            [_name(leg["party"]), leg["what"], leg["took_over_at"] is not None, leg["lapsed"]]
            for leg in paper["carriers"]
        ],
    }


def _act(act: Mapping[str, Any]) -> list[Any]:
    why = act["why"] or {"code": None, "zh": None, "en": None}
    return [act["kind"], act["outcome"], act["may"], act["likely"], why["code"], why["zh"], why["en"]]


def written() -> Seen:
    """What the file says."""
    kept = json.loads(FILE.read_text(encoding="utf-8"))
    whys, lists = kept["whys"], kept["offers"]
    offers = [[[*act[:4], *whys[act[4]]] for act in acts] for acts in lists]
    return {json.dumps(situation, ensure_ascii=False): offers[at] for situation, at in kept["situations"]}


def write(seen: Seen) -> None:
    """Reasons and lists that come again are written once: many situations are answered alike."""
    whys = sorted({tuple(act[4:]) for acts in seen.values() for act in acts}, key=str)
    lists = sorted({json.dumps([[*act[:4], whys.index(tuple(act[4:]))] for act in acts]) for acts in seen.values()})
    rows = []
    for situation in sorted(seen):
        acts = json.dumps([[*act[:4], whys.index(tuple(act[4:]))] for act in seen[situation]])
        rows.append(f"[{situation}, {lists.index(acts)}]")
    text = ",\n".join
    said = [json.dumps(why, ensure_ascii=False) for why in whys]
    FILE.write_text(
        f'{{"whys": [\n{text(said)}\n],\n"offers": [\n{text(lists)}\n],\n"situations": [\n{text(rows)}\n]}}\n',
        encoding="utf-8",
    )
