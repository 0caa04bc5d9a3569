"""What the trials of the phone have in common: drums that wait for a driver, a PIN, and what the park's log says."""

from dataclasses import dataclass
from typing import Any, Self
from uuid import UUID

import httpx
from playwright.sync_api import Page, expect
from sqlalchemy import text

from tests import makers
from tests.api.parks import fact, fresh
from tests.browser.conftest import Site
from tracker import store

PIN = "402917"
RAGS = {"scheme": "CN-HW", "edition": "2021", "code": "900-041-49"}

#: Tells facts from a page, with the session of whoever looks at it.
TELL = """async (facts) => {
  const { csrf } = await (await fetch('/api/v1/session')).json()
  const answer = await fetch('/api/v1/sync', { method: 'POST', body: JSON.stringify({ facts }),
    headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': csrf } })
  return answer.json()
}"""


@dataclass(frozen=True)
class Drum:
    """What a driver has in front of him."""

    batch: str
    code: str
    manifest: str


class Program:
    """The program of an enterprise, which talks to the park while we look at a phone."""

    def __init__(self, site: Site, who: str) -> None:
        self.http = httpx.Client(base_url=f"{site.base}/api/v1/", timeout=30)
        session = self.post("session", {"login": site.login(who), "password": makers.PASSWORD})
        self.http.headers["X-CSRF-Token"] = session["csrf"]
        self.id: str = session["enterprise"]["id"]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def post(self, path: str, body: dict[str, Any]) -> Any:
        answer = self.http.post(path, json=body)
        assert answer.is_success, answer.text
        return answer.json()

    def put(self, path: str, body: dict[str, Any]) -> None:
        answer = self.http.put(path, json=body)
        assert answer.is_success, answer.text

    def get(self, path: str) -> Any:
        answer = self.http.get(path)
        assert answer.is_success, answer.text
        return answer.json()


def waiting_for_T(site: Site, count: int) -> list[Drum]:
    """Drums of oily rags of P, each with a manifest of its own by T to D."""
    with Program(site, "p") as p, Program(site, "t") as t, Program(site, "d") as d:
        return _shipped(p, t.id, d.id, [fresh() for _ in range(count)])


def _shipped(p: Program, carrier: str, receiver: str, batches: list[str]) -> list[Drum]:
    told = [fact("generated", batch, grams=182_000 + n, measured=True, details={"class": RAGS, "container": "drum", "form": "solid"})
            for n, batch in enumerate(batches)]  # fmt: skip
    receipts = p.post("sync", {"facts": told})["receipts"]
    assert {receipt["verdict"] for receipt in receipts} == {"recorded"}, receipts
    drums = []
    for batch in batches:
        plan = {
            "id": fresh(),
            "batches": [{"batch": batch}],
            "carriers": [{"enterprise": carrier, "plate": "京A12345"}],
            "receiver": receiver,
            "treatment": "D10",
        }
        issued = p.post("manifests", plan)
        drums.append(Drum(batch, issued["lines"][0]["batch"]["human_code"], issued["id"]))
    return drums


def press(page: Page, pin: str) -> None:
    for digit in pin:
        page.get_by_test_id(f"pin-{digit}").click()


def go(page: Page, path: str) -> None:
    """Follow a link inside the app: a page that is loaded anew would ask for the PIN."""
    page.evaluate(
        """path => {
          const link = Object.assign(document.createElement('a'), { href: path })
          document.body.append(link)
          link.click()
          link.remove()
        }""",
        path,
    )


def choose_pin(page: Page, pin: str = PIN) -> None:
    for done in ("choose-next", "choose-finish"):
        press(page, pin)
        page.get_by_test_id(done).click()
    expect(page.get_by_test_id("scan")).to_be_visible()


def unlock(page: Page, pin: str = PIN) -> None:
    press(page, pin)
    page.get_by_test_id("unlock-submit").click()


def installed(page: Page) -> None:
    """All files of the app are on the phone: its service worker takes over only when they are."""
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    page.wait_for_load_state("networkidle")


def packed(page: Page, at_least: int = 1, saying: str = "") -> None:
    """The phone has all it needs for the time without a network: the app, and so many drums in its pocket, which says
    this somewhere."""
    installed(page)
    page.wait_for_function(
        """async ([least, saying]) => {
          if (!(await indexedDB.databases()).some((each) => each.name === 'pocket')) return false
          const db = await new Promise((done) => { const r = indexedDB.open('pocket'); r.onsuccess = () => done(r.result) })
          const packs = await new Promise((done) => {
            const r = db.transaction('packs').objectStore('packs').getAll(); r.onsuccess = () => done(r.result) })
          db.close()
          const all = JSON.stringify(packs)
          return packs.length > 0 && all.includes(saying) && all.split('human_code').length > least
        }""",
        arg=[at_least, saying],
    )
    page.wait_for_load_state("networkidle")


def look_up(page: Page, code: str) -> None:
    """Type the code that stands on a drum."""
    go(page, "/app/type")
    page.get_by_test_id("typed-code").fill(code)
    page.get_by_test_id("typed-submit").click()
    expect(page.get_by_test_id("what")).to_be_visible()


def pick_up(page: Page, drum: Drum) -> str:
    """Look a drum up, say that it is loaded; the id under which the phone said it is saved."""
    look_up(page, drum.code)
    page.get_by_test_id("act-picked_up").click()
    page.get_by_test_id("confirm").click()
    expect(page.get_by_test_id("saved").or_(page.get_by_test_id("verdict")).first).to_be_visible()
    return page.url.split("/app/answer/")[1].split("?")[0]


@dataclass(frozen=True)
class Told:
    """A pickup in the log of the park."""

    id: str
    batch: str
    verdict: str
    findings: frozenset[str]


_PICKUPS = """
SELECT f."index", f.id, b.uuid AS batch, f.verdict, array_remove(array_agg(n.code), NULL) AS findings
FROM fact f JOIN posting o ON o.park_id = f.park_id AND o."index" = f."index"
JOIN batch b ON b.park_id = o.park_id AND b.id = o.batch_id
LEFT JOIN finding n ON n.park_id = f.park_id AND n."index" = f."index"
WHERE f.kind = 'picked_up' AND b.uuid = ANY(:batches)
GROUP BY f."index", f.id, b.uuid, f.verdict ORDER BY f."index"
"""


def send_now(page: Page) -> None:
    """Press the button where it is: the phone sends by itself too, and then there is nothing left to press."""
    page.evaluate("() => document.querySelector('[data-testid=send-now]:not(:disabled)')?.click()")


def pickups(site: Site, drums: list[Drum]) -> list[Told]:
    """All pickups of these drums, in the order of the log."""
    engine = store.engine(site.database_url)
    with store.transaction(engine, site.park) as connection:
        rows = connection.execute(text(_PICKUPS), {"batches": [UUID(drum.batch) for drum in drums]}).all()
    engine.dispose()
    return [Told(str(row.id), str(row.batch), row.verdict, frozenset(row.findings)) for row in rows]
