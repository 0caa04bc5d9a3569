"""A park that is committed, so that HTTP sees it, and people who log in to it for real."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text
from uuid_utils.compat import uuid7
from werkzeug.test import TestResponse

from manifests import keys
from tests import makers
from tracker import ledger, people, registry, store

API = "/api/v1"
#: A hash says itself how slow it is; this one is fast, and checked by the same code as a real one.
FAST_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(makers.PASSWORD)
#: Who the park has beside the managers and the regulator of ``makers.world``: name, role, their enterprise.
MORE = (("Ph", "handler", "P"), ("Th", "handler", "T"), ("I", "inspector", None), ("A", "auditor", None))
SLUDGE = {"scheme": "CN-SW", "edition": "2024", "code": "900-099-S07"}
OILY_RAGS = {"scheme": "CN-HW", "edition": "2021", "code": "900-041-49"}
HERE = {"longitude": 116.506, "latitude": 39.795, "accuracy_m": 8.0}


def fresh() -> str:
    """A new UUIDv7."""
    return str(uuid7())


def ago(**given: float) -> str:
    """So long before now, as a phone writes it."""
    return (datetime.now(UTC) - timedelta(**given)).isoformat()


@dataclass
class Person:
    """Somebody at a browser: their cookie, their CSRF token, and what they usually do."""

    http: FlaskClient
    csrf: str = ""
    session: dict[str, Any] = field(default_factory=dict)
    #: Headers of every call: an API key, or a language.
    headers: dict[str, str] = field(default_factory=dict)

    def log_in(self, login: str, password: str = makers.PASSWORD) -> "Person":
        answer = self.http.post(f"{API}/session", json={"login": login, "password": password})
        assert answer.status_code == 200, answer.text
        self.session = answer.get_json()
        self.csrf = self.session["csrf"]
        return self

    def call(self, method: str, path: str, **given: Any) -> TestResponse:
        headers = self.headers | dict(given.pop("headers", {}))
        if self.csrf and method not in ("GET", "HEAD"):
            headers.setdefault("X-CSRF-Token", self.csrf)
        address = path if path.startswith("/") else f"{API}/{path}"
        # Buffered, because a page that is sent from its file keeps the file open until it is read.
        return self.http.open(address, method=method, headers=headers, buffered=True, **given)

    def get(self, path: str, **given: Any) -> TestResponse:
        return self.call("GET", path, **given)

    def post(self, path: str, body: Any = None, **given: Any) -> TestResponse:
        return self.call("POST", path, **({} if body is None else _json(body)), **given)

    def put(self, path: str, body: Any, **given: Any) -> TestResponse:
        return self.call("PUT", path, **_json(body), **given)

    def got(self, path: str, **given: Any) -> Any:
        """The answer to a GET that must succeed."""
        return _well(self.get(path, **given), 200)

    def made(self, path: str, body: Any = None, status: int = 200) -> Any:
        """The answer to a POST that must succeed."""
        return _well(self.post(path, body), status)

    def tell(self, *told: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The receipts for some facts."""
        receipts: list[dict[str, Any]] = self.made("sync", {"facts": list(told)})["receipts"]
        return receipts

    def told(self, *told: Mapping[str, Any]) -> dict[str, Any]:
        """The last receipt; all facts must have been recorded."""
        receipts = self.tell(*told)
        assert {receipt["verdict"] for receipt in receipts} == {"recorded"}, receipts
        return receipts[-1]

    def generated(self, grams: int = 1_000_000, **details: Any) -> str:
        """A new batch of this person's enterprise."""
        batch = fresh()
        self.told(fact("generated", batch, grams=grams, measured=False, details={"class": SLUDGE} | details))
        return batch


def _json(body: Any) -> dict[str, Any]:
    # In ASCII, with escapes: the only way half of a character can be sent at all.
    return {"data": json.dumps(body), "content_type": "application/json"}


def _well(answer: TestResponse, status: int) -> Any:
    assert answer.status_code == status, (answer.status_code, answer.text)
    return answer.get_json()


def fact(kind: str, *batches: str, **given: Any) -> dict[str, Any]:
    """A fact as a phone sends it. ``grams`` and ``measured`` go to every line."""
    line = {name: given.pop(name) for name in ("grams", "measured", "prev") if name in given}
    body: dict[str, Any] = {"id": fresh(), "kind": kind, "observed_at": ago(), "details": {}}
    if batches:
        body["lines"] = [{"batch": batch} | line for batch in batches]
    return body | given


