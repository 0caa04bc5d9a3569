"""Story 1, whole, over HTTP: P ships a tank of sludge, T carries it, D burns it, and the regulator sees the chain."""

import io

import pytest
import zxingcpp
from PIL import Image

from tests.api.parks import HERE, SLUDGE, Park, fact, fresh
from tracker import verify

KEYS = {
    "session": "person enterprise park csrf",
    "batch": "id human_code label_text class raw_class grams measured state generator holder place manifest generated_at"
    " last_fact findings next",
    "manifest": "id number state hazardous generator carriers receiver treatment lines label_text human_code issued_at"
    " due_pickup_at findings next",
    "chain": "root roots truncated masked nodes edges facts attribution balance geojson",
    "receipt": "id verdict findings",
    "act": "kind may likely",
    "node": "id human_code class grams_at_start grams state generator holder place level generated_at",
    "fact": "id index kind observed_at recorded_at actor enterprise manifest manifest_number lines place findings details"
    " verdict",
    "share": "origin fact treatment enterprise output grams",
    "balance": "generated on_hand in_transit treated lost difference unexplained closes",
}


def has(kind: str, thing: dict) -> dict:
    """The thing, once it has every key docs/api.md promises."""
    promised = set(KEYS[kind].split())
    assert promised <= set(thing), promised - set(thing)
    return thing


def likely(thing: dict) -> str | None:
    return next((act["kind"] for act in thing["next"] if has("act", act)["likely"]), None)


class Tank:
    """What the story leaves for its chapters."""

    batch: str
    manifest: dict
    text: str


@pytest.fixture(scope="module")
def tank() -> Tank:
    return Tank()


def test_everybody_logs_in_and_is_told_who_they_are(park: Park) -> None:
    mine = has("session", park.Ph.session)
    assert mine["person"]["role"] == "handler"
    assert mine["enterprise"]["id"] == str(park.companies["P"])
    assert mine["enterprise"]["roles"] == ["generator"]
    assert mine["park"]["boundary"]["type"] == "Polygon"
    assert 116 < mine["park"]["longitude"] < 117
    assert has("session", park.R.session)["enterprise"] is None
    assert park.Ph.got("session")["person"] == mine["person"]


def test_the_tank_is_filled(park: Park, tank: Tank) -> None:
    tank.batch = fresh()
    details = {"class": SLUDGE, "form": "semi_solid", "container": "罐 7", "process": "污水处理"}
    told = fact("generated", tank.batch, grams=1_000_000, measured=False, details=details)
    answer = park.Ph.made("sync", {"facts": [told], "sent_at": told["observed_at"]})
    assert set(answer) == {"received_at", "clock_skew_s", "receipts"}
    assert abs(answer["clock_skew_s"]) < 5
    (receipt,) = answer["receipts"]
    assert has("receipt", receipt)["verdict"] == "recorded"
    batch = has("batch", park.Ph.got(f"batches/{tank.batch}"))
    assert (batch["state"], batch["grams"], batch["measured"]) == ("on_site", 1_000_000, False)
    assert batch["class"]["code"] == SLUDGE["code"]
    assert batch["class"]["hazardous"] is False
    assert batch["last_fact"] == told["id"]
    assert batch["manifest"] is None


def test_p_issues_the_manifest_and_prints_its_label(park: Park, tank: Tank) -> None:
    tank.manifest = has("manifest", park.issued(tank.batch))
    assert tank.manifest["state"] == "issued"
    assert tank.manifest["number"].startswith(park.code)
    assert tank.manifest["carriers"][0]["plate"] == "京A12345"
    (line,) = tank.manifest["lines"]
    assert line["planned_grams"] == 1_000_000
    assert line["batch"]["state"] == "reserved"
    picture = park.P.get(f"manifests/{tank.manifest['number']}/label.png")
    assert picture.content_type == "image/png"
    read = {code.text for code in zxingcpp.read_barcodes(Image.open(io.BytesIO(picture.data)))}
    assert read == {tank.manifest["label_text"]}
    of_batch = park.P.get(f"batches/{tank.batch}/label.png")
    (tank.text,) = {code.text for code in zxingcpp.read_barcodes(Image.open(io.BytesIO(of_batch.data)))}
    assert tank.text == park.P.got(f"batches/{tank.batch}")["label_text"]
    assert park.P.get(f"batches/{tank.batch}/label.svg").content_type.startswith("image/svg+xml")


