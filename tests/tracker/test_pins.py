"""A PIN typed on somebody else's phone: what it opens, how it locks, what it never tells."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from uuid_utils.compat import uuid7

from tests.makers import World
from tracker import people, pins
from tracker.parties import Who
from tracker.problems import Problem

NOON = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
PIN = "402917"
MANIFEST = UUID("00000000-0000-7000-8000-00000000000a")


@pytest.fixture(scope="module")
def hashed() -> str:
    return people.HASHER.hash(PIN)


@pytest.fixture
def p(world: World, hashed: str) -> str:
    """P's login, with a PIN."""
    world.connection.execute(
        text("UPDATE person SET pin_hash = :hash WHERE id = :id"), {"hash": hashed, "id": world.P.caller.person}
    )
    return f"p-{world.park}"


def ask(login: str, pin: str = PIN, **given: Any) -> pins.Ask:
    return pins.Ask(given.pop("fact", None) or uuid7(), MANIFEST, "generator", None, login, pin, **given)


def tried(world: World, *asks: pins.Ask, at: datetime = NOON, who: str = "T") -> list[str]:
    """``granted``, or the code of the refusal, for each."""
    answers = pins.tried(world.connection, world.companies[who].caller, asks, at)
    return [_code(answers[one.fact]) for one in asks]


def _code(answer: Who | Problem) -> str:
    return answer.code if isinstance(answer, Problem) else "granted"


def outcomes(world: World) -> list[str]:
    return list(world.connection.scalars(text("SELECT outcome FROM pin_attempt ORDER BY id")))


def test_the_right_pin_says_who_signs(world: World, p: str) -> None:
    one = ask(f" {p.upper()} ")
    who = pins.tried(world.connection, world.T.caller, [one], NOON)[one.fact]
    caller = world.P.caller
    assert who == Who(caller.person or 0, caller.person_uuid or UUID(int=0), world.P.key, world.P.uuid)
    assert outcomes(world) == ["granted"]


def test_the_third_wrong_pin_locks_and_the_lock_grows(world: World, p: str) -> None:
    assert tried(world, ask(p, "111222"), ask(p, "111222")) == ["signature_denied"] * 2
    at = NOON
    for minutes in (1, 5, 15, 60, 60):
        assert tried(world, ask(p, "111222"), at=at) == ["pin_locked"], minutes
        # Right or wrong, and however often: while it is locked nothing opens it, and nothing makes it longer.
        late = at + timedelta(minutes=minutes, seconds=-1)
        assert tried(world, ask(p), ask(p, "111222"), at=late) == ["pin_locked"] * 2
        at += timedelta(minutes=minutes, seconds=1)
    assert tried(world, ask(p), at=at) == ["granted"]
    assert tried(world, ask(p, "111222"), at=at) == ["signature_denied"], "the count begins anew"
    assert outcomes(world).count("locked") == 10


def test_a_lock_says_until_when_and_a_refusal_how_many_tries_are_left(world: World, p: str) -> None:
    said = []
    for _ in range(3):
        one = ask(p, "111222")
        answer = pins.tried(world.connection, world.T.caller, [one], NOON)[one.fact]
        assert isinstance(answer, Problem)
        said.append((answer.code, answer.params))
    assert said == [
        ("signature_denied", {"left": 2}),
        ("signature_denied", {"left": 1}),
        ("pin_locked", {"until": "2026-11-21 12:01", "seconds": 61}),
    ]


def test_a_login_nobody_has_answers_like_one_that_somebody_has(world: World, p: str) -> None:
    def said(login: str) -> list[tuple[str, Any]]:
        found = []
        for _ in range(5):
            one = ask(login, "111222")
            answer = pins.tried(world.connection, world.T.caller, [one], NOON)[one.fact]
            assert isinstance(answer, Problem)
            found.append((answer.code, answer.params))
        return found

    without_pin = f"d-{world.park}"
    assert said(p) == said("nobody") == said(without_pin) == said(f"regulator-{world.park}")
    assert len(outcomes(world)) == 20


def test_a_login_nobody_has_takes_as_many_hashes(world: World, p: str, monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[str] = []
    monkeypatch.setattr(people, "matches", lambda stored, _pin: bool(compared.append(stored)))
    for login in (p, "nobody", f"d-{world.park}"):
        tried(world, ask(login, "111222"))
    assert len(compared) == 3
    assert len({stored.rpartition("$")[0].rpartition("$")[0] for stored in compared}) == 1, "the same cost"


def test_one_fact_counts_once_however_often_it_is_told(world: World, p: str) -> None:
    one = ask(p, "111222", sealed=True)
    assert [tried(world, one, one)[0] for _ in range(5)] == ["signature_denied"] * 5
    assert outcomes(world) == ["wrong"]
    good = ask(p)
    assert tried(world, good) == tried(world, good) == ["granted"]


def test_an_id_that_asked_for_one_thing_cannot_ask_for_another(world: World, p: str) -> None:
    one = ask(p)
    assert tried(world, one) == ["granted"]
    other = pins.Ask(one.fact, uuid7(), "generator", None, p, PIN)
    assert tried(world, other) == ["fact_id_reused"]
    assert tried(world, one, who="D") == ["fact_id_reused"], "nor can somebody else's phone"


def test_a_pin_tried_on_everybody_in_turn_is_stopped(world: World) -> None:
    logins = [f"guess-{at}" for at in range(pins.WRONG_AN_HOUR_MAX + 1)]
    said = tried(world, *(ask(login, "402917") for login in logins))
    assert said == ["signature_denied"] * pins.WRONG_AN_HOUR_MAX + ["pin_slow_down"]
    assert tried(world, ask("guess-x"), who="D") == ["signature_denied"], "another phone is not held up"
    assert tried(world, ask("guess-y"), at=NOON + timedelta(minutes=61)) == ["signature_denied"]


def test_whoever_left_signs_no_more(world: World, p: str) -> None:
    world.connection.execute(text("UPDATE person SET disabled_at = now() WHERE login = :login"), {"login": p})
    assert tried(world, ask(p)) == ["signature_denied"]


@pytest.mark.parametrize("pin", ["12345", "1234567890123", "12a456", "", "１２３９８７", "40291 7"])
def test_a_pin_is_six_digits_at_least(world: World, pin: str) -> None:
    with pytest.raises(Problem) as refused:
        pins.put(world.connection, world.P.caller.person or 0, "p", pin)
    assert refused.value.code == "pin_not_digits"


@pytest.mark.parametrize("pin", ["111111", "123456", "654321", "890123", "121212", "123123", "135791", "138001"])
def test_a_pin_everybody_would_try_first_is_refused(world: World, pin: str) -> None:
    with pytest.raises(Problem) as refused:
        pins.put(world.connection, world.P.caller.person or 0, "13800138001", pin)
    assert refused.value.code == "pin_too_easy"


def test_a_new_pin_ends_the_lock(world: World, p: str) -> None:
    assert tried(world, *(ask(p, "111222") for _ in range(3)))[-1] == "pin_locked"
    pins.put(world.connection, world.P.caller.person or 0, p, "739105")
    assert tried(world, ask(p, "739105")) == ["granted"]
    about = pins.about(world.connection, world.P.caller, p)
    assert about["set"]
    assert about["locked_until"] is None
    assert [one["outcome"] for one in about["attempts"]] == ["granted", "wrong", "wrong", "wrong"]
