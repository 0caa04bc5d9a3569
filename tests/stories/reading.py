"""A story as its file tells it.

A step is ``{T: picks up M, plate: 京A12345}``: who, the verb with what it is about, and what else there is to say. What is
expected back stands in the same line: ``finds`` (codes of findings, none where it is left out), ``refused`` (the code),
``verdict`` (``recorded`` where it is left out), ``says`` (words of the sentence), ``then`` (where things stand afterwards).
``{at once: [step, step]}`` happens at the same instant, and the answers are matched to the steps in whatever order they win.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tracker import quantity

FOLDER = Path(__file__).parent
#: What a party of that letter is registered as.
ROLES = {"P": ["generator"], "T": ["carrier"], "S": ["receiver", "generator"], "D": ["receiver", "generator"]}
_PARTY = re.compile(r"[PTSD][0-9]?|R")
_EXPECTED = ("finds", "refused", "verdict", "says", "then")


@dataclass(frozen=True)
class Step:
    who: str = ""
    act: str = ""
    #: What else the step says: grams, plates, names.
    given: Mapping[str, Any] = field(default_factory=dict)
    finds: Sequence[str] = ()
    refused: str | None = None
    verdict: str = "recorded"
    says: Sequence[str] = ()
    #: Where batches and manifests stand afterwards, as ``in_transit 10 t with T``.
    then: Mapping[str, str] = field(default_factory=dict)
    together: "Sequence[Step]" = ()

    @property
    def steps(self) -> "Sequence[Step]":
        """The steps of one instant."""
        return self.together or (self,)


@dataclass(frozen=True)
class Story:
    path: Path
    number: str
    zh: str
    en: str
    what: str
    parties: Mapping[str, str]
    steps: Sequence[Step]
    end: Mapping[str, Any]
    #: Why it cannot be played yet.
    pending: str | None = None

    @property
    def name(self) -> str:
        return self.path.stem


def stories() -> list[Story]:
    """All of them, in order."""
    return [read(path) for path in sorted(FOLDER.glob("*.yaml"))]


def read(path: Path) -> Story:
    body = yaml.safe_load(path.read_text(encoding="utf-8"))
    return Story(
        path=path,
        number=str(body["story"]),
        zh=body["title"]["zh"],
        en=body["title"]["en"],
        what=body["what"].strip(),
        parties=body["parties"],
        steps=[_step(one) for one in body["steps"]],
        end=body["end"],
        pending=body.get("pending"),
    )


def _step(body: Mapping[str, Any]) -> Step:
    if "at once" in body:
        return Step(together=[_step(one) for one in body["at once"]], then=body.get("then", {}))
    (who,) = [name for name in body if _PARTY.fullmatch(name)]
    expected = {name: body[name] for name in _EXPECTED if name in body}
    if isinstance(expected.get("says"), str):
        expected["says"] = [expected["says"]]
    given = {name: value for name, value in body.items() if name != who and name not in _EXPECTED}
    return Step(who=who, act=body[who], given=given, **expected)


def grams_of(text: str | int) -> int:
    """Grams of ``10 t``, ``≈ 10 t``, ``-5 kg`` or plain ``0``."""
    plain = str(text).replace("≈", "").strip()
    if plain in ("0", "0 kg", "0 t"):
        return 0
    return -quantity.parse(plain[1:]) if plain.startswith("-") else quantity.parse(plain)


def weight(text: str) -> tuple[int, bool]:
    """Grams, and whether they were measured: ``1 t estimated``, ``1.000 t``."""
    plain = text.removesuffix("estimated").removesuffix("measured")
    return grams_of(plain), not text.endswith("estimated")
