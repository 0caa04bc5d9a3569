"""Told by its label: a phone without a network reads a genuine label, and knows neither the batch nor the manifest."""

from collections.abc import Sequence
from typing import Any

import pytest
from psycopg.types.json import Jsonb

from manifests import code
from tests.api.parks import HERE, SLUDGE, Park, Person, ago, fact, fresh, released
from tests.api.said import said
from tests.api.test_offline_manifests import block, issued, numbers, sync
from tests.api.test_query_counts import counted
from tests.api.test_rolls import codes, roll, under
from tracker import verify


def label_id(shown: dict[str, Any]) -> str:
    """What a phone reads in a printed code."""
    return str(code.read(shown["label_text"], hosts=["localhost", "waste.park.cn"]).claims.label_id)


def by_label(kind: str, *labels: str, **given: Any) -> dict[str, Any]:
    told = fact(kind, *labels, **given)
    return told | {
        "lines": [{"label" if name == "batch" else name: line[name] for name in line} for line in told["lines"]]
    }


def labelled(park: Park, grams: int = 1_000_000) -> tuple[str, str]:
    """A batch of P, and the label printed for it."""
    batch = park.P.generated(grams)
    return batch, label_id(park.P.made(f"batches/{batch}/label", {}, 201))


def books(park: Park, batch: str) -> dict[str, Any]:
    """Where a batch stands, but for what is its own."""
    shown = park.R.got(f"batches/{batch}")
    return {name: shown[name] for name in ("state", "grams", "measured", "holder", "place")}


def facts_on(park: Park, manifest: str) -> list[tuple[str, str]]:
    rows = park.sql('SELECT kind, verdict FROM fact WHERE manifest_uuid = :uuid ORDER BY "index"', uuid=manifest)
    return [(row["kind"], row["verdict"]) for row in rows]


def folds(park: Park) -> None:
    """The log, folded from zero, is the books."""
    with park.engine.connect() as connection:
        assert verify.park(connection, park.key).differences == []


# --- the same books ---------------------------------------------------------------------------------------------------


def test_a_load_told_by_its_label_goes_the_same_way_as_one_told_by_its_batch(park: Park) -> None:
    """From the pickup to the receipt; whoever told by label could not name the manifest, and it is filed under it."""
    stood: list[list[Any]] = []
    for by in ("batch", "label"):
        batch, label = labelled(park)
        manifest = park.issued(batch)["id"]
        paper = {"manifest": manifest} if by == "batch" else {}
        told = by_label if by == "label" else fact
        name = label if by == "label" else batch
        steps: Sequence[tuple[Person, dict[str, Any]]] = (
            (park.T, told("picked_up", name, place=HERE, details={"plate": "京A12345"}, **paper)),
            (park.T, told("arrived", name, **paper)),
            (
                park.D,
                told("received", name, grams=990_000, measured=True, place=HERE, details={"outcome": "whole"}, **paper),
            ),
        )
        seen: list[Any] = []
        for who, step in steps:
            receipt = who.told(step)
            seen.append((books(park, batch), codes(receipt)))
        seen.append(facts_on(park, manifest))
        seen.append(park.P.got(f"manifests/{manifest}")["state"])
        stood.append(seen)
    assert stood[0] == stood[1]
    assert stood[1][3] == [
        ("manifest_issued", "recorded"),
        ("picked_up", "recorded"),
        ("arrived", "recorded"),
        ("received", "recorded"),
    ]
    folds(park)


