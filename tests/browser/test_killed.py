"""The phone dies fifty times, while it writes down and while it sends, in a network that plays tricks."""

import contextlib
import random
from collections.abc import Callable

from playwright.sync_api import BrowserContext, Error, Page, expect

from tests.browser import handset
from tests.browser.conftest import Site
from tests.faults.proxy import Network, fine, storm

OpenPhone = Callable[..., Page]
DEATHS = 50
#: The share of deaths that take the whole process with them; a tab that is closed dies faster.
CRASHES = 0.1
SEED = 20261122
#: Long enough for some to be written, sent and answered before the end, short enough for some not even to be written.
LONGEST_LIFE_MS = 300
SAID_SAVED = "() => document.querySelector('[data-testid=saved],[data-testid=verdict]') ? location.pathname : ''"


def test_what_a_screen_called_saved_is_in_the_log_once_however_often_the_phone_died(
    site: Site, phone: OpenPhone
) -> None:
    chance = random.Random(SEED)
    drums = handset.waiting_for_T(site, DEATHS)
    with Network(site.base) as network:
        page = phone("t", base=network.base)
        handset.packed(page, DEATHS)
        context = page.context
        page.close()
        odds = {"lost": 0.25, "twice": 0.15, "late": 0.1, "half": 0.1, "page": 0.1, "broken": 0.1, "unheard": 0.1}
        network.weather = storm(SEED, odds)  # type: ignore[arg-type]
        saved = {drum.batch: said for drum in drums if (said := _a_short_life(context, network, drum, chance))}
        network.weather = fine
        page = context.new_page()
        page.goto(f"{network.base}/app/outbox")
        expect(page.get_by_test_id("outbox-empty")).to_be_visible()
    told = handset.pickups(site, drums)
    assert len({one.batch for one in told}) == len(told)
    in_the_log = {one.batch: one.id for one in told}
    assert {batch: in_the_log.get(batch) for batch in saved} == saved
    # Enough lives were long enough to say so.
    assert len(saved) > 10
    assert network.seen["lost"] > 0


def _a_short_life(context: BrowserContext, network: Network, drum: handset.Drum, chance: random.Random) -> str:
    """The app is opened, the pickup confirmed, and some moment later the phone is dead; the id of the fact if the
    screen said before that it is saved."""
    page = context.new_page()
    page.goto(f"{network.base}/app/act/picked_up/{drum.code}", wait_until="commit")
    page.get_by_test_id("confirm").click(timeout=20_000)
    page.wait_for_timeout(chance.random() * LONGEST_LIFE_MS)
    said = str(page.evaluate(SAID_SAVED))
    if chance.random() < CRASHES:
        _crash(page)
    else:
        page.close(run_before_unload=False)
    return said.removeprefix("/app/answer/")


def _crash(page: Page) -> None:
    """The whole process of the page ends, and with it whatever it had not yet handed over."""
    with contextlib.suppress(Error):
        page.goto("chrome://crash", timeout=3_000)
    page.close(run_before_unload=False)
