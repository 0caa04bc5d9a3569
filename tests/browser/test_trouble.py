"""What befalls a phone: no room, a wrong clock, answers that are none, and a signature on somebody else's phone without
a network."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests import makers
from tests.browser import handset
from tests.browser.conftest import Site
from tests.faults.proxy import Fault, Network, fine, storm

OpenPhone = Callable[..., Page]
Snap = Callable[[Page, str], None]
DAY_MS = 86_400_000
#: A phone's clock that is wrong by as much as it says in its own storage, from the first line of the page on.
WRONG_CLOCK = """
const off = () => Number(localStorage.getItem('clock-off') ?? 0), Real = Date
globalThis.Date = class extends Real {
  constructor(...given) { given.length ? super(...given) : super(Real.now() + off()) }
  static now() { return Real.now() + off() }
}
"""


def test_a_full_phone_says_that_nothing_was_saved_and_saves_once_there_is_room(
    site: Site, phone: OpenPhone, snap: Snap
) -> None:
    (drum,) = handset.waiting_for_T(site, 1)
    page = phone("t")
    handset.packed(page, 1)
    page.context.set_offline(True)
    handset.look_up(page, drum.code)
    page.get_by_test_id("act-picked_up").click()
    expect(page.get_by_test_id("confirm")).to_be_enabled()
    page.evaluate(
        """() => {
          const add = IDBObjectStore.prototype.add
          globalThis.makeRoom = () => { IDBObjectStore.prototype.add = add }
          IDBObjectStore.prototype.add = () => { throw new DOMException('full', 'QuotaExceededError') }
        }"""
    )
    page.get_by_test_id("confirm").click()
    expect(page.get_by_test_id("cannot-save")).to_contain_text("手机空间已满")
    snap(page, "phone-full-zh")
    assert "/app/act/" in page.url
    page.evaluate("() => makeRoom()")
    page.get_by_test_id("confirm").click()
    expect(page.get_by_test_id("saved")).to_have_attribute("data-unsent", "1")
    page.context.set_offline(False)
    expect(page.get_by_test_id("verdict")).to_have_attribute("data-verdict", "recorded", timeout=60_000)
    assert [one.verdict for one in handset.pickups(site, [drum])] == ["recorded"]


def _set_clock(page: Page, days: int) -> None:
    page.evaluate("off => localStorage.setItem('clock-off', off)", str(days * DAY_MS))


def test_a_clock_wrong_by_a_day_or_a_year_is_found_and_costs_nothing(site: Site, phone: OpenPhone, snap: Snap) -> None:
    off = (-365, -1, 1, 365)
    drums = handset.waiting_for_T(site, len(off))
    page = phone("t", enrolling=True)
    page.context.add_init_script(WRONG_CLOCK)
    handset.choose_pin(page)
    saved = []
    for drum, days in zip(drums, off, strict=True):
        _set_clock(page, days)
        page.reload()
        handset.unlock(page)
        expect(page.get_by_test_id("unlock")).to_be_hidden()
        saved.append(handset.pick_up(page, drum))
        expect(page.get_by_test_id("verdict")).to_have_attribute("data-verdict", "recorded", timeout=60_000)
        if days == 365:
            snap(page, "phone-clock-ahead-zh")
    told = handset.pickups(site, drums)
    assert [one.id for one in told] == saved
    found = [one.findings & {"clock_ahead", "clock_behind", "time_implausible"} for one in told]
    assert found == [{"clock_behind"}, {"clock_behind"}, {"clock_ahead"}, {"clock_ahead"}]
    _a_lock_outlives_the_clock(page)


def _a_lock_outlives_the_clock(page: Page) -> None:
    """Three wrong PINs; then somebody sets the clock back, a day and a year, and starts the app again."""
    _set_clock(page, 0)
    page.reload()
    for said in ("unlock-wrong", "unlock-wrong", "unlock-wait"):
        handset.unlock(page, "918273")
        expect(page.get_by_test_id(said)).to_be_visible()
    for days in (-1, -365):
        _set_clock(page, days)
        page.reload()
        expect(page.get_by_test_id("unlock-wait")).to_be_visible()
        expect(page.get_by_test_id("pin-1")).to_have_count(0)


#: What comes instead of an answer, and what the phone then says it waits for. The page of a captive portal itself is in
#: test_offline.py.
INSTEAD: tuple[tuple[Fault, str], ...] = (
    ("broken", "server"), ("unheard", "silent"), ("lost", "silent"), ("half", "garbled"), ("sent_on", "portal"),
)  # fmt: skip


def test_whatever_comes_instead_of_an_answer_the_rows_stay_and_the_words_say_why(site: Site, phone: OpenPhone) -> None:
    drums = handset.waiting_for_T(site, len(INSTEAD))
    with Network(site.base) as network:
        page = phone("t", base=network.base)
        handset.packed(page, len(INSTEAD))
        for unsent, (drum, (fault, waits)) in enumerate(zip(drums, INSTEAD, strict=True), 1):
            network.weather = storm(0, {fault: 1.0})
            handset.pick_up(page, drum)
            handset.go(page, "/app/outbox")
            expect(page.get_by_test_id("outbox-row")).to_have_count(unsent)
            handset.send_now(page)
            expect(page.get_by_test_id("waits-for")).to_have_attribute("data-waits", waits)
            expect(page.get_by_test_id("outbox-row")).to_have_count(unsent)
        network.weather = fine
        handset.send_now(page)
        expect(page.get_by_test_id("outbox-empty")).to_be_visible()
    told = handset.pickups(site, drums)
    assert sorted(one.batch for one in told) == sorted(drum.batch for drum in drums)
    assert {one.verdict for one in told} == {"recorded"}


@pytest.fixture
def pin_of_p(site: Site) -> Iterator[None]:
    """P's handler has a PIN to sign with; what the trial leaves locked is opened again."""
    with handset.Program(site, "p") as p:
        p.put("signatures/pin", {"password": makers.PASSWORD, "pin": handset.PIN})
        yield
        p.put("signatures/pin", {"password": makers.PASSWORD, "pin": handset.PIN})


