"""Story 1 over HTTP, one client a role: a tank of sludge goes from P by T to D and is burnt, and the regulator sees it.

P is Spruce, T is Camel, D is Vermilion Bird. Nothing is passed from one to the next but what is printed on the label.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import click
import zxingcpp
from PIL import Image
from uuid_utils.compat import uuid7

from api.demo.cast import cast
from api.demo.client import Client, Unexpected
from api.demo.park import PASSWORD
from tracker import verify
from tracker.quantity import show
from tracker.store import Engine

GENERATOR, CARRIER, RECEIVER = "spruce", "camel", "vermilion"
GRAMS = 1_000_000
ASH_GRAMS = 170_000
SLUDGE = {"scheme": "CN-HW", "edition": "2021", "code": "900-210-08"}
ASH = {"scheme": "CN-HW", "edition": "2021", "code": "772-003-18"}


def play(base_url: str, engine: Engine | None = None, *, say: Callable[[str], None] = click.echo) -> int:
    """Play the story against a server that serves the demo park; 0 where all went as told. With ``engine``, the
    database behind that server, the books are folded from zero at the end."""
    story = _Story(base_url, say)
    try:
        park = story.play()
    except (Unexpected, OSError) as error:
        say(f"\n✗ {error}")
        return 1
    if engine is None:
        say("\nverify: not asked, the database is not at hand here")
        return 0
    say("\n核对账簿 / the whole log folded from zero:")
    return _verified(engine, park, say)


def _verified(engine: Engine, park: int, say: Callable[[str], None]) -> int:
    (report,) = verify.parks(engine, [park])
    for line in report.differences:
        say(f"  ✗ {line}")
    say(f"  {report.facts} facts, {report.batches} batches, {report.manifests} manifests")
    say("verify: ok" if report.ok else "verify: the tables differ from the log")
    return 0 if report.ok else 1


@dataclass(slots=True)
class _Story:
    base_url: str
    say: Callable[[str], None]
    steps: int = 0
    clients: dict[str, Client] = field(default_factory=dict)
    sessions: dict[str, dict[str, Any]] = field(default_factory=dict)

    def play(self) -> int:
        """The whole story; the park's number."""
        self._log_in()
        batch = self._generate()
        manifest = self._issue(batch)
        self._pick_up(self._scan("T", "manifests", manifest["id"]))
        self._receive(self._scan("D", "batches", batch))
        self._treat(self._scan("D", "batches", batch))
        self._look(manifest["number"], batch)
        number: int = self.sessions["R"]["park"]["number"]
        return number

    def _step(self, zh: str, en: str) -> None:
        self.steps += 1
        self.say(f"\n{self.steps}. {zh}\n   {en}")

    def _log_in(self) -> None:
        self._step("四人登录：产废、承运、接受、监管", "generator P, carrier T, receiver D and regulator R log in")
        for role, login in (("P", GENERATOR), ("T", CARRIER), ("D", RECEIVER), ("R", "regulator")):
            self.clients[role] = Client(self.base_url)
            self.sessions[role] = self.clients[role].log_in(login, PASSWORD)
            session = self.sessions[role]
            place = session["enterprise"]["name_en"] if session["enterprise"] else session["park"]["name_en"]
            self.say(f"   {role}  {login:<10} {place}")

    def _enterprise(self, role: str) -> str:
        found: str = self.sessions[role]["enterprise"]["id"]
        return found

    def _tell(self, role: str, kind: str, details: dict[str, Any], *, beside: str | None = None, **given: Any) -> None:
        """One fact through the one door; it must be recorded, and nothing be odd about it."""
        fact = {"id": str(uuid7()), "kind": kind, "observed_at": _now(), "details": details} | given
        if beside:
            longitude, latitude = cast().enterprises[beside].at
            fact["place"] = {"longitude": longitude, "latitude": latitude, "accuracy_m": 8.0}
        (receipt,) = self.clients[role].post("/api/v1/sync", {"sent_at": _now(), "facts": [fact]})["receipts"]
        if receipt["verdict"] != "recorded":
            message = f"{kind} was answered {receipt['verdict']}: {receipt['problem']}"
            raise Unexpected(message)
        self.say(f"   → recorded, log index {receipt['index']}")
        for finding in receipt["findings"]:
            self.say(f"     finding {finding['code']}: {finding['en']}")

    def _generate(self) -> str:
        self._step("P 产生 1 吨含油污泥（估重），装一罐", "P generates 1 t of oily sludge (estimated) in one tank")
        batch = str(uuid7())
        details = {"class": SLUDGE, "form": "semi_solid", "container": "储罐", "process": "演示：隔油池清淤"}
        self._tell("P", "generated", details, lines=[{"batch": batch, "grams": GRAMS, "measured": False}])
        return batch

    def _issue(self, batch: str) -> dict[str, Any]:
        self._step(
            "P 开具联单：T 承运，D 接受，焚烧 D10",
            "P issues the manifest: carried by T, received by D, incinerated (D10)",
        )
        plan = {
            "id": str(uuid7()),
            "batches": [{"batch": batch}],
            "carriers": [{"enterprise": self._enterprise("T"), "plate": "京演D1010"}],
            "receiver": self._enterprise("D"),
            "treatment": "D10",
        }
        manifest: dict[str, Any] = self.clients["P"].post("/api/v1/manifests", plan)
        self.say(f"   → {manifest['number']}, short code {manifest['human_code']}, {manifest['state']}")
        return manifest

    def _scan(self, role: str, kind: str, what: str) -> dict[str, Any]:
        """P prints the label, ``role`` holds a camera to it and asks the server what the code says: all he knows."""
        self._step(f"{role} 扫描标签", f"{role} scans the label")
        png = self.clients["P"].bytes_of(f"/api/v1/{kind}/{what}/label.png")
        text = read_code(png)
        self.say(f"   decoded from the PNG ({len(png)} bytes): {text}")
        answer: dict[str, Any] = self.clients[role].get(f"/api/v1/labels/{text.rsplit('/', 1)[-1]}")
        if answer["verdict"] != "genuine":
            message = f"the label is {answer['verdict']}: {answer['problem']}"
            raise Unexpected(message)
        label = answer["label"]
        offered = [act["kind"] for act in (answer["manifest"] or answer["batch"])["next"] if act["likely"]]
        self.say(f"   → genuine, {label['what']} {label['human_code']}, next: {', '.join(offered) or '—'}")
        return answer

    def _pick_up(self, scanned: dict[str, Any]) -> None:
        self._step("T 提货，车牌 京演D1010", "T picks it up with plate 京演D1010")
        manifest = scanned["manifest"]["id"]
        self._tell("T", "picked_up", {"plate": "京演D1010"}, beside=GENERATOR, manifest=manifest)
        self._step("T 到达 D 门口", "T arrives at the gate of D")
        self._tell("T", "arrived", {}, beside=RECEIVER, manifest=manifest)

    def _receive(self, scanned: dict[str, Any]) -> None:
        self._step("D 过磅接收 1.000 吨，拒收 0", "D weighs and receives 1.000 t, refuses nothing")
        batch = scanned["batch"]
        line = {"batch": batch["id"], "grams": GRAMS, "measured": True, "prev": batch["last_fact"]}
        details = {"outcome": "whole"}
        self._tell("D", "received", details, beside=RECEIVER, manifest=batch["manifest"]["id"], lines=[line])

    def _treat(self, scanned: dict[str, Any]) -> None:
        self._step("D 焚烧处置（D10），余灰渣 0.17 吨", "D incinerates it (D10); 0.17 t of ash is left")
        outputs = [
            {"kind": "residue", "grams": ASH_GRAMS, "batch": str(uuid7()), "class": ASH},
            {"kind": "loss", "grams": GRAMS - ASH_GRAMS},
        ]
        line = {"batch": scanned["batch"]["id"], "grams": GRAMS}
        self._tell("D", "treated", {"treatment": "D10", "outputs": outputs}, lines=[line])

    def _look(self, number: str, batch: str) -> None:
        """The regulator sees the whole chain, and its mass account closes to the gram."""
        self._step(f"监管员查看联单 {number} 的全链条", f"the regulator looks at the whole chain of {number}")
        chain = self.clients["R"].get(f"/api/v1/trace/{number}?direction=both")
        for node in chain["nodes"]:
            held = f"{show(node['grams_at_start'])}, now {show(node['grams'])}"
            self.say(
                f"   batch {node['human_code'] or node['id'][:8]}  {node['class']['code']}  {held}  {node['state']}"
            )
        self.say("   who did what:")
        for fact in sorted(chain["facts"], key=lambda one: one["index"]):
            who = (fact["enterprise"] or {}).get("name_en") or "—"
            self.say(f"     #{fact['index']:<6} {fact['observed_at'][:19]}  {fact['kind']:<16} {who}")
        balance = chain["balance"]
        accounts = ("generated", "on_hand", "in_transit", "treated", "lost", "difference", "unexplained")
        self.say("   mass account: " + ", ".join(f"{name} {show(balance[name])}" for name in accounts))
        told = [fact["kind"] for fact in chain["facts"]]
        steps = ["generated", "manifest_issued", "picked_up", "arrived", "received", "treated"]
        if sorted(told) != sorted(steps) or not balance["closes"] or chain["roots"] != [batch]:
            message = f"the chain is not what happened: {told}, {balance}"
            raise Unexpected(message)
        self.say("   → the account closes to the gram")


def read_code(png: bytes) -> str:
    """The text of the QR codes in a picture, which must all say the same."""
    with Image.open(io.BytesIO(png)) as image:
        texts = {barcode.text for barcode in zxingcpp.read_barcodes(image.convert("L"))}
    if len(texts) != 1:
        message = f"the picture holds {len(texts)} different codes"
        raise Unexpected(message)
    return texts.pop()


def _now() -> str:
    return datetime.now(UTC).isoformat()
