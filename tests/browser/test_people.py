"""Two handlers share a phone by PIN, with and without a network; it is lost, withdrawn from the desk, and what it still
sends is let in by hand."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text

from tests import makers
from tests.browser.conftest import DESK, Site
from tests.browser.handset import installed
from tracker import people, registry, store

OpenPhone = Callable[..., Page]
Snap = Callable[[Page, str], None]
LI, WANG, BOSS = "pli", "pwang", "pboss"
PINS = {LI: "402917", WANG: "739105"}


@pytest.fixture(scope="module", autouse=True)
def colleagues(site: Site) -> Iterator[None]:
    """Li and Wang, handlers of P, and their manager."""
    engine = store.engine(site.database_url)
    with store.transaction(engine) as connection:
        enterprise = connection.scalar(
            text("SELECT enterprise_id FROM person WHERE login = :login"), {"login": site.login("p")}
        )
        for name, called, role in ((LI, "李师傅", "handler"), (WANG, "王师傅", "handler"), (BOSS, "陈经理", "manager")):
            registry.add_person(
                connection,
                login=site.login(name),
                password_hash=people.HASHER.hash(makers.PASSWORD),
                called=called,
                enterprise=enterprise,
                roles={site.park: role},
            )
    yield
    engine.dispose()


def test_a_shared_phone_from_its_first_pin_to_its_revocation(site: Site, phone: OpenPhone, snap: Snap) -> None:
    page = phone(LI, enrolling=True)
    _choose_pin(page, PINS[LI], snap)
    _second_person(site, page, snap)
    _a_drum_without_a_network(page)
    _lock_and_unlock_without_a_network(site, page, snap)
    desk = phone(BOSS, size=DESK)
    _revoke(site, desk, snap)
    page.context.set_offline(False)
    expect(page.get_by_test_id("withdrawn")).to_be_visible()
    expect(page.get_by_test_id("withdrawn-empty")).to_be_visible()
    snap(page, "phone-withdrawn-zh")
    page.reload()
    expect(page.get_by_test_id("withdrawn")).to_be_visible()
    _let_in(site, desk, snap)


def _press(page: Page, pin: str) -> None:
    for digit in pin:
        page.get_by_test_id(f"pin-{digit}").click()


def _go(page: Page, path: str) -> None:
    """Follow a link inside the app: a page that is loaded anew would ask for the PIN."""
    page.evaluate("""path => {
      const link = Object.assign(document.createElement('a'), { href: path })
      document.body.append(link)
      link.click()
      link.remove()
    }""", path)  # fmt: skip


def _choose_pin(page: Page, pin: str, snap: Snap | None = None) -> None:
    expect(page.get_by_test_id("choose-pin")).to_be_visible()
    _press(page, "123456")
    page.get_by_test_id("choose-next").click()
    expect(page.get_by_test_id("choose-wrong")).to_be_visible()
    expect(page.get_by_test_id("also-sign")).to_be_visible()
    _press(page, pin)
    if snap:
        snap(page, "phone-choose-pin-zh")
    page.get_by_test_id("choose-next").click()
    expect(page.get_by_test_id("also-sign")).to_be_hidden()
    _press(page, pin)
    page.get_by_test_id("choose-finish").click()
    expect(page.get_by_test_id("scan")).to_be_visible()
    assert not [cookie for cookie in page.context.cookies() if cookie["name"] == "wm_session"]


def _second_person(site: Site, page: Page, snap: Snap) -> None:
    """Wang logs in on Li's phone: no cookie of either is left, and the phone knows both."""
    _go(page, "/app/me")
    expect(page.get_by_test_id("person-here")).to_have_count(1)
    page.get_by_test_id("lock-now").click()
    expect(page.get_by_test_id("unlock")).to_be_visible()
    page.get_by_test_id("unlock-other").click()
    page.get_by_test_id("login-user").fill(site.login(WANG))
    page.get_by_test_id("login-password").fill(makers.PASSWORD)
    page.get_by_test_id("login-submit").click()
    _choose_pin(page, PINS[WANG])
    _go(page, "/app/me")
    expect(page.get_by_test_id("person-here")).to_have_count(2)
    expect(page.get_by_test_id("device-name")).to_contain_text("李师傅的手机")
    snap(page, "phone-me-people-zh")


def _a_drum_without_a_network(page: Page) -> None:
    page.get_by_test_id("tab-new").click()
    page.get_by_test_id("class-search").fill("污泥")
    page.get_by_test_id("class-search-option").filter(has_text="900-099-S07").first.click()
    page.get_by_test_id("grams-input").click()
    for digit in "180":
        page.get_by_test_id(f"key-{digit}").click()
    page.get_by_test_id("form-semi_solid").click()
    installed(page)
    page.context.set_offline(True)
    page.get_by_test_id("generate-submit").click()
    expect(page.get_by_test_id("verdict")).to_have_attribute("data-verdict", "unsent")
    _go(page, "/app/me")
    page.get_by_test_id("remove-me").click()
    expect(page.get_by_test_id("remove-unsent")).to_be_visible()


def _unlock(page: Page, login: str, pin: str) -> None:
    page.locator(f"[data-testid=unlock-person][data-login={login}]").click()
    _press(page, pin)
    page.get_by_test_id("unlock-submit").click()


def _lock_and_unlock_without_a_network(site: Site, page: Page, snap: Snap) -> None:
    page.get_by_test_id("lock-now").click()
    snap(page, "phone-unlock-zh")
    for left in (True, True, False):
        _unlock(page, site.login(LI), "918273")
        expect(page.get_by_test_id("unlock-wrong" if left else "unlock-wait")).to_be_visible()
    snap(page, "phone-unlock-wait-zh")
    expect(page.get_by_test_id("pin-1")).to_have_count(0)
    # What Li got wrong does not lock Wang out, and no network is asked.
    _unlock(page, site.login(WANG), PINS[WANG])
    expect(page.get_by_test_id("me")).to_be_visible()
    expect(page.locator(".me-name")).to_have_text("王师傅")


def _revoke(site: Site, desk: Page, snap: Snap) -> None:
    desk.goto(f"{site.base}/app/desk/phones")
    row = desk.get_by_test_id("phone-row")
    expect(row).to_contain_text("王师傅")
    row.get_by_test_id("revoke").click()
    row.get_by_test_id("revoke-reason").fill("在运输途中遗失")
    snap(desk, "desk-phones-zh")
    row.get_by_test_id("revoke-now").click()
    expect(row.get_by_test_id("phone-revoked")).to_contain_text("陈经理")


def _let_in(site: Site, desk: Page, snap: Snap) -> None:
    desk.reload()
    held = desk.get_by_test_id("quarantined")
    expect(held).to_have_attribute("data-state", "held")
    expect(held).to_contain_text("王师傅")
    snap(desk, "desk-quarantine-zh")
    fact = held.get_attribute("data-fact")
    held.get_by_test_id("let-in").click()
    expect(held).to_have_attribute("data-state", "admitted")
    engine = store.engine(site.database_url)
    with store.transaction(engine, site.park) as connection:
        rows = connection.execute(
            text(
                "SELECT p.login, n.code FROM fact f JOIN person p ON p.id = f.person_id JOIN finding n"
                ' ON n.park_id = f.park_id AND n."index" = f."index" WHERE f.park_id = :park AND f.id = :fact'
            ),
            {"park": site.park, "fact": fact},
        ).all()
    engine.dispose()
    assert {row.login for row in rows} == {site.login(WANG)}
    assert "device_withdrawn" in {row.code for row in rows}