def test_t_scans_the_tank_and_takes_it(park: Park, tank: Tank) -> None:
    said = park.Th.got("labels/" + tank.text.rpartition("/M/")[2])
    assert (said["verdict"], said["what"]) == ("genuine", "batch")
    assert said["batch"]["id"] == tank.batch
    assert likely(said["batch"]) == "picked_up"
    assert likely(park.Th.got(f"manifests/{tank.manifest['id']}")) == "picked_up"
    # The same from the whole link, as another scanner gives it, and typed from the print.
    assert park.Th.got("labels/" + tank.text)["batch"]["id"] == tank.batch
    assert park.Th.got("labels/" + said["batch"]["human_code"])["batch"]["id"] == tank.batch
    picked = fact("picked_up", tank.batch, manifest=tank.manifest["id"], place=HERE, details={"plate": "京A12345"})
    picked["lines"][0]["prev"] = said["batch"]["last_fact"]
    receipt = park.Th.told(picked)
    assert receipt["findings"] == []
    assert park.Th.got(f"batches/{tank.batch}")["holder"]["id"] == str(park.companies["T"])
    assert park.P.got(f"manifests/{tank.manifest['id']}")["state"] == "under_way"
    # The answer was lost on the way: told again, it is the same answer.
    (again,) = park.Th.tell(picked)
    assert again == receipt | {"verdict": "already_recorded"}


def test_d_receives_it_weighed_and_burns_it(park: Park, tank: Tank) -> None:
    park.Th.told(fact("arrived", manifest=tank.manifest["id"], place=HERE))
    assert likely(park.D.got(f"manifests/{tank.manifest['id']}")) == "received"
    evidence = [{"sha256": "ab" * 32, "bytes": 120_034, "media": "image/jpeg", "what": "scale_ticket"}]
    received = fact(
        "received", tank.batch, grams=1_000_000, measured=True, manifest=tank.manifest["id"], place=HERE, evidence=evidence,
        counter=17, private={"driver": "王师傅", "note": "准时"}, details={"outcome": "whole"},
    )  # fmt: skip
    assert park.D.told(received)["findings"] == []
    outputs = [{"kind": "loss", "grams": 1_000_000, "name": "flue gas"}]
    treated = fact("treated", tank.batch, grams=1_000_000, details={"treatment": "D10", "outputs": outputs})
    assert park.D.told(treated)["findings"] == []
    assert park.D.got(f"batches/{tank.batch}")["state"] == "treated"
    assert park.P.got(f"manifests/{tank.manifest['id']}")["state"] == "closed"


def test_the_regulator_sees_the_chain_and_its_account_closes(park: Park, tank: Tank) -> None:
    found = park.R.got("search", query_string={"q": tank.manifest["number"]})["items"]
    assert [(item["kind"], item["id"]) for item in found] == [("manifest", tank.manifest["id"])]
    for what in (tank.batch, tank.manifest["number"], tank.manifest["id"], tank.manifest["human_code"]):
        chain = has("chain", park.R.got(f"trace/{what}"))
        assert chain["roots"] == [tank.batch]
    assert [has("fact", one)["kind"] for one in sorted(chain["facts"], key=lambda one: one["index"])] == [
        "generated", "manifest_issued", "picked_up", "arrived", "received", "treated",
    ]  # fmt: skip
    (node,) = chain["nodes"]
    assert has("node", node)["grams_at_start"] == 1_000_000
    assert node["class"]["code"] == SLUDGE["code"]
    assert has("balance", chain["balance"])["closes"] is True
    assert chain["balance"]["lost"] == 1_000_000
    assert sum(has("share", share)["grams"] for share in chain["attribution"]) == 1_000_000
    assert chain["geojson"]["type"] == "FeatureCollection"
    assert park.R.got("balance")["closes"] is True
    who = next(one for one in chain["facts"] if one["kind"] == "received")
    assert who["enterprise"]["id"] == str(park.companies["D"])
    assert who["place"]["longitude"] == pytest.approx(116.506)


def test_what_befell_the_tank_stands_in_its_life(park: Park, tank: Tank) -> None:
    life = park.P.got(f"batches/{tank.batch}/facts")["items"]
    assert [one["kind"] for one in life] == [
        "treated",
        "received",
        "arrived",
        "picked_up",
        "manifest_issued",
        "generated",
    ]
    assert sum(move["grams"] for one in life for move in one["moves"]) == 0
    assert "王师傅" not in str(life), "what is private stays out of the log"


def test_anybody_may_ask_what_the_label_says(park: Park, tank: Tank) -> None:
    said = park.someone().got("public/labels/" + tank.text.rpartition("/M/")[2])
    assert said["verdict"] == "genuine"
    assert said["class"]["code"] == SLUDGE["code"]
    assert (said["generator"], said["state"], said["park"]) == ("P 有限公司", "treated", "测试园区")
    assert said["issued_on"]
    keys = park.someone().got("keys")
    assert keys["hosts"] == ["WASTE.PARK.CN"]
    assert park.key in {key["park"] for key in keys["keys"]}


def test_the_log_folded_from_zero_is_the_current_state(park: Park) -> None:
    with park.engine.begin() as connection:
        assert verify.park(connection, park.key).differences == []
