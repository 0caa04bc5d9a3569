"""Facts nobody should tell: recorded with a finding or turned away with a reason, and no gram made of nothing."""

import json
from typing import Any

import pytest

from tests.api.parks import OILY_RAGS, SLUDGE, Park, ago, fact, fresh
from tests.api.said import findings, said, turned_away
from tracker import verify

# --- codes and masses of a new batch ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        (SLUDGE | {"code": "900-999-S99"}, ["class_unknown"]),
        (SLUDGE | {"edition": "1999"}, ["class_unknown"]),
        (SLUDGE | {"scheme": "XX-NO"}, ["class_unknown"]),
        (SLUDGE | {"code": "900-041-49"}, ["class_unknown", "class_shape_of_other_scheme"]),
        (SLUDGE | {"code": "’; DROP TABLE batch; --"}, ["class_unknown", "class_shape_of_other_scheme"]),
    ],
    ids=["unknown", "no such edition", "no such list", "shape of another", "sql"],
)
def test_a_code_that_is_not_there_is_recorded_with_a_finding(park: Park, named: Any, expected: list[str]) -> None:
    batch = fresh()
    (receipt,) = park.P.tell(fact("generated", batch, grams=1, measured=False, details={"class": named}))
    assert findings(receipt)[: len(expected)] == expected
    shown = park.P.got(f"batches/{batch}")
    assert shown["class"] is None
    assert named["code"] in shown["raw_class"]
    answer = park.P.post("manifests", park.plan(batch))
    assert answer.status_code == 422
    assert said(answer.get_json()) == "batch_unclassified"


def test_an_edition_that_ended_is_recorded_with_a_finding_and_not_shipped(park: Park) -> None:
    # A list of the park's own, so that nobody else's catalogue changes.
    listed = {"scheme": f"OLD-{park.key}", "edition": "1998", "code": "A-1"}
    park.sql(
        "INSERT INTO waste_scheme (scheme, edition, name_zh, name_en, valid_from, valid_to, verified, english, source,"
        " checksum, origin, park_id) VALUES (:scheme, :edition, '旧名录', 'Old list', '1998-01-01', '1999-12-31', true,"
        " 'ours', 'tests', repeat('0', 64), 'imported', :park)",
        **listed,
    )
    park.sql(
        "INSERT INTO waste_class (scheme_id, code, name_zh, hazardous, properties, verified)"
        " SELECT id, :code, '旧代码', false, '{}', true FROM waste_scheme WHERE scheme = :scheme AND edition = :edition",
        **listed,
    )
    batch = fresh()
    (receipt,) = park.P.tell(fact("generated", batch, grams=1, measured=True, details={"class": listed}))
    assert findings(receipt) == ["class_edition_ended"]
    answer = park.P.post("manifests", park.plan(batch))
    assert (answer.status_code, said(answer.get_json())) == (422, "class_not_in_force")


@pytest.mark.parametrize(
    ("grams", "expected"),
    [
        (0, "mass_not_positive"),
        (-1_000_000, "mass_not_positive"),
        (10**15, "mass_absurd"),  # 1e9 t
        (2**63, "mass_absurd"),
        (10**4000, "mass_absurd"),
        (1.5, "mass_not_whole_grams"),
        (1_000_000.0, "mass_not_whole_grams"),
        (True, "mass_not_whole_grams"),
        ("1000", "mass_not_whole_grams"),
        ([1], "mass_not_whole_grams"),
        (1e308 * 10, "mass_not_whole_grams"),
    ],
    ids=str,
)
def test_a_mass_that_is_none_is_turned_away(park: Park, grams: Any, expected: str) -> None:
    told = fact("generated", fresh(), grams=grams, measured=True, details={"class": SLUDGE})
    if grams == float("inf"):
        body = json.dumps({"facts": [told]}).replace("Infinity", "1e999").encode()
        answer = park.P.call("POST", "sync", data=body, content_type="application/json")
        (receipt,) = answer.get_json()["receipts"]
        assert (receipt["verdict"], said(receipt["problem"])) == ("turned_away", expected)
    else:
        assert turned_away(park, told) == (expected, "/lines/0/grams")


def test_what_is_turned_away_is_kept_without_what_is_personal(park: Park) -> None:
    batch = fresh()
    told = fact("generated", batch, grams=-1, measured=True, details={"class": SLUDGE}, private={"driver": "王师傅"})
    assert turned_away(park, told)[0] == "mass_not_positive"
    assert turned_away(park, told | {"id": fresh(), "kind": "beamed_up"})[0] == "field_malformed"
    kept = [
        row["told"] for row in park.sql("SELECT told FROM turned_away WHERE park_id = :park") if batch in row["told"]
    ]
    assert len(kept) == 2
    assert "王师傅" not in str(kept)


