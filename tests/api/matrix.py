"""Who may call what: one case a route, written down by hand, so that a rule changed by mistake is seen twice."""

from dataclasses import dataclass, field
from typing import Any

EVERYBODY = ("handler", "manager", "regulator", "inspector", "auditor")
TELLERS = ("handler", "manager")
#: Stands in a path for an id that nothing has: who may call gets 404, who may not gets 403 and learns nothing.
NOTHING = "00000000-0000-7000-8000-000000000000"


@dataclass(frozen=True)
class Case:
    """``allowed`` is what somebody of these roles gets: the answer, or why this very call is no good."""

    route: str
    roles: tuple[str, ...]
    allowed: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def method(self) -> str:
        return self.route.partition(" ")[0]

    @property
    def path(self) -> str:
        """The route with something in place of its parameters."""
        path = self.route.partition(" ")[2]
        for parameter, value in {
            "<any(png, svg):form>": "png",
            "<int:finding>": "0",
            "<int:key>": "0",
            "<string:sha256>": "0" * 64,
            "<path:text>": "HTTPS://WASTE.PARK.CN/M/ABC",
            "<string:scheme>": "CN-SW",
            "<string:edition>": "2024",
            "<string:code>": "900-099-S07",
        }.items():
            path = path.replace(parameter, value)
        for parameter in (
            "<string:what>",
            "<uuid:batch>",
            "<uuid:manifest>",
            "<uuid:label>",
            "<uuid:enterprise>",
            "<uuid:order>",
            "<uuid:proposal>",
            "<uuid:label>",
            "<uuid:enterprise>",
            "<uuid:mandate>",
            "<uuid:permit>",
            "<uuid:block>",
            "<uuid:device>",
            "<uuid:fact>",
            "<uuid:roll>",
        ):
            path = path.replace(parameter, NOTHING)
        assert "<" not in path, path
        return path


