"""A phone asks before its handler confirms: the same answer as telling, and nothing is kept."""

from tests.api.parks import HERE, SLUDGE, Park, fact, fresh
from tests.api.said import findings, said, size


def ask(park: Park, who: str, *told: dict) -> list[dict]:
    return park.person(who).made("check", {"facts": list(told)})["receipts"]


def test_asking_for_more_than_is_left_is_refused_with_what_is_left(park: Park) -> None:
    batch = park.P.generated(3_000_000)
    park.P.told(fact("split", batch, details={"into": [{"batch": fresh(), "grams": 2_500_000}]}))
    before = size(park)
    asked = fact("split", batch, details={"into": [{"batch": fresh(), "grams": 1_000_000}]})
    (answer,) = ask(park, "P", asked)
    assert answer["verdict"] == "refused"
    assert said(answer["problem"]) == "more_than_is_left"
    assert answer["problem"]["en"].startswith("0.5 t left")
    assert answer["index"] is None
    assert size(park) == before
    assert park.P.got(f"batches/{batch}")["grams"] == 500_000
    # Told all the same, it happened: recorded, with a finding, and no gram is invented.
    receipt = park.P.told(asked)
    assert "mass_exceeds_batch" in findings(receipt)
    assert park.P.got(f"batches/{batch}")["grams"] == 0


def test_what_would_be_odd_is_said_beforehand(park: Park) -> None:
    batch = park.P.generated()
    (answer,) = ask(park, "T", fact("picked_up", batch, place=HERE))
    assert answer["verdict"] == "recorded"
    assert "not_your_batch" in findings(answer)
    assert park.P.got(f"batches/{batch}")["state"] == "on_site"


def test_facts_are_asked_in_order_and_rest_on_each_other(park: Park) -> None:
    batch = fresh()
    filled = fact("generated", batch, grams=1000, measured=True, details={"class": SLUDGE})
    halved = fact("split", batch, details={"into": [{"batch": fresh(), "grams": 400}]})
    answers = ask(park, "P", filled, halved, fact("split", batch, details={"into": [{"batch": fresh(), "grams": 700}]}))
    assert [answer["verdict"] for answer in answers] == ["recorded", "recorded", "refused"]
    assert park.R.get(f"batches/{batch}").status_code == 404


def test_what_cannot_be_read_is_said_and_not_kept(park: Park) -> None:
    before = len(park.sql("SELECT 1 FROM turned_away WHERE park_id = :park"))
    unreadable = {"id": fresh(), "kind": "weighed", "observed_at": "yesterday"}
    waits = fact("weighed", fresh(), grams=1000, measured=True)
    first, second = ask(park, "P", unreadable, waits)
    assert (first["verdict"], second["verdict"]) == ("turned_away", "waiting")
    assert len(park.sql("SELECT 1 FROM turned_away WHERE park_id = :park")) == before
    assert park.R.got("waiting")["items"] == []


def test_what_is_in_the_log_already_says_so(park: Park) -> None:
    told = fact("generated", fresh(), grams=1000, measured=True, details={"class": SLUDGE})
    receipt = park.P.told(told)
    (answer,) = ask(park, "P", told)
    assert answer == receipt | {"verdict": "already_recorded"}


def test_nobody_tries_pins_where_wrong_ones_are_not_counted(park: Park) -> None:
    told = fact("signed", manifest=fresh(), details={"side": "generator", "sealed": "AAAA"})
    answer = park.T.post("check", {"facts": [told]})
    assert answer.status_code == 422
    assert said(answer.get_json()) == "pin_is_not_checked"
    assert answer.get_json()["pointer"] == "/facts/0/details/sealed"
    for odd in (None, [], "x", 5):
        assert park.T.post("check", {"facts": [told | {"details": odd}]}).status_code == 200
