"""Plays a story over HTTP, one client a role, and keeps what was answered."""

import itertools
import re
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import Engine

from tests.api import parks
from tests.stories import checks, nexts, shift
from tests.stories.reading import ROLES, Step, Story
from tests.stories.verbs import Call, Names, call_of

#: Our sludge's row of the catalogue awaits the official text; that note is no part of any story.
NOT_PART = frozenset({"class_unverified"})


@dataclass(frozen=True)
class Answer:
    """What came back. ``sentences`` are those of the refusal or the findings, zh and en."""

    verdict: str
    refused: str | None
    finds: tuple[str, ...]
    sentences: tuple[tuple[str, str], ...]

    def fits(self, step: Step) -> bool:
        everything = " ".join(text for both in self.sentences for text in both)
        said = all(words in everything for words in step.says)
        expected = (step.refused, sorted(step.finds))
        verdict = step.refused is not None or self.verdict == step.verdict
        return verdict and said and (self.refused, sorted(self.finds)) == expected


@dataclass
class Stage:
    """A story being played, and in the end all that is known of it."""

    story: Story
    park: parks.Park
    names: Names
    answers: list[list[Answer]] = field(default_factory=list)
    #: After each step: every batch there is, by name.
    views: list[dict[str, Mapping[str, Any]]] = field(default_factory=list)
    manifests: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    #: Child to parents with the grams each gave, by name.
    parents: dict[str, dict[str, int]] = field(default_factory=dict)
    end: dict[str, Any] = field(default_factory=dict)
    #: What was offered to everybody in every situation that came up.
    offers: nexts.Seen = field(default_factory=dict)

    def plain(self, text: str) -> str:
        """Ids and numbers as the story calls them, so that two runs read the same."""
        for name, uuid in self.names.ids.items():
            text = text.replace(uuid, name)
        for name, manifest in self.manifests.items():
            text = text.replace(manifest["number"] or "—", name)
        return re.sub(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:[0-9:.+Z]+", "…", text)


def play(story: Story, app: Flask, engine: Engine, keys: Path, code: str) -> Stage:
    """The whole story in a park of its own. Raises AssertionError at the first answer that is not the expected one."""
    companies = {name: ROLES[name[0]] for name in story.parties if name != "R"}
    park = parks.found(app, engine, keys, code, companies)
    stage = Stage(story, park, Names(park))
    for at, step in enumerate(story.steps, 1):
        _play(stage, at, step)
    stage.end = checks.at_the_end(stage)
    return stage


def _play(stage: Stage, at: int, step: Step) -> None:
    if step.act.startswith("uploads a shift"):
        answers = [Answer("recorded", None, (), (shift.upload(stage, step),))]
    elif step.together:
        answers = _at_once(stage, at, step.together)
    else:
        answers = [_answer(stage.park.person(step.who), call_of(stage.names, step.act, step.given))]
    for one, answer in zip(step.steps, answers, strict=True):
        where = f"{stage.story.path.name}, step {at}: {one.who} {one.act} -> {answer}"
        assert answer.fits(one), where
    stage.answers.append(answers)
    shift_over = step.act.startswith("uploads a shift")
    stage.views.append({} if shift_over else checks.look(stage))
    stage.offers |= {} if shift_over else nexts.look(stage)
    checks.stands(stage, step.then, f"{stage.story.path.name}, after step {at}")


def _answer(person: parks.Person, call: Call) -> Answer:
    if call.read is not None:
        verdict, refused, said = call.read(person.got(call.path))
        return Answer(verdict, refused, (), said)
    answer = person.call(call.method, call.path, json=call.body)
    body = answer.get_json(silent=True) or {}
    if answer.status_code != call.status:
        sentences = tuple((one["zh"], one["en"]) for one in (body, *body.get("errors", ())) if one.get("zh"))
        code = (body.get("errors") or [body])[0].get("code", body.get("code"))
        return Answer("refused", code or f"HTTP {answer.status_code}", (), sentences)
    if call.keep is not None:
        call.keep(body)
    if call.path not in ("sync", "check"):
        return Answer("recorded", None, (), ())
    (receipt,) = body["receipts"]
    problem = receipt["problem"]
    findings = [one for one in receipt["findings"] if one["code"] not in NOT_PART]
    told = ([problem] if problem else []) + findings
    sentences = tuple((one["zh"], one["en"]) for one in told)
    if problem:
        return Answer(receipt["verdict"], problem["code"], (), sentences)
    return Answer(receipt["verdict"], None, _codes(findings), sentences)


def _codes(findings: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(one["code"] for one in findings if one["code"] not in NOT_PART)


def _at_once(stage: Stage, at: int, steps: Sequence[Step]) -> list[Answer]:
    """All of them at the same instant. Who wins is not ours to say: the answers are put to the steps they fit, and with
    them the names those steps bring."""
    calls = [call_of(stage.names, step.act, step.given) for step in steps]
    # A browser of its own each, even where the same person holds both.
    people = [stage.park.someone().log_in(stage.park.login(step.who)) for step in steps]
    gate = threading.Barrier(len(steps))

    def go(place: int) -> Answer:
        gate.wait(timeout=30)
        return _answer(people[place], calls[place])

    with ThreadPoolExecutor(len(steps)) as pool:
        got = list(pool.map(go, range(len(steps))))
    for order in itertools.permutations(range(len(steps))):
        if all(got[place].fits(step) for place, step in zip(order, steps, strict=True)):
            _rename(stage, steps, calls, order)
            return [got[place] for place in order]
    message = f"{stage.story.path.name}, step {at}: {got}"
    raise AssertionError(message)


def _rename(stage: Stage, steps: Sequence[Step], calls: Sequence[Call], order: Sequence[int]) -> None:
    brought = [_brought(stage.names, step) for step in steps]
    ids = [[stage.names.ids[name] for name in names] for names in brought]
    for names, place in zip(brought, order, strict=True):
        for name, uuid in zip(names, ids[place], strict=True):
            stage.names.ids[name] = uuid


def _brought(names: Names, step: Step) -> list[str]:
    """What a step of an instant gives a name to."""
    own = [*step.given.get("into", {}), *([step.given["as"]] if "as" in step.given else [])]
    return own + [word for word in step.act.split() if word in names.manifests and step.act.startswith("issues")]