@dataclass
class Park:
    """A committed park with its people."""

    app: Flask
    engine: Engine
    key: int
    code: str
    companies: dict[str, UUID]
    sites: dict[str, UUID]
    _known: dict[str, Person] = field(default_factory=dict)

    def someone(self, **headers: str) -> Person:
        """A browser nobody has logged in on."""
        return Person(self.app.test_client(), headers=headers)

    def person(self, name: str) -> Person:
        """P, T, S, D ... (managers), Ph and Th (handlers), R, I, A; logged in once."""
        if name not in self._known:
            self._known[name] = self.someone().log_in(self.login(name))
        return self._known[name]

    def __getattr__(self, name: str) -> Person:
        if name.startswith("_") or len(name) > 2:
            raise AttributeError(name)
        return self.person(name)

    def login(self, name: str) -> str:
        return f"regulator-{self.key}" if name == "R" else f"{name.lower()}-{self.key}"

    def key_of(self, name: str) -> str:
        """A new API key that acts for somebody."""
        with self.engine.begin() as connection:
            row = connection.execute(
                text("SELECT id, epoch FROM person WHERE login = :login"), {"login": self.login(name)}
            ).one()
            caller = people.caller_of_session(connection, row.id, self.key, row.epoch)
            return people.make_key(connection, caller, "tests", datetime.now(UTC))

    def by_key(self, name: str) -> Person:
        return self.someone(Authorization=f"Bearer {self.key_of(name)}")

    def sql(self, statement: str, **given: Any) -> Any:
        """Something only a test may do behind the curtain, in this park."""
        with store.transaction(self.engine, self.key) as connection:
            found = connection.execute(text(statement), {"park": self.key} | given)
            return found.mappings().all() if found.returns_rows else found.rowcount

    def plan(self, *batches: str, **given: Any) -> dict[str, Any]:
        """A manifest from P by T to D, as the desk sends it."""
        plan = {
            "id": fresh(),
            "batches": [{"batch": batch} for batch in batches],
            "carriers": [{"enterprise": str(self.companies["T"]), "plate": "京A12345"}],
            "receiver": str(self.companies["D"]),
            "treatment": "D10",
        }
        return plan | given

    def issued(self, *batches: str, **given: Any) -> dict[str, Any]:
        """A manifest, issued by P."""
        made: dict[str, Any] = self.person("P").made("manifests", self.plan(*batches, **given), 201)
        return made

    def delivered(self, grams: int = 1_000_000) -> tuple[str, dict[str, Any]]:
        """A batch that went from P by T to D and was received whole, and its manifest."""
        batch = self.person("P").generated(grams)
        manifest = self.issued(batch)
        self.person("T").told(fact("picked_up", manifest=manifest["id"], place=HERE, details={"plate": "京A12345"}))
        received = fact("received", batch, grams=grams, measured=True, manifest=manifest["id"], place=HERE)
        self.person("D").told(received | {"details": {"outcome": "whole"}})
        return batch, manifest


def released(park: Park) -> int:
    """What the job that looks for stranded facts lets in."""
    person = park.sql("SELECT id, epoch FROM person WHERE login = :login", login=park.login("R"))[0]
    with store.transaction(park.engine, park.key) as connection:
        caller = people.caller_of_session(connection, person["id"], park.key, person["epoch"])
        return ledger.release(connection, caller)


def found(
    app: Flask, engine: Engine, folder: Path, code: str, companies: Mapping[str, Sequence[str]] = makers.COMPANIES
) -> Park:
    """Found a park, commit it, and let the app sign its labels."""
    with engine.begin() as connection:
        world = makers.world(connection, code=code, companies=companies)
        for name, role, company in MORE:
            if company not in (None, *world.companies):
                continue
            registry.add_person(
                connection, login=f"{name.lower()}-{world.park}", password_hash=FAST_HASH, called=f"{name} 员工",
                enterprise=world.companies[company].key if company else None, roles={world.park: role},
            )  # fmt: skip
        ours = "SELECT person_id FROM membership WHERE park_id = :park"
        connection.execute(
            text(f"UPDATE person SET password_hash = :hash WHERE id IN ({ours})"),
            {"hash": FAST_HASH, "park": world.park},
        )
        private = keys.create(folder, world.park, 1)
        registry.add_park_key(connection, world.park, 1, keys.public_bytes(private))
        uuids = {name: company.uuid for name, company in world.companies.items() if name != "R"}
        sites = {name: company.site for name, company in world.companies.items() if name != "R"}
    return Park(app, engine, world.park, code, uuids, sites)
