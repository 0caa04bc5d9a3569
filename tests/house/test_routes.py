"""No route without a declared rule, and no rule without a case of the matrix."""

import pytest
from sqlalchemy import Engine

from api.app import create_app
from api.auth import EVERYBODY
from api.config import Config
from tests.api import matrix

#: What anybody may ask without saying who they are. The list may shrink; to make it longer, say why in the review.
PUBLIC = {
    "GET /",
    "GET /<page:path>",
    "GET /M/<path:text>",  # What a code opens in any browser: the public facts as plain HTML, and the app.
    "GET /api/v1/keys",
    "GET /api/v1/openapi.json",
    "GET /api/v1/public/labels/<path:text>",
    "GET /healthz",
    "GET /metrics",
    "GET /readyz",
    "POST /api/v1/session",
}


@pytest.fixture(scope="module")
def rules(engine: Engine) -> dict[str, tuple[str, ...]]:
    """Every route of the app with the roles it declares."""
    app = create_app(Config(database_url="", secret_key="for tests only"), engine=engine)
    found = {}
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            found[f"{method} {rule.rule}"] = getattr(view, "rule", ())
    return found


def test_every_route_has_a_rule(rules: dict[str, tuple[str, ...]]) -> None:
    assert [route for route, rule in rules.items() if not rule] == []


def test_every_rule_names_roles_there_are(rules: dict[str, tuple[str, ...]]) -> None:
    for route, rule in rules.items():
        assert rule == ("anybody",) or set(rule) <= set(EVERYBODY), route


def test_only_these_are_public(rules: dict[str, tuple[str, ...]]) -> None:
    assert {route for route, rule in rules.items() if rule == ("anybody",)} == PUBLIC


def test_every_guarded_route_has_a_case_of_the_matrix_that_says_the_same(rules: dict[str, tuple[str, ...]]) -> None:
    guarded = {route: set(rule) for route, rule in rules.items() if rule != ("anybody",)}
    assert {case.route: set(case.roles) for case in matrix.CASES} == guarded


def test_only_the_ways_out_for_facts_are_open_to_a_locked_or_withdrawn_phone(engine: Engine) -> None:
    app = create_app(Config(database_url="", secret_key="for tests only"), engine=engine)
    open_ = {
        rule.rule for rule in app.url_map.iter_rules() if getattr(app.view_functions[rule.endpoint], "sends", False)
    }
    assert "/api/v1/sync" in open_
    assert {route for route in open_ if not route.startswith(("/api/v1/sync", "/api/v1/evidence"))} == set()