def test_no_mass_at_all_is_turned_away(park: Park) -> None:
    told = fact("generated", fresh(), details={"class": SLUDGE})
    assert turned_away(park, told)[0] == "fact_needs_grams"


# --- time ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("year", ["2099", "1999"])
def test_a_phone_with_a_wrong_clock_is_recorded_and_found_out(park: Park, year: str) -> None:
    batch = fresh()
    told = fact("generated", batch, grams=1000, measured=True, details={"class": SLUDGE})
    (receipt,) = park.P.tell(told | {"observed_at": f"{year}-06-01T08:00:00+08:00"})
    assert "time_implausible" in findings(receipt)
    # The books go by the time it came, so a phone set to 2099 does not stop a storage clock.
    assert not park.P.got(f"batches/{batch}")["generated_at"].startswith(year)


@pytest.mark.parametrize(
    "when",
    ["yesterday", "2026-11-21", "2026-11-21T08:30:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", 1700000000, None, "",
     "2026-11-21T08:30:00+08:00:30", "2026-02-30T08:30:00Z", "2026-11-21T08:30:00+99:00"],
    ids=str,
)  # fmt: skip
def test_a_time_nobody_can_read_is_turned_away(park: Park, when: Any) -> None:
    told = fact("generated", fresh(), grams=1, measured=True, details={"class": SLUDGE}) | {"observed_at": when}
    found, pointer = turned_away(park, told)
    assert found in ("time_malformed", "field_malformed")
    assert pointer == "/observed_at"


def test_a_receipt_before_the_generation_waits_and_is_found_out(park: Park) -> None:
    batch = fresh()
    grams = {"grams": 2_000_000, "measured": True}
    generated = fact("generated", batch, **grams, details={"class": SLUDGE})
    early = fact("weighed", batch, **grams, observed_at=ago(days=2))
    (held,) = park.P.tell(early)
    assert (held["verdict"], held["waits_for"]) == ("waiting", batch)
    park.P.told(generated)
    (told_again,) = park.P.tell(early)
    assert told_again["verdict"] == "already_recorded"
    assert "time_before_predecessor" in [said(finding) for finding in told_again["findings"]]


# --- too much, somebody else's, twice ----------------------------------------------------------------------------------


def test_250_t_treated_from_2_5_t_is_a_finding_and_makes_no_gram(park: Park) -> None:
    batch, _ = park.delivered(2_500_000)
    outputs = [{"kind": "product", "grams": 250_000_000}]
    told = fact("treated", batch, grams=250_000_000, details={"treatment": "R4", "outputs": outputs})
    (receipt,) = park.D.tell(told)
    assert "mass_exceeds_batch" in findings(receipt)
    assert park.R.got(f"trace/{batch}")["balance"]["treated"] == 2_500_000
    assert park.R.got("balance")["closes"] is True


def test_somebody_elses_batch_is_recorded_as_evidence_and_moves_nothing(park: Park) -> None:
    batch = park.P.generated()
    (receipt,) = park.D.tell(fact("treated", batch, grams=1_000_000, details={"treatment": "R4"}))
    assert "not_your_batch" in findings(receipt)
    assert park.P.got(f"batches/{batch}")["state"] == "on_site"
    answer = park.person("P2").post("manifests", park.plan(batch))
    assert (answer.status_code, said(answer.get_json())) == (422, "batch_not_held")


def test_the_same_fact_id_with_another_content_is_turned_away(park: Park) -> None:
    told = fact("generated", fresh(), grams=1000, measured=True, details={"class": SLUDGE})
    park.P.told(told)
    changed = json.loads(json.dumps(told))
    changed["lines"][0]["grams"] = 2000
    assert turned_away(park, changed) == ("fact_id_reused", "/id")
    # The same within one request, and then told by somebody else.
    twin = fact("generated", fresh(), grams=1000, measured=True, details={"class": SLUDGE})
    receipts = park.P.tell(twin, twin, twin | {"details": {"class": OILY_RAGS}})
    assert [receipt["verdict"] for receipt in receipts] == ["recorded", "already_recorded", "turned_away"]


def test_a_batch_id_that_is_taken_is_no_second_batch(park: Park) -> None:
    batch = park.P.generated()
    (receipt,) = park.D.tell(fact("generated", batch, grams=5, measured=True, details={"class": SLUDGE}))
    assert receipt["verdict"] in ("recorded", "conflict", "turned_away")
    if receipt["verdict"] != "turned_away":
        assert findings(receipt)
    shown = park.P.got(f"batches/{batch}")
    assert (shown["grams"], shown["holder"]["id"]) == (1_000_000, str(park.companies["P"]))


def test_after_all_that_the_log_folds_to_the_current_state(park: Park) -> None:
    assert park.R.got("balance")["closes"] is True
    with park.engine.begin() as connection:
        assert verify.park(connection, park.key).differences == []
