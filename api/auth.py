"""Who is calling, in which role; and the one transaction a request runs in."""

import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from typing import Any

from flask import Response, current_app, g, request, session

from manifests.signing import Signer
from tracker import devices, people, store
from tracker.parties import Caller
from tracker.problems import Problem
from tracker.store import Connection

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
EVERYBODY = ("handler", "manager", "regulator", "inspector", "auditor")


@dataclass(frozen=True, slots=True)
class Room:
    """What a handler works with. ``careful`` is set on the second try, after the database refused the first."""

    connection: Connection
    caller: Caller
    signer: Signer
    now: datetime
    careful: bool


@dataclass(frozen=True, slots=True)
class Later:
    """An answer that is read once the request's transaction has ended: what it locked (a number series, the head of the
    log) is held for the writing alone. Its own transaction is begun after the commit, and sees what was written."""

    read: Callable[[Room], Any]


@dataclass(frozen=True, slots=True)
class Lobby:
    """What a handler works with that asks nobody who they are."""

    connection: Connection
    signer: Signer
    now: datetime


def inside(*roles: str, sends: bool = False) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Only for these roles (none: for everybody known), in one transaction: returning commits, raising rolls back.

    ``sends``: the route is a way out for facts, open to the tokens that do nothing but send, and to withdrawn phones.
    The handler gets its ``Room`` as first argument. A request that loses to another one over a key or a lock is run
    once more from the start; nothing of the first try is left.
    """
    allowed = roles or EVERYBODY

    def decorate(handler: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(handler)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            def work(connection: Connection, careful: bool) -> Any:
                caller = _caller(connection, sends=sends)
                caller.need(allowed)
                g.caller = caller
                room = Room(connection, caller, current_app.extensions["signer"], datetime.now(UTC), careful)
                return handler(room, *args, **kwargs)

            engine = current_app.extensions["engine"]
            answer = store.attempt(engine, work)
            if not isinstance(answer, Later):
                return answer
            with store.transaction(engine, g.caller.park) as connection:
                room = Room(connection, g.caller, current_app.extensions["signer"], datetime.now(UTC), careful=False)
                return answer.read(room)

        wrapper.rule = allowed  # type: ignore[attr-defined]
        wrapper.sends = sends  # type: ignore[attr-defined]
        return wrapper

    return decorate


def outside(handler: Callable[..., Any]) -> Callable[..., Any]:
    """For anybody, in one transaction that sees no park until the handler enters one."""

    @wraps(handler)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        with store.transaction(current_app.extensions["engine"]) as connection:
            return handler(Lobby(connection, current_app.extensions["signer"], datetime.now(UTC)), *args, **kwargs)

    wrapper.rule = ("anybody",)  # type: ignore[attr-defined]
    return wrapper


def _caller(connection: Connection, *, sends: bool) -> Caller:
    if token := bearer():
        if token.startswith((devices.FULL_PREFIX, devices.SEND_PREFIX)):
            return people.caller_of_grant(connection, token, sends=sends)
        return people.caller_of_key(connection, token)
    if "person" not in session:
        raise Problem("not_logged_in")
    if request.method not in SAFE:
        _check_csrf()
    ids = (session["person"], session["park"], session["epoch"])
    return people.caller_of_session(connection, *ids, device=session.get("device"), sends=sends)


def bearer() -> str:
    """The key or token of this request; empty where it comes with a cookie, or with nothing."""
    authorization = request.headers.get("Authorization", "")
    return authorization.removeprefix("Bearer ").strip() if authorization.startswith("Bearer ") else ""


def _check_csrf() -> None:
    """The token travels in a header, which a foreign page cannot set for our cookie."""
    sent = request.headers.get("X-CSRF-Token", "")
    if not hmac.compare_digest(sent.encode(), str(session.get("csrf", "")).encode()) or not sent:
        raise Problem("csrf_missing")


class LoginGate:
    """How often one address may try to log in, counted in this process: hashing a password is slow on purpose, and must
    not become a way to keep the server busy."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._tries: dict[str, list[float]] = {}

    def check(self, address: str) -> None:
        """Count a try. ``Problem`` login_slow_down beyond the limit."""
        now = time.monotonic()
        recent = [at for at in self._tries.get(address, ()) if now - at < 60]  # noqa: PLR2004 - a minute
        if len(recent) >= self._per_minute:
            raise Problem("login_slow_down", seconds=int(60 - (now - recent[0])) + 1)
        self._tries[address] = [*recent, now]
        if len(self._tries) > 10_000:  # noqa: PLR2004 - forget the oldest rather than grow for ever
            self._tries.pop(next(iter(self._tries)))


def no_content() -> Response:
    """204."""
    return Response(status=204)