def test_the_generator_signs_on_the_drivers_phone_where_there_is_no_network(
    site: Site, phone: OpenPhone, snap: Snap, pin_of_p: None
) -> None:
    (drum,) = handset.waiting_for_T(site, 1)
    before = _tries(site)
    page = phone("t")
    handset.packed(page, 1)
    page.context.set_offline(True)
    handset.pick_up(page, drum)
    # At the gate: a slip of the finger, the right PIN, and then somebody who guesses.
    page.get_by_test_id("sign-here").click()
    page.get_by_test_id("signer").fill(site.login("p"))
    sign = page.url
    for at, pin in enumerate(("000000", handset.PIN, "000001", "000002", "000003", handset.PIN)):
        if at:
            handset.go(page, sign)
        handset.press(page, pin)
        page.get_by_test_id("sign-submit").click()
        expect(page.get_by_test_id("sign-kept")).to_be_visible()
        if at == 0:
            snap(page, "phone-sign-kept-zh")
        page.get_by_test_id("sign-back").click()
        expect(page.get_by_test_id("what")).to_be_visible()
    assert _tries(site) == before
    page.context.set_offline(False)
    handset.go(page, "/app/outbox")
    expect(page.get_by_test_id("unread-row")).to_have_count(5)
    expect(page.get_by_test_id("outbox-row")).to_have_count(0)
    snap(page, "phone-signs-denied-zh")
    page.get_by_test_id("unread-row").last.click()
    expect(page.get_by_test_id("verdict")).to_have_attribute("data-verdict", "turned_away")
    snap(page, "phone-sign-denied-zh")
    assert _tries(site)[len(before) :] == ["wrong", "granted", "wrong", "wrong", "wrong", "locked"]
    assert _signatures(site, drum) == 1


def _tries(site: Site) -> list[str]:
    """How every try of P's PIN ended, the oldest first."""
    with handset.Program(site, "p") as p:
        return [one["outcome"] for one in reversed(p.get("signatures/pin")["attempts"])]


def _signatures(site: Site, drum: handset.Drum) -> int:
    with handset.Program(site, "p") as p:
        found: int = len(p.get(f"manifests/{drum.manifest}")["signatures"])
    return found
