"""An inspector at the roadside: a plate as it is read, and the same answer where there is no network."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect
from uuid_utils.compat import uuid7

from tests import makers
from tests.browser.conftest import Site
from tracker import registry, store

Phone = Callable[..., Page]


def _inspector(site: Site) -> None:
    engine = store.engine(site.database_url)
    with store.transaction(engine, site.park) as connection:
        registry.add_person(
            connection, login=site.login("i"), password_hash=makers.PASSWORD_HASH, called="检查员", enterprise=None,
            roles={site.park: "inspector"}, uuid=uuid7(),
        )  # fmt: skip
    engine.dispose()


def _post(page: Page, path: str, body: Any) -> Any:
    return page.evaluate(
        """async ([path, body]) => {
          const { csrf } = await (await fetch('/api/v1/session')).json()
          const headers = { 'Content-Type': 'application/json', 'X-CSRF-Token': csrf }
          return (await fetch('/api/v1/' + path, { method: 'POST', headers, body: JSON.stringify(body) })).json()
        }""",
        [path, body],
    )


def _party(page: Page, role: str, name: str) -> str:
    found = page.evaluate("async (role) => (await fetch('/api/v1/enterprises?role=' + role)).json()", role)
    uuid: str = next(one["id"] for one in found["items"] if one["name_zh"].startswith(name))
    return uuid


def _on_the_road(generator: Page, carrier: Page, plate: str) -> str:
    batch, manifest, at = str(uuid7()), str(uuid7()), makers.now().isoformat()
    waste = {"scheme": makers.SLUDGE.scheme, "edition": makers.SLUDGE.edition, "code": makers.SLUDGE.code}
    born = {
        "id": str(uuid7()), "kind": "generated", "observed_at": at,
        "lines": [{"batch": batch, "grams": 182_000, "measured": True}], "details": {"class": waste},
    }  # fmt: skip
    _post(generator, "sync", {"facts": [born]})
    plan = {
        "id": manifest, "batches": [{"batch": batch}], "treatment": "D10", "receiver": _party(generator, "receiver", "D"),
        "carriers": [{"enterprise": _party(generator, "carrier", "T "), "plate": plate}],
    }  # fmt: skip
    number: str = _post(generator, "manifests", plan)["number"]
    pickup = {
        "id": str(uuid7()), "kind": "picked_up", "observed_at": at, "manifest": manifest, "details": {"plate": plate},
        "place": {"longitude": 116.506, "latitude": 39.795},
    }  # fmt: skip
    _post(carrier, "sync", {"facts": [pickup]})
    return number


def test_a_truck_is_checked_with_and_without_a_network(
    phone: Phone, site: Site, snap: Callable[[Page, str], None]
) -> None:
    _inspector(site)
    number = _on_the_road(phone("p"), phone("t"), "京B55O66")
    inspector = phone("i")
    expect(inspector.get_by_test_id("roadside")).to_be_visible()

    def ask(text: str) -> None:
        inspector.get_by_test_id("roadside-input").fill(text)
        inspector.get_by_test_id("roadside-submit").click()

    verdict, item = inspector.get_by_test_id("road-verdict"), inspector.get_by_test_id("road-item")
    ask("京b·55 066")
    expect(verdict).to_have_attribute("data-meaning", "fine")
    expect(item).to_contain_text(number)
    expect(inspector.get_by_test_id("road-step")).to_contain_text("D 有限公司")
    inspector.get_by_test_id("road-facts").locator("summary").click()
    expect(inspector.locator(".road-fact").first).to_be_visible()
    snap(inspector, "roadside")

    ask("沪Z99999")
    expect(verdict).to_have_attribute("data-meaning", "watch")
    expect(item).to_have_count(0)

    inspector.context.set_offline(True)
    ask("B55066")
    expect(verdict).to_have_attribute("data-offline", "true")
    expect(inspector.get_by_test_id("as-of")).to_be_visible()
    expect(item).to_contain_text(number)
    snap(inspector, "roadside-offline")
    ask(number)
    expect(item).to_contain_text(number)
    ask("京X11111")
    expect(inspector.get_by_test_id("nothing-kept")).to_be_visible()
