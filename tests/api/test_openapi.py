"""The OpenAPI file is valid and honest: thousands of generated calls get what it says, and never a fault of ours."""

import contextlib
from collections import Counter
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from openapi_spec_validator import validate
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks as openapi_checks

from tests.api.parks import API, Park, fact

#: What is asked of every answer. Left out on purpose: ``negative_data_rejection`` and ``positive_data_acceptance`` (a fact
#: that breaks a rule is recorded with findings, and a plan of the right shape may still be refused), ``ignored_auth`` and
#: ``unsupported_method`` (test_auth_matrix and test_problems ask that of every route), and the stateful ones.
CHECKS = [
    schemathesis.checks.not_a_server_error,
    openapi_checks.status_code_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.response_headers_conformance,
    openapi_checks.response_schema_conformance,
]
#: Calls an operation gets from each role and in each mode.
EACH = 6
CALLS_MIN = 2_000
made: Counter[str] = Counter()
answered: Counter[int] = Counter()


@pytest.fixture(scope="module")
def spec(app: Flask) -> dict[str, Any]:
    found: dict[str, Any] = app.test_client().get(f"{API}/openapi.json").get_json()
    return found


def operations(spec: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    methods = ("get", "post", "put", "patch", "delete")
    return [(path, method, at[method]) for path, at in spec["paths"].items() for method in methods if method in at]


def test_the_file_is_valid(spec: dict[str, Any]) -> None:
    validate(spec)
    assert spec["openapi"].startswith("3.1")


def test_every_operation_has_an_id_a_summary_and_says_who_may_call_it(spec: dict[str, Any]) -> None:
    ids = [about["operationId"] for _, _, about in operations(spec)]
    assert len(ids) == len(set(ids)) > 30
    for path, method, about in operations(spec):
        assert about["summary"], (path, method)
        assert about.get("security") == [] or about["x-roles"], (path, method)


def test_every_operation_may_answer_with_a_problem(spec: dict[str, Any]) -> None:
    refused = spec["components"]["responses"]["DEFAULT_ERROR"]
    assert refused["content"] == {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemJson"}}}
    for path, method, about in operations(spec):
        assert about["responses"]["default"] == {"$ref": "#/components/responses/DEFAULT_ERROR"}, (path, method)
        assert {"200", "201", "204"} & set(about["responses"]), (path, method)


def test_what_goes_out_is_always_whole(spec: dict[str, Any]) -> None:
    """A client need not ask whether a field is there: it is, and null where there is nothing to say."""
    batch = spec["components"]["schemas"]["Batch"]
    assert set(batch["required"]) == set(batch["properties"])
    assert batch["additionalProperties"] is False


@pytest.fixture(scope="module")
def pool(park: Park) -> dict[str, list[str]]:
    """Things that are really there, for paths and facts that would otherwise only ever name what is not."""
    batch, manifest = park.delivered()
    fresh = park.P.generated()
    draft = park.P.made("manifests", park.plan(fresh, draft=True), 201)
    lost = fact("treated", fresh, details={"treatment": "R4"})
    park.D.tell(
        lost, fact("stored", fresh, details={"store": str(park.sites["P"])}) | {"lines": [{"batch": lost["id"]}]}
    )
    label = park.P.got(f"manifests/{manifest['id']}")
    finding = park.R.got("findings")["items"][0]
    return {
        "what": [batch, fresh, manifest["id"], manifest["number"], label["human_code"], draft["id"]],
        "batch": [batch, fresh],
        "manifest": [manifest["id"], draft["id"]],
        "label": [label["label_id"]],
        "text": [label["human_code"], label["label_text"].rpartition("/M/")[2], label["label_text"]],
        "enterprise": [str(park.companies["P"]), str(park.companies["D"])],
        "finding": [str(finding["id"])],
        "scheme": ["CN-SW"],
        "edition": ["2024"],
        "code": ["900-099-S07"],
    }


def _made_real(case: Any, data: st.DataObject, pool: dict[str, list[str]]) -> None:
    """Half of the time, what a path or a fact names is there."""
    if data.draw(st.booleans()):
        return
    for name in case.path_parameters or {}:
        if name in pool:
            case.path_parameters[name] = data.draw(st.sampled_from(pool[name]))
    told = case.body.get("facts") if isinstance(case.body, dict) else None
    for one in told if isinstance(told, list) else ():
        lines = one.get("lines") if isinstance(one, dict) else None
        for line in lines if isinstance(lines, list) else ():
            if isinstance(line, dict) and data.draw(st.booleans()):
                line["batch"] = data.draw(st.sampled_from(pool["batch"]))


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("who", ["R", "P"])
def test_generated_calls_get_what_the_file_says(
    app: Flask, park: Park, pool: dict[str, list[str]], who: str, mode: GenerationMode
) -> None:
    schema = schemathesis.openapi.from_wsgi(f"{API}/openapi.json", app)
    # The client that makes the calls does not unpack what was packed.
    headers = {"Authorization": f"Bearer {park.key_of(who)}", "Accept-Encoding": "identity"}
    every = settings(
        max_examples=EACH, deadline=None, derandomize=True, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    for result in schema.get_all_operations():
        operation = result.ok()
        strategy = operation.as_strategy(generation_mode=mode)

        @every
        @given(case=strategy, data=st.data())
        def call(case: Any, data: st.DataObject) -> None:
            _made_real(case, data, pool)
            response = case.call(headers=headers)
            made[case.operation.label] += 1
            answered[response.status_code] += 1
            case.validate_response(response, checks=CHECKS)

        # What takes nothing, or any text at all, cannot be called wrongly.
        with contextlib.suppress(Unsatisfiable):
            call()


def test_there_were_enough_of_them(park: Park) -> None:
    assert made.total() >= CALLS_MIN, made
    assert {200, 201, 404, 422} <= set(answered), answered
