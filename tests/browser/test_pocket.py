"""What the phone knows in a basement: the whole screen, the legal act, "saved, unsent 1"; and two phones, one drum."""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page, Route, expect
from sqlalchemy import text

from tests.browser.conftest import Site
from tests.browser.handset import go, look_up, packed
from tracker import store

OpenPhone = Callable[..., Page]
Snap = Callable[[Page, str], None]


@dataclass(frozen=True)
class Drum:
    """What a driver has in front of him."""

    code: str
    label: str
    #: What stands on its manifest.
    paper: str


def _ship(site: Site, page: Page, grams: int, carriers: tuple[str, ...] = ("T",)) -> Drum:
    """P's phone records a drum of oily rags and issues its manifest, over the same API as its screens do."""
    made: dict[str, str] = page.evaluate(
        """async ({grams, carriers}) => {
          const session = await (await fetch('/api/v1/session')).json()
          const headers = {'Content-Type': 'application/json', 'X-CSRF-Token': session.csrf}
          const uuid = () => { const h = Date.now().toString(16).padStart(12, '0')
            const r = [...crypto.getRandomValues(new Uint8Array(10))].map((b) => b.toString(16).padStart(2, '0')).join('')
            return `${h.slice(0, 8)}-${h.slice(8)}-7${r.slice(0, 3)}-8${r.slice(3, 6)}-${r.slice(6, 18)}` }
          const call = async (method, path, body) => {
            const answer = await fetch('/api/v1/' + path, {method, headers, body: body && JSON.stringify(body)})
            if (!answer.ok) throw new Error(await answer.text())
            return answer.json()
          }
          const batch = uuid()
          const fact = {id: uuid(), kind: 'generated', observed_at: new Date().toISOString(), lines: [{batch, grams, measured: true}],
            details: {class: {scheme: 'CN-HW', edition: '2021', code: '900-041-49'}, container: 'drum', form: 'solid'}}
          await call('POST', 'sync', {facts: [fact]})
          const known = (await call('GET', 'enterprises?limit=200')).items
          const named = (name) => known.find((each) => each.name_en === name + ' Ltd').id
          const manifest = await call('POST', 'manifests', {id: uuid(), batches: [{batch}], receiver: named('D'), treatment: 'D10',
            carriers: carriers.map((name) => ({enterprise: named(name), plate: '京A12345'}))})
          const shown = await call('GET', 'batches/' + batch)
          return {code: shown.human_code, label: shown.label_text, paper: manifest.label_text}
        }""",
        {"grams": grams, "carriers": list(carriers)},
    )
    return Drum(made["code"], made["label"], made["paper"])


def _pick_up(page: Page, plate: str | None = None) -> None:
    page.get_by_test_id("act-picked_up").click()
    if plate:
        page.get_by_test_id("plate").fill(plate)
    page.get_by_test_id("confirm").click()


def test_a_driver_in_a_basement_sees_the_whole_drum_picks_it_up_and_is_recorded_later(
    site: Site, phone: OpenPhone, snap: Snap
) -> None:
    drum = _ship(site, phone("p"), 182_000)
    page = phone("t")
    packed(page)
    page.context.set_offline(True)
    look_up(page, drum.code)
    expect(page.get_by_test_id("as-of")).to_be_visible()
    expect(page.get_by_test_id("mass")).to_have_attribute("data-grams", "182000")
    expect(page.get_by_test_id("tag")).to_contain_text("P 有限公司")
    expect(page.get_by_test_id("tag")).to_contain_text("900-041-49")
    assert page.get_by_test_id("hazards").locator("li").count() > 0
    expect(page.get_by_test_id("state")).to_have_attribute("data-state", "reserved")
    # Whose step the others are is said by name, without a network as with one.
    expect(page.get_by_test_id("not-now")).to_contain_text("D 有限公司")
    snap(page, "phone-offline-what-zh")
    _pick_up(page)
    expect(page.get_by_test_id("saved")).to_have_attribute("data-unsent", "1")
    snap(page, "phone-offline-saved-zh")
    page.get_by_test_id("scan-next").click()
    look_up(page, drum.code)
    expect(page.get_by_test_id("state")).to_have_attribute("data-state", "in_transit")
    expect(page.get_by_test_id("unsent-over")).to_have_attribute("data-count", "1")
    # What comes next is legal too, and follows the unsent record.
    page.get_by_test_id("act-arrived").click()
    page.get_by_test_id("confirm").click()
    expect(page.get_by_test_id("saved")).to_have_attribute("data-unsent", "2")
    page.context.set_offline(False)
    expect(page.get_by_test_id("verdict")).to_have_attribute("data-verdict", "recorded", timeout=60_000)
    assert _told(site, drum) == [("generated", "recorded"), ("manifest_issued", "recorded"), ("picked_up", "recorded"),
                                 ("arrived", "recorded")]  # fmt: skip