@pytest.mark.parametrize("shipped_on", [False, True])
def test_a_pickup_that_comes_after_the_receipt_moves_nothing_and_stands_on_its_paper(
    park: Park, shipped_on: bool
) -> None:
    """The driver's phone was the last to find a network; meanwhile the drum may be on another manifest."""
    stood: list[Any] = []
    for by in ("batch", "label"):
        batch, label = labelled(park)
        first = park.issued(batch)["id"]
        received = fact("received", batch, grams=1_000_000, measured=True, manifest=first, place=HERE)
        park.D.told(received | {"details": {"outcome": "whole"}})
        if shipped_on:
            again = {"receiver": str(park.companies["S"]), "treatment": "R4"}
            park.D.made("manifests", park.plan(batch, **again), 201)
        before = books(park, batch)
        pickup = {"place": HERE, "details": {"plate": "京A24680"}, "observed_at": ago(minutes=30)}
        if by == "batch":
            receipt = park.T.told(fact("picked_up", batch, manifest=first, **pickup))
        else:
            receipt = park.T.told(by_label("picked_up", label, **pickup))
        assert books(park, batch) == before
        (leg,) = park.P.got(f"manifests/{first}")["carriers"]
        stood.append((codes(receipt), leg["plate"], facts_on(park, first)))
    assert stood[0] == stood[1]
    assert ("picked_up", "recorded") in stood[1][2]
    folds(park)


@pytest.mark.parametrize("received", [False, True])
def test_of_two_carriers_who_picked_up_one_drum_by_its_label_the_second_is_told_who_won(
    park: Park, received: bool
) -> None:
    batch, label = labelled(park)
    carriers = [{"enterprise": str(park.companies[name]), "plate": "京A12345"} for name in ("T", "T2")]
    park.issued(batch, carriers=carriers)
    first = by_label("picked_up", label, place=HERE, observed_at=ago(minutes=20))
    park.T.told(first)
    if received:
        taken = by_label("received", label, grams=1_000_000, measured=True, place=HERE, observed_at=ago(minutes=5))
        park.D.told(taken | {"details": {"outcome": "whole"}})
    (lost,) = park.T2.tell(by_label("picked_up", label, place=HERE, observed_at=ago(minutes=15)))
    assert (lost["verdict"], lost["winner"]) == ("conflict", first["id"])
    folds(park)


def test_the_record_holds_the_batch_and_the_label_it_was_told_by(park: Park) -> None:
    batch, label = labelled(park)
    told = by_label("weighed", label, grams=999_000, measured=True)
    park.P.told(told)
    record = park.sql("SELECT CAST(record AS jsonb) AS record FROM fact WHERE id = :id", id=told["id"])[0]["record"]
    assert record["lines"] == [{"batch": batch, "label": label, "grams": 999_000, "measured": True}]


def test_a_part_is_refused_by_label(park: Park) -> None:
    batch, label = labelled(park)
    park.issued(batch)
    park.T.told(by_label("picked_up", label, place=HERE))
    back = fresh()
    part = {"label": label, "refused_grams": 400_000, "into": back}
    details = {"outcome": "part", "cause": "not_conform", "refused": [part]}
    park.D.told(by_label("received", label, grams=600_000, measured=True, place=HERE, details=details))
    assert (books(park, batch)["grams"], books(park, back)["grams"]) == (600_000, 400_000)
    folds(park)


def test_the_label_of_a_manifest_stands_for_all_that_is_open_on_it(park: Park) -> None:
    one, other = park.P.generated(), park.P.generated()
    manifest = park.issued(one, other)
    label = label_id(manifest)
    park.T.told(fact("picked_up", manifest_label=label, place=HERE, details={"plate": "京A12345"}))
    park.D.told(fact("received", manifest_label=label, place=HERE, details={"outcome": "whole"}))
    assert [books(park, batch)["state"] for batch in (one, other)] == ["received"] * 2
    assert facts_on(park, manifest["id"])[1:] == [("picked_up", "recorded"), ("received", "recorded")]
    folds(park)


# --- told twice -------------------------------------------------------------------------------------------------------


def test_told_again_before_and_after_the_label_is_known_it_is_one_fact(park: Park) -> None:
    label, batch = roll(park.P)["labels"][0], fresh()
    told = by_label("weighed", label["id"], grams=181_000, measured=True)
    for _ in range(2):
        (receipt,) = park.P.tell(told)
        assert (receipt["verdict"], receipt["waits_for"]) == ("waiting", label["id"])
    other = told | {"lines": [told["lines"][0] | {"grams": 1}]}
    assert park.P.tell(other)[0]["problem"]["code"] == "fact_id_reused"
    park.P.told(under(label, batch))
    (again,) = park.P.tell(told)
    assert again["verdict"] == "already_recorded"
    assert park.P.tell(told)[0]["index"] == again["index"]
    assert park.P.tell(other)[0]["problem"]["code"] == "fact_id_reused"
    assert books(park, batch)["grams"] == 181_000


