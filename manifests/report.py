"""The chain of a batch or manifest on paper: river, mass account, who did what when, where the grams ended, findings.
It is given what its reader may see, masked as the API masks it, and adds nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from manifests import paperwords as say
from manifests import press, river
from manifests.paper import findings
from manifests.paperwords import Language
from tracker import balance, lifecycle
from tracker.trace import Chain, Roots

_CAME = ("generated", "received")
_WENT = ("on_hand", "in_transit", "treated", "lost", "difference", "shipped")
_BATCHES_SHOWN = 4


def pdf(
    roots: Roots,
    chain: Chain,
    *,
    park: Mapping[str, Any],
    host: str,
    signed: bytes | None,
    human_code: str | None,
    languages: Sequence[Language],
    at: datetime,
) -> bytes:
    """One document a language. ``signed`` is the label of what was asked about, None where it has none. ``Problem``
    label_font_missing."""
    codes = say.Codes(host)
    number = codes.add(signed)
    name = roots.number or human_code or str(roots.uuid)
    parts = [_Report(chain, language).part(name, park, at) | {"code": number} for language in languages]
    data = codes.told(f"{parts[0]['title']} {name}", say.name_of(park, languages[0]), parts)
    return press.pdf("report", data, at=at, files={"codes.bin": bytes(codes.dots)})


class _Report:
    """One chain in one language."""

    def __init__(self, chain: Chain, language: Language) -> None:
        self.chain, self.language = chain, language
        self.w: Mapping[str, Any] = say.words()[language] | say.words()["report"][language]
        bare, hidden = self.w["unlabelled"], self.w["hidden"]
        self.codes: dict[UUID, str | None] = {
            node.id: hidden if node.masked else node.human_code or bare for node in chain.nodes
        }

    def part(self, name: str, park: Mapping[str, Any], at: datetime) -> dict[str, Any]:
        w, chain = self.w, self.chain
        account = balance.of_chain(chain)
        notes = [w[note] for note in ("truncated", "masked") if getattr(chain, note)]
        notes += [] if chain.complete else [w["incomplete"]]
        drawn = river.draw(chain, self.party)
        return say.frame(self.language, park, w["running_chain"].format(number=name), at) | {
            "eyebrow": say.name_of(park, self.language),
            "title": w["chain_title"],
            "number": name,
            "notes": notes if drawn else [*notes, w["no_picture"]],
            "facts": [
                [w["batches_count"], str(len(chain.nodes))],
                [w["acts"], str(len(chain.facts))],
                [w["log_index"], str(max((fact.index for fact in chain.facts), default=0))],
                [w["closes"], w["yes"] if account.closes else w["no"]],
            ],
            "river": drawn and drawn | {"title": w["river"]},
            "sections": self.sections(account),
        }

    def party(self, party: Mapping[str, Any] | None) -> str:
        """Who, or that it is hidden, or that the park did it itself."""
        if party is None:
            return str(self.w["the_park"])
        return say.name_of(party, self.language, self.w["hidden"])

    def sections(self, account: balance.Balance) -> list[dict[str, Any]]:
        found = [one for fact in self.chain.facts for one in fact.findings]
        made = [self.account(account), self.acts(), self.batches()]
        if self.chain.attribution:
            made.append(self.ends())
        return [*made, findings(found, self.language, self.codes)] if found else made

    def account(self, account: balance.Balance) -> dict[str, Any]:
        """Two sides that must be equal, to the gram."""
        w, grams = self.w, asdict(account)
        rows = [[w["account"][name], say.kilograms(grams[name]), ""] for name in _CAME if grams[name]]
        rows += [[w["account"][name], "", say.kilograms(grams[name])] for name in _WENT if grams[name]]
        came, went = (sum(grams[name] for name in side) for side in (_CAME, _WENT))
        total = [w["total"], say.kilograms(came), say.kilograms(went)]
        columns = [say.column(w["what"], 3), say.column(w["came"], 1, "right"), say.column(w["went"], 1, "right")]
        return say.table(w["account_title"], columns, rows, total)

    def acts(self) -> dict[str, Any]:
        """Who did what when, in log order."""
        w, kinds = self.w, lifecycle.words()["fact"]
        rows = []
        for fact in self.chain.facts:
            shown = [f"{self.codes.get(line.batch) or w['hidden']} {self.grams(line)}" for line in fact.lines]
            more = [w["more"].format(count=len(shown) - _BATCHES_SHOWN)] if len(shown) > _BATCHES_SHOWN else []
            act = [kinds[fact.kind][self.language]]
            act += [str(fact.details["treatment"])] if fact.details.get("treatment") else []
            act += [w["evidence_only"]] if fact.verdict != "recorded" else []
            rows.append(
                [
                    f"#{fact.index}",
                    say.minute(fact.observed_at),
                    act,
                    [self.party(fact.enterprise), fact.actor_name or ""],
                    ["", *shown[:_BATCHES_SHOWN], *more][1:] or w["nothing"],
                    fact.manifest_number or "",
                ]
            )
        columns = [
            say.column(w["log"], 0), say.column(w["time"], 1.45), say.column(w["act"], 1.4),
            say.column(w["who"], 1.75), say.column(w["batch_kg"], 2.15), say.column(w["manifest"], 1.85),
        ]  # fmt: skip
        return say.table(w["acts_title"], columns, rows)

    def grams(self, line: Any) -> str:
        return "" if line.grams is None else say.kilograms(line.grams)

    def batches(self) -> dict[str, Any]:
        w, states = self.w, lifecycle.words()["state"]
        rows = []
        for node in self.chain.nodes:
            listed = node.waste_class or {"code": node.raw_class or w["nothing"]}
            rows.append(
                [
                    [self.codes[node.id] or "", listed["code"], say.name_of(listed, self.language, "")],
                    self.party(node.generator),
                    self.party(node.holder),
                    say.kilograms(node.grams_at_start, w["hidden"]),
                    say.kilograms(node.grams, w["hidden"]),
                    states[node.state][self.language],
                ]
            )
        columns = [
            say.column(w["waste"], 2.4), say.column(w["generator"], 1.5), say.column(w["holder"], 1.5),
            say.column(w["at_start"], 0, "right"), say.column(w["now"], 0, "right"), say.column(w["state"], 1),
        ]  # fmt: skip
        return say.table(w["batches"], columns, rows)

    def ends(self) -> dict[str, Any]:
        """Where the grams of each origin ended."""
        w = self.w
        rows = [
            [
                self.codes.get(share.origin) or w["hidden"],
                w["ends"].get(share.output, share.output),
                share.treatment or "",
                self.party(share.enterprise) if share.enterprise else "",
                say.kilograms(share.grams),
            ]
            for share in self.chain.attribution
        ]
        columns = [
            say.column(w["origin"], 1.4), say.column(w["end"], 1.2), say.column(w["treatment"], 1),
            say.column(w["enterprise"], 1.8), say.column("kg", 0, "right"),
        ]  # fmt: skip
        return say.table(
            w["ends_title"],
            columns,
            rows,
            ["", w["total"], "", "", say.kilograms(sum(one.grams for one in self.chain.attribution))],
        )
