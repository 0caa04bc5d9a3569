"""Lists come in pages that can be walked to the end while others write: nothing twice, nothing left out."""

from typing import Any

import pytest

from tests.api.parks import SLUDGE, Park, Person, fact, fresh

MANY = 23


@pytest.fixture(scope="module")
def batches(park: Park) -> list[str]:
    """Batches of P, oldest first, each with a finding."""
    made = [fresh() for _ in range(MANY)]
    named = SLUDGE | {"code": "900-999-S99"}
    park.P.told(*(fact("generated", batch, grams=1000, measured=True, details={"class": named}) for batch in made))
    return made


def follow(answer: Any) -> str | None:
    """Where the next page is."""
    link = answer.headers.get("Link")
    if link is None:
        return None
    address, _, rel = link.partition("; ")
    assert rel == 'rel="next"'
    assert address[0] + address[-1] == "<>"
    return str(address[1:-1])


def walk(who: Person, path: str, between: Any = lambda: None) -> tuple[list[dict[str, Any]], int]:
    """All items from the first page to the last, and how many pages there were."""
    items, pages, answer = [], 1, who.get(path)
    while True:
        assert answer.status_code == 200, answer.text
        items += answer.get_json()["items"]
        onward = follow(answer)
        if onward is None:
            return items, pages
        assert pages < 100
        between()
        answer, pages = who.get(onward), pages + 1


@pytest.mark.parametrize("limit", [1, 5, MANY - 1, MANY, MANY + 1, 200])
def test_every_batch_is_met_once_whatever_the_length_of_a_page(park: Park, batches: list[str], limit: int) -> None:
    items, _ = walk(park.P, f"batches?limit={limit}")
    assert [item["id"] for item in items] == list(reversed(batches))


def test_a_walk_while_others_write_skips_nothing_and_repeats_nothing(park: Park, batches: list[str]) -> None:
    def write() -> None:
        park.person("P2").generated()

    items, pages = walk(park.R, "batches?limit=4", write)
    ids = [item["id"] for item in items]
    assert pages > 5
    assert len(ids) == len(set(ids))
    assert [one for one in ids if one in set(batches)] == list(reversed(batches))


def test_the_next_page_keeps_the_question(park: Park, batches: list[str]) -> None:
    park.person("P2").generated()
    mine = str(park.companies["P"])
    items, pages = walk(park.R, f"batches?limit=10&state=on_site,reserved&holder={mine}&q=900-999")
    assert pages == 3
    assert {item["id"] for item in items} == set(batches)
    first = follow(park.R.get(f"batches?limit=10&holder={mine}&q=%E5%BA%9F%26x"))
    assert first is None


def test_findings_manifests_and_enterprises_are_walked_the_same_way(park: Park, batches: list[str]) -> None:
    found, pages = walk(park.P, "findings?limit=5&code=class_unknown")
    assert [item["batch"] for item in found] == list(reversed(batches))
    assert pages == 5
    issued = [park.issued(park.P.generated())["id"] for _ in range(5)]
    assert [item["id"] for item in walk(park.R, "manifests?limit=2")[0]] == list(reversed(issued))
    numbers = [item["number"] for item in walk(park.R, "enterprises?limit=3")[0]]
    assert len(numbers) == len(set(numbers)) >= 6
    assert numbers == sorted(numbers)
    assert walk(park.R, "alerts?limit=1")[0] == []


@pytest.mark.parametrize("path", ["batches", "manifests", "findings", "alerts", "enterprises"])
@pytest.mark.parametrize(
    "cursor", ["!", "AAAA", "LTE", "MS41", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5", "é", "MQ=====", "MTI\n", "//8"]
)
def test_a_cursor_that_is_none_of_ours_is_refused(park: Park, path: str, cursor: str) -> None:
    answer = park.R.get(path, query_string={"cursor": cursor})
    assert answer.status_code == 422, answer.text
    problem = answer.get_json()
    assert problem["code"] == "cursor_malformed"
    assert problem["pointer"] == "/cursor"


@pytest.mark.parametrize("path", ["batches", "manifests", "findings", "alerts", "enterprises"])
def test_a_cursor_far_outside_answers_an_empty_or_a_whole_list(park: Park, path: str) -> None:
    for cursor in ("MA", "OTIyMzM3MjAzNjg1NDc3NTgwNw"):  # 0 and the greatest number there is
        assert park.R.get(path, query_string={"cursor": cursor}).status_code == 200
