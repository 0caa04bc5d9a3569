"""A shift without any network: fifty drums, and then a network that loses, doubles, delays, cuts and forges answers."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser import handset
from tests.browser.conftest import Site
from tests.faults.proxy import Fault, Network, Weather

OpenPhone = Callable[..., Page]
Snap = Callable[[Page, str], None]
DRUMS = 50
#: In the first the park hears everything, and the phone nothing of it.
ILL: tuple[Fault, ...] = ("lost", "page", "half", "broken", "unheard", "sent_on", "late", "twice")


def _one_after_the_other(faults: tuple[Fault, ...]) -> Weather:
    coming = iter(faults)
    return lambda _method, path: next(coming, "none") if path.startswith("/api/v1/sync") else "none"


def test_fifty_drums_of_a_shift_without_a_network_are_recorded_once_and_in_order(
    site: Site, phone: OpenPhone, snap: Snap
) -> None:
    drums = handset.waiting_for_T(site, DRUMS)
    with Network(site.base) as network:
        page = phone("t", enrolling=True, base=network.base)
        handset.choose_pin(page)
        handset.packed(page, DRUMS)
        page.context.set_offline(True)
        page.reload()
        expect(page.get_by_test_id("unlock")).to_be_visible()
        handset.unlock(page)
        expect(page.get_by_test_id("scan")).to_be_visible()
        saved = [handset.pick_up(page, drum) for drum in drums]
        expect(page.get_by_test_id("saved")).to_have_attribute("data-unsent", str(DRUMS))
        handset.go(page, "/app/outbox")
        expect(page.get_by_test_id("outbox-row")).to_have_count(DRUMS)
        snap(page, "phone-outbox-shift-zh")
        assert handset.pickups(site, drums) == []
        _back_in_a_storm(page, network)
    told = handset.pickups(site, drums)
    assert [(one.id, one.batch) for one in told] == list(zip(saved, [drum.batch for drum in drums], strict=True))
    assert {one.verdict for one in told} == {"recorded"}


def _back_in_a_storm(page: Page, network: Network) -> None:
    network.weather = _one_after_the_other(ILL)
    page.context.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")
    for _ in range(60):
        if page.get_by_test_id("outbox-empty").is_visible():
            break
        # Somebody who sees what is waited for tries again; the phone would by itself, later and later.
        handset.send_now(page)
        page.wait_for_timeout(300)
    expect(page.get_by_test_id("outbox-empty")).to_be_visible()
    assert set(ILL) - set(network.seen) <= {"twice", "late"}
