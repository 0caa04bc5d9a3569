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
#: So many tabs are open at a time, and write to one queue.
TABS = 5
#: The share of the last deaths that take the whole process with them; a tab that is closed dies faster.
CRASHES = 0.5
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
        saved = {}
        for at in range(0, DEATHS, TABS):
            saved |= _short_lives(context, network, drums[at : at + TABS], chance)
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


def _short_lives(
    context: BrowserContext, network: Network, drums: list[handset.Drum], chance: random.Random
) -> dict[str, str]:
    """The app is opened, the pickup confirmed, and some moment later the phone is dead, for each of these at about the
    same time; the ids of the facts, by batch, of which the screen said before that they are saved."""
    pages = [(drum, context.new_page()) for drum in drums]
    for drum, page in pages:
        page.goto(f"{network.base}/app/act/picked_up/{drum.code}", wait_until="commit")
    for _, page in pages:
        page.get_by_test_id("confirm").click(timeout=20_000)
    saved = {}
    for drum, page in pages:
        page.wait_for_timeout(chance.random() * LONGEST_LIFE_MS)
        if said := str(page.evaluate(SAID_SAVED)).removeprefix("/app/answer/"):
            saved[drum.batch] = said
        # A crash takes the tabs of the same process along: nothing is asked of them after it.
        if drum is not drums[-1] or chance.random() > CRASHES:
            page.close(run_before_unload=False)
        else:
            _crash(page)
    return saved


def _crash(page: Page) -> None:
    """The whole process of the page ends, and with it whatever it had not yet handed over."""
    with contextlib.suppress(Error):
        page.goto("chrome://crash", timeout=3_000)
    page.close(run_before_unload=False)