def test_twice_in_one_request_is_once_in_the_log(park: Park) -> None:
    _, label = labelled(park)
    told = by_label("weighed", label, grams=5_000, measured=True)
    assert [receipt["verdict"] for receipt in park.P.tell(told, told)] == ["recorded", "already_recorded"]


# --- what comes first -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (2, 1, 0), (1, 2, 0)])
def test_a_drum_under_a_roll_label_is_weighed_and_picked_up_whichever_phone_is_first(
    park: Park, order: tuple[int, ...]
) -> None:
    """The generation is on one phone, what befell the drum on two others; one request or several, any order."""
    label, batch = roll(park.P)["labels"][0], fresh()
    made = under(label, batch)
    weighed = by_label("weighed", label["id"], grams=182_000, measured=True, observed_at=ago(minutes=2))
    taken = by_label("taken_out", label["id"], prev=weighed["id"], observed_at=ago(minutes=1))
    told = [made, weighed, taken]
    for at in order:
        park.P.tell(told[at])
    assert [receipt["verdict"] for receipt in park.P.tell(*told)] == ["already_recorded"] * 3
    assert books(park, batch)["state"] == "on_site"
    folds(park)


def test_all_of_it_in_one_request_backwards(park: Park) -> None:
    label, batch = roll(park.P)["labels"][0], fresh()
    told = [by_label("weighed", label["id"], grams=182_500, measured=True), under(label, batch)]
    assert [receipt["verdict"] for receipt in park.P.tell(*told)] == ["recorded", "recorded"]
    assert books(park, batch)["grams"] == 182_500


def test_the_pickup_of_a_manifest_by_its_label_waits_until_the_phone_that_issued_it_is_heard(park: Park) -> None:
    made, batch = block(park), park.P.generated()
    (number,) = numbers(made)[:1]
    held = park.Ph.got("number-blocks/held", query_string={"device": "01a20000-0000-7000-8000-00000000f0f0"})
    (mine,) = [one for one in held["items"] if one["id"] == made["id"]]
    label = label_id(next(one for one in mine["numbers"] if one["number"] == number))
    pickup = fact("picked_up", manifest_label=label, place=HERE, details={"plate": "京A12345"})
    (first,) = park.T.tell(pickup)
    assert (first["verdict"], first["waits_for"]) == ("waiting", label)
    told = issued(park, number, batch)
    assert sync(park.Ph, told)[0]["verdict"] == "recorded"
    assert park.T.tell(pickup)[0]["verdict"] == "already_recorded"
    assert park.P.got(f"manifests/{told['manifest']}")["state"] == "under_way"
    folds(park)


def test_a_blank_label_that_goes_on_another_enterprises_batch_keeps_the_fact_waiting(park: Park) -> None:
    label = roll(park.T)["labels"][0]
    told = by_label("weighed", label["id"], grams=1_000, measured=True)
    park.P.tell(told)
    assert codes(park.P.told(under(label))) == ["label_of_other_enterprise"]
    assert park.P.tell(told)[0]["verdict"] == "waiting"


def test_what_missed_its_label_by_a_moment_is_let_in_by_the_job(park: Park) -> None:
    """Two requests at once: when the fact was judged, the label was blank still."""
    label, batch = roll(park.P)["labels"][0], fresh()
    told = by_label("weighed", label["id"], grams=181_500, measured=True)
    park.P.tell(told)
    row = park.sql("SELECT to_jsonb(w) AS row FROM waiting w WHERE fact_id = :id", id=told["id"])[0]["row"]
    park.sql("DELETE FROM waiting WHERE fact_id = :id", id=told["id"])
    park.P.told(under(label, batch))
    assert books(park, batch)["grams"] == 182_000
    park.sql("INSERT INTO waiting SELECT * FROM jsonb_populate_record(NULL::waiting, :row)", row=Jsonb(row))
    assert released(park) == 1
    assert books(park, batch)["grams"] == 181_500