_PLAN = {"id": NOTHING, "batches": [], "carriers": [], "receiver": NOTHING, "treatment": "D10"}
_SHEET = {
    "id": NOTHING, "sheet": "E-1", "written_at": "2026-11-21T08:30:00+08:00", "batches": [], "carriers": [],
    "receiver": NOTHING, "treatment": "D10",
}  # fmt: skip
_PERMIT = {"number": "x", "codes": ["CN-SW:*"], "valid_from": "2026-01-01", "valid_to": "2026-12-31"}
_READ = {"If-Match": '"1"'}
_EXTERNAL = {"system": "customs", "number": "X1"}
_A = "/api/v1"
_STALE = {"If-Match": '"7"'}
CASES = [
    Case(f"GET {_A}/session", EVERYBODY, 200),
    Case(f"DELETE {_A}/session", EVERYBODY, 204),
    Case(f"POST {_A}/sync", TELLERS, 422, {"facts": []}),
    Case(f"POST {_A}/devices", TELLERS, 422, {"id": NOTHING}),
    Case(f"GET {_A}/devices", ("manager", "regulator"), 200),
    Case(f"POST {_A}/devices/<uuid:device>/revocation", ("manager", "regulator"), 404, {"reason": "x"}),
    Case(f"POST {_A}/devices/<uuid:device>/people", TELLERS, 404),
    Case(f"GET {_A}/quarantine", ("manager", "regulator"), 200),
    Case(f"POST {_A}/quarantine/<uuid:fact>/admission", ("manager", "regulator"), 404),
    Case(f"POST {_A}/quarantine/<uuid:fact>/set-aside", ("manager", "regulator"), 404, {"reason": "x"}),
    Case(f"POST {_A}/outbox-files", (*TELLERS, "regulator"), 422, {"person": NOTHING, "device": NOTHING, "facts": []}),
    Case(f"POST {_A}/check", TELLERS, 422, {"facts": []}),
    Case(f"GET {_A}/batches", EVERYBODY, 200),
    Case(f"GET {_A}/batches/<string:what>", EVERYBODY, 404),
    Case(f"GET {_A}/batches/<string:what>/facts", EVERYBODY, 404),
    Case(f"POST {_A}/batches/<uuid:batch>/label", TELLERS, 404),
    Case(f"GET {_A}/batches/<string:what>/label.<any(png, svg):form>", EVERYBODY, 404),
    Case(f"GET {_A}/manifests", EVERYBODY, 200),
    Case(f"POST {_A}/manifests", TELLERS, 422, _PLAN),
    Case(f"GET {_A}/manifests/<string:what>", EVERYBODY, 404),
    Case(f"PUT {_A}/manifests/<uuid:manifest>", TELLERS, 404, _PLAN, {"If-Match": '"1"'}),
    Case(f"POST {_A}/manifests/<uuid:manifest>/issue", TELLERS, 404),
    Case(f"POST {_A}/manifests/<uuid:manifest>/changes", TELLERS, 422, {"id": NOTHING, "reason": "…"}),
    Case(f"POST {_A}/manifests/<uuid:manifest>/return", TELLERS, 404, {"id": NOTHING}),
    Case(f"GET {_A}/proposals", EVERYBODY, 200),
    Case(f"GET {_A}/proposals/<uuid:proposal>", EVERYBODY, 404),
    Case(f"POST {_A}/manifests/<uuid:manifest>/void", (*TELLERS, "regulator"), 404, {"reason": "x"}),
    Case(f"GET {_A}/manifests/<string:what>/next", EVERYBODY, 404),
    Case(f"GET {_A}/manifests/<string:what>/label.<any(png, svg):form>", EVERYBODY, 404),
    Case(f"GET {_A}/manifests/<uuid:manifest>/external-numbers", EVERYBODY, 404),
    Case(f"POST {_A}/manifests/<uuid:manifest>/external-numbers", (*TELLERS, "regulator"), 404, _EXTERNAL),
    Case(
        f"POST {_A}/manifests/<uuid:manifest>/external-numbers/<int:key>/remove",
        (*TELLERS, "regulator"),
        404,
        {"reason": "x"},
    ),
    Case(f"GET {_A}/number-blocks/held", TELLERS, 422),
    Case(f"GET {_A}/label-rolls", EVERYBODY, 200),
    Case(f"POST {_A}/label-rolls", TELLERS, 422, {"id": NOTHING, "count": 0}),
    Case(f"GET {_A}/label-rolls/<uuid:roll>", EVERYBODY, 404),
    Case(f"POST {_A}/label-rolls/<uuid:roll>/print", TELLERS, 404, {}),
    Case(f"POST {_A}/label-rolls/<uuid:roll>/withdraw", ("manager", "regulator"), 404, {"reason": "x"}),
    Case(f"GET {_A}/roadside", ("handler", "manager", "inspector", "regulator"), 422),
    Case(f"GET {_A}/number-blocks", EVERYBODY, 200),
    Case(f"POST {_A}/number-blocks", TELLERS, 422, {"id": NOTHING}),
    Case(f"GET {_A}/number-blocks/<uuid:block>", EVERYBODY, 404),
    Case(
        f"POST {_A}/number-blocks/<uuid:block>/close",
        (*TELLERS, "regulator"),
        404,
        {"reason": "x", "outcome": "returned"},
    ),
    Case(f"POST {_A}/signatures", TELLERS, 404, {"id": NOTHING, "manifest": NOTHING, "side": "generator"}),
    Case(f"POST {_A}/signatures/bulk", TELLERS, 200, {"manifests": [NOTHING], "side": "generator"}),
    Case(f"GET {_A}/signatures/pin", TELLERS, 200),
    Case(f"PUT {_A}/signatures/pin", TELLERS, 422, {}),
    Case(f"GET {_A}/mandates", EVERYBODY, 200),
    Case(f"POST {_A}/mandates", ("manager",), 422, {}),
    Case(f"POST {_A}/mandates/<uuid:mandate>/revoke", ("manager",), 404),
    Case(f"GET {_A}/manifests/<string:what>/paper.pdf", EVERYBODY, 404),
    Case(f"GET {_A}/trace/<string:what>/report.pdf", EVERYBODY, 404),
    Case(f"POST {_A}/manifests/backfill", TELLERS, 422, _SHEET),
    Case(f"POST {_A}/sheets", ("manager", "regulator"), 422, {"id": NOTHING, "count": 0}),
    Case(f"GET {_A}/sheets", EVERYBODY, 200),
    Case(f"GET {_A}/sheets/<uuid:order>/stack.pdf", EVERYBODY, 404),
    Case(f"GET {_A}/labels/<path:text>", EVERYBODY, 200),
    Case(f"GET {_A}/evidence/<string:sha256>", EVERYBODY, 404),
    Case(f"POST {_A}/evidence/<string:sha256>", TELLERS, 422, {}),
    Case(f"PATCH {_A}/evidence/<string:sha256>", TELLERS, 422),
    Case(f"GET {_A}/qr/<uuid:label>.<any(png, svg):form>", EVERYBODY, 404),
    Case(f"GET {_A}/label-layouts", EVERYBODY, 200),
    Case(f"POST {_A}/label-prints", TELLERS, 404, {"batches": [NOTHING]}),
    Case(f"GET {_A}/label-words", TELLERS, 200),
    Case(f"GET {_A}/label-words/<string:scheme>/<string:edition>/<string:code>", TELLERS, 200),
    Case(f"PUT {_A}/label-words/<string:scheme>/<string:edition>/<string:code>", ("manager",), 412, {}, _STALE),
    Case(f"GET {_A}/label-contact", TELLERS, 200),
    Case(f"PUT {_A}/label-contact", ("manager",), 412, {}, _STALE),
    Case(f"GET {_A}/trace/<string:what>", EVERYBODY, 404),
    Case(f"GET {_A}/balance", EVERYBODY, 200),
    Case(f"GET {_A}/catalogue/schemes", EVERYBODY, 200),
    Case(f"GET {_A}/catalogue/classes", EVERYBODY, 200),
    Case(f"GET {_A}/catalogue/classes/<string:scheme>/<string:edition>/<string:code>", EVERYBODY, 200),
    Case(f"GET {_A}/catalogue/treatments", EVERYBODY, 200),
    Case(f"GET {_A}/enterprises", EVERYBODY, 200),
    Case(f"GET {_A}/enterprises/<uuid:enterprise>", EVERYBODY, 404),
    Case(
        f"POST {_A}/enterprises/<uuid:enterprise>/permits",
        ("manager", "regulator"),
        404,
        _PERMIT | {"id": NOTHING, "acts_as": "carrier"},
    ),
    Case(f"GET {_A}/permits/<uuid:permit>", EVERYBODY, 404),
    Case(f"PUT {_A}/permits/<uuid:permit>", ("manager", "regulator"), 404, _PERMIT, _READ),
    Case(f"POST {_A}/permits/<uuid:permit>/confirm", ("regulator",), 404, None, _READ),
    Case(f"POST {_A}/permits/<uuid:permit>/end", ("manager", "regulator"), 404, {"day": "2026-11-21"}, _READ),
    Case(f"GET {_A}/profile", EVERYBODY, 200),
    Case(f"GET {_A}/pack", EVERYBODY, 200),
    Case(f"GET {_A}/places", EVERYBODY, 200),
    Case(f"GET {_A}/park", EVERYBODY, 200),
    Case(f"GET {_A}/findings", EVERYBODY, 200),
    Case(f"POST {_A}/findings/<int:finding>/answer", ("manager", "regulator"), 404, {"text": "x"}),
    Case(f"GET {_A}/alerts", EVERYBODY, 200),
    Case(f"GET {_A}/waiting", EVERYBODY, 200),
    Case(f"GET {_A}/search", EVERYBODY, 200),
    Case(f"GET {_A}/summary", EVERYBODY, 200),
]