def test_a_drum_issued_after_the_phone_lost_its_network_is_picked_up_by_its_label(
    site: Site, phone: OpenPhone, snap: Snap
) -> None:
    page, filler = phone("t"), phone("p")
    packed(page, 0)
    page.context.set_offline(True)
    drum = _ship(site, filler, 175_000)
    scanned = f"/app/what/{drum.label.rsplit('/', 1)[-1]}"
    go(page, scanned)
    expect(page.get_by_test_id("label-only")).to_be_visible()
    expect(page.get_by_test_id("signature")).to_have_attribute("data-meaning", "fine")
    expect(page.get_by_test_id("mass")).to_have_attribute("data-grams", "175000")
    snap(page, "phone-label-only-zh")
    _pick_up(page, "京A13579")
    expect(page.get_by_test_id("saved")).to_have_attribute("data-unsent", "1")
    # Scanned again, what this phone told of it counts, and what comes next is open.
    go(page, scanned)
    expect(page.get_by_test_id("unsent-over")).to_have_attribute("data-count", "1")
    expect(page.get_by_test_id("act-picked_up")).to_have_count(0)
    page.get_by_test_id("act-arrived").click()
    page.get_by_test_id("confirm").click()
    expect(page.get_by_test_id("saved")).to_have_attribute("data-unsent", "2")
    page.context.set_offline(False)
    expect(page.get_by_test_id("verdict")).to_have_attribute("data-verdict", "recorded", timeout=60_000)
    assert _told(site, drum) == [("generated", "recorded"), ("manifest_issued", "recorded"), ("picked_up", "recorded"),
                                 ("arrived", "recorded")]  # fmt: skip
    # Under the manifest the phone knew nothing of: its plate stands there.
    page.get_by_test_id("look-again").click()
    expect(page.get_by_test_id("state")).to_have_attribute("data-state", "arrived")
    assert _filed_under(site, drum) == [
        ("arrived", "京A13579"),
        ("manifest_issued", "京A13579"),
        ("picked_up", "京A13579"),
    ]


def test_a_gate_without_a_network_takes_in_a_load_by_the_label_of_its_manifest(
    site: Site, phone: OpenPhone, snap: Snap
) -> None:
    page, filler = phone("d"), phone("p")
    packed(page, 0)
    page.context.set_offline(True)
    drum = _ship(site, filler, 165_000)
    go(page, f"/app/what/{drum.paper.rsplit('/', 1)[-1]}")
    expect(page.get_by_test_id("label-only")).to_be_visible()
    page.get_by_test_id("act-received").click()
    # What is refused is told container by container.
    expect(page.get_by_test_id("outcome-part")).to_have_count(0)
    snap(page, "phone-label-manifest-en")
    page.get_by_test_id("confirm").click()
    expect(page.get_by_test_id("saved")).to_have_attribute("data-unsent", "1")
    page.context.set_offline(False)
    expect(page.get_by_test_id("verdict")).to_have_attribute("data-verdict", "recorded", timeout=60_000)
    assert _told(site, drum)[-1] == ("received", "recorded")


BEFORE = "before the change"


def _before_the_change(route: Route) -> None:
    """The pack of a time when T2 was to drive first: since then the way was changed, and this phone has not heard."""
    asked = {name: value for name, value in route.request.headers.items() if name != "if-none-match"}
    answer = route.fetch(headers=asked)
    pack = answer.json()
    for manifest in pack["manifests"]:
        manifest["carriers"] = [leg | {"leg": at} for at, leg in enumerate(reversed(manifest["carriers"]), 1)]
    route.fulfill(response=answer, json=pack | {"told": BEFORE})


def test_two_phones_in_two_basements_pick_up_one_drum_and_the_loser_is_told_who_won(
    site: Site, phone: OpenPhone, snap: Snap
) -> None:
    drum = _ship(site, phone("p"), 200_000, ("T", "T2"))
    first, second = phone("t"), phone("t2")
    second.route("**/api/v1/pack", _before_the_change)
    second.reload()
    packed(second, saying=BEFORE)
    packed(first)
    for page in (first, second):
        page.context.set_offline(True)
        look_up(page, drum.code)
    _pick_up(first, "京A11111")
    _pick_up(second, "京B22222")
    for page in (first, second):
        expect(page.get_by_test_id("saved")).to_have_attribute("data-unsent", "1")
    first.context.set_offline(False)
    expect(first.get_by_test_id("verdict")).to_have_attribute("data-verdict", "recorded", timeout=60_000)
    second.context.set_offline(False)
    expect(second.get_by_test_id("verdict")).to_have_attribute("data-verdict", "conflict", timeout=60_000)
    expect(second.get_by_test_id("winner")).to_contain_text("T 有限公司")
    expect(second.get_by_test_id("lost-now").locator("li")).to_have_count(3)
    snap(second, "phone-lost-zh")
    # Both stay in the log, and the desk sees both.
    told = _told(site, drum)
    assert [verdict for kind, verdict in told if kind == "picked_up"] == ["recorded", "conflict"]