# --- what cannot be understood ----------------------------------------------------------------------------------------


def test_a_label_of_another_park_or_of_nobody_waits_and_tells_nothing(park: Park, other: Park) -> None:
    _, foreign = labelled(other)
    for label in (foreign, fresh()):
        (receipt,) = park.T.tell(by_label("picked_up", label, place=HERE))
        assert (receipt["verdict"], receipt["waits_for"], receipt["findings"]) == ("waiting", label, [])


def test_a_label_is_named_as_what_it_is_on(park: Park) -> None:
    batch, label = labelled(park)
    manifest = label_id(park.issued(batch))
    (receipt,) = park.T.tell(by_label("picked_up", manifest, place=HERE))
    assert (receipt["verdict"], receipt["problem"]["code"]) == ("turned_away", "label_of_manifest")
    assert receipt["problem"]["pointer"] == "/lines/0/label"
    said(receipt["problem"])
    (receipt,) = park.T.tell(fact("picked_up", manifest_label=label, place=HERE))
    assert (receipt["problem"]["code"], receipt["problem"]["pointer"]) == ("label_of_batch", "/manifest_label")
    said(receipt["problem"])


def test_two_labels_of_one_batch_are_one_batch_named_twice(park: Park) -> None:
    batch, label = labelled(park)
    (receipt,) = park.P.tell(
        fact("weighed", observed_at=ago())
        | {"lines": [{"label": label, "grams": 1, "measured": True}, {"batch": batch, "grams": 1, "measured": True}]}
    )
    assert (receipt["verdict"], receipt["problem"]["code"]) == ("turned_away", "batch_named_twice")


@pytest.mark.parametrize(
    ("kind", "given", "pointer", "code_"),
    [
        ("weighed", {"lines": [{"grams": 1}]}, "/lines/0/batch", "field_required"),
        ("weighed", {"lines": [{"batch": fresh(), "label": fresh(), "grams": 1}]}, "/lines/0/label", "named_two_ways"),
        ("weighed", {"lines": [{"label": "K7QF", "grams": 1}]}, "/lines/0/label", "id_malformed"),
        ("generated", {"lines": [{"label": fresh(), "grams": 1}]}, "/lines/0/label", "field_unknown"),
        ("picked_up", {"manifest": fresh(), "manifest_label": fresh()}, "/manifest_label", "named_two_ways"),
        ("signed", {"manifest_label": fresh(), "details": {"side": "carrier"}}, "/manifest_label", "field_unknown"),
        (
            "received",
            {"details": {"outcome": "part", "cause": "other", "refused": [{"refused_grams": 1, "into": fresh()}]}},
            "/details/refused/0/batch",
            "field_required",
        ),
    ],
)
def test_what_it_is_about_is_named_once_and_clearly(
    park: Park, kind: str, given: dict[str, Any], pointer: str, code_: str
) -> None:
    details = {"class": SLUDGE} if kind == "generated" else {}
    (receipt,) = park.P.tell(fact(kind, details=details) | given)
    assert receipt["verdict"] == "turned_away"
    assert (receipt["problem"]["code"], receipt["problem"]["pointer"]) == (code_, pointer)
    said(receipt["problem"])


# --- and what it costs ------------------------------------------------------------------------------------------------


def test_fifty_facts_by_label_cost_one_statement_more(park: Park) -> None:
    drums = [labelled(park) for _ in range(50)]
    sent: list[int] = []
    for told in (
        [fact("weighed", batch, grams=1_000_000, measured=True) for batch, _ in drums],
        [by_label("weighed", label, grams=1_000_000, measured=True) for _, label in drums],
    ):
        with counted(park.engine) as statements:
            park.P.told(*told)
        sent.append(len(statements))
    assert sent[1] == sent[0] + 1