def _listed(site: Site, page: Page, drums: list[Drum]) -> None:
    """As after scanning them in a row: the list as the phone keeps it, and its page."""
    payloads = [drum.label.rsplit("/", 1)[-1] for drum in drums]
    page.evaluate(
        """async (payloads) => {
          const {person} = await (await fetch('/api/v1/session')).json()
          localStorage.setItem('tray.' + person.id, JSON.stringify(payloads))
        }""",
        payloads,
    )
    page.goto(f"{site.base}/app/many")
    expect(page.get_by_test_id("tray-row")).to_have_count(len(drums))


def test_a_driver_picks_up_a_whole_list_offline_with_one_confirmation(site: Site, phone: OpenPhone, snap: Snap) -> None:
    filler = phone("p")
    drums = [_ship(site, filler, grams) for grams in (101_000, 102_000, 103_000)]
    page = phone("t")
    packed(page)
    _listed(site, page, drums)
    expect(page.get_by_test_id("act-picked_up")).to_be_visible()
    page.wait_for_load_state("networkidle")
    page.context.set_offline(True)
    snap(page, "phone-many-acts-zh")
    page.get_by_test_id("act-picked_up").click()
    expect(page.get_by_test_id("many-line")).to_have_count(3)
    # Each is on a manifest of its own, so there are three records.
    expect(page.get_by_test_id("many-sum")).to_have_attribute("data-facts", "3")
    page.get_by_test_id("plate").fill("京A77777")
    page.get_by_test_id("many-change").nth(1).click()
    for key in "99":
        page.get_by_test_id(f"key-{key}").click()
    snap(page, "phone-many-form-zh")
    page.get_by_test_id("confirm").click()
    expect(page.get_by_test_id("sum-saved")).to_have_attribute("data-count", "3")
    snap(page, "phone-many-saved-zh")
    page.context.set_offline(False)
    expect(page.locator('[data-testid="answer-row"][data-became="saved"]')).to_have_count(0, timeout=60_000)
    snap(page, "phone-many-answers-zh")
    for drum in drums:
        assert ("picked_up", "recorded") in _told(site, drum)
    page.get_by_test_id("answer-row").first.click()
    expect(page.get_by_test_id("verdict")).to_have_attribute("data-verdict", "recorded")


def test_a_genuine_label_of_somebody_elses_consignment_says_whose_it_is(
    site: Site, phone: OpenPhone, snap: Snap
) -> None:
    drum = _ship(site, phone("p"), 150_000)
    page = phone("t2")
    packed(page)
    page.goto(f"{site.base}/app/what/{drum.label.rsplit('/', 1)[-1]}")
    expect(page.get_by_test_id("others-label")).to_be_visible()
    # Nobody by a drum can do anything with an id.
    expect(page.get_by_test_id("others-label")).not_to_contain_text("-7")
    expect(page.get_by_test_id("signature")).to_have_attribute("data-meaning", "fine")
    snap(page, "phone-others-label-zh")


_TOLD = """
SELECT f.kind, f.verdict FROM fact f JOIN posting o ON o.park_id = f.park_id AND o."index" = f."index"
JOIN batch b ON b.park_id = o.park_id AND b.id = o.batch_id
JOIN label l ON l.park_id = b.park_id AND l.batch_uuid = b.uuid
WHERE l.human_code = :code GROUP BY f."index", f.kind, f.verdict ORDER BY f."index"
"""


def _told(site: Site, drum: Drum) -> list[tuple[str, str]]:
    engine = store.engine(site.database_url)
    with store.transaction(engine, site.park) as connection:
        rows = [(row.kind, row.verdict) for row in connection.execute(text(_TOLD), {"code": drum.code})]
    engine.dispose()
    return rows


_FILED = """
SELECT f.kind, c.plate FROM label l JOIN batch b ON b.park_id = l.park_id AND b.uuid = l.batch_uuid
JOIN manifest m ON m.park_id = b.park_id AND m.id = b.manifest_id
JOIN manifest_carrier c ON c.park_id = m.park_id AND c.manifest_id = m.id
JOIN fact f ON f.park_id = m.park_id AND f.manifest_uuid = m.uuid
WHERE l.human_code = :code ORDER BY f.kind
"""


def _filed_under(site: Site, drum: Drum) -> list[tuple[str, str]]:
    """What is on file for the manifest the drum is on, each with the plate of the truck."""
    engine = store.engine(site.database_url)
    with store.transaction(engine, site.park) as connection:
        rows = [(row.kind, row.plate) for row in connection.execute(text(_FILED), {"code": drum.code})]
    engine.dispose()
    return rows
