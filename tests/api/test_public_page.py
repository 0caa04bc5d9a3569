"""A code opened by any camera: plain HTML for whoever's browser cannot run the app, and only what anybody may know."""

import re
from collections.abc import Callable

import pytest

from api import labels
from tests.api.parks import Park
from tracker.problems import Problem


def _plain(page: str) -> str:
    """The words a person reads, without tags."""
    inside = page.partition('data-testid="plain-public">')[2].partition("</main>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", inside))


def _code(park: Park) -> str:
    """The part behind /M/ of a new tank's label."""
    batch = park.P.generated()
    park.P.made(f"batches/{batch}/label", {}, 201)
    return str(park.P.got(f"batches/{batch}")["label_text"]).rpartition("/M/")[2]


def _opened(park: Park, code: str, language: str = "zh-CN,zh;q=0.9") -> str:
    answer = park.someone().get(f"/M/{code}", headers={"Accept-Language": language})
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-cache"
    return answer.text


def test_a_genuine_label_says_what_it_is_in_both_languages_and_no_more(park: Park) -> None:
    code = _code(park)
    page = _opened(park, code)
    assert page.startswith("<!doctype html>")
    said = _plain(page)
    assert "此标签真实" in said
    assert "在厂" in said
    assert "P 有限公司" in said
    assert not re.search(r"\d ?(kg|t|吨|千克)\b", said), "masses are nobody's business"
    assert "密码" in said
    english = _plain(_opened(park, code, "en-GB"))
    assert "This label is genuine" in english
    assert "On site" in english
    assert "This label is genuine" in _plain(_opened(park, code + "?lang=en"))


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda code: ("B" if code[100] == "A" else "A").join((code[:100], code[101:])), "请勿接收"),
        (lambda code: code[:-8], "请勿接收"),
        (lambda _: "<script>alert(1)</script>", "请勿接收"),
        (lambda _: "\u202egnp.exe{{ 7*7 }}", "请勿接收"),
    ],
)
def test_what_is_none_of_ours_is_refused_in_words_and_never_repeated(
    park: Park, damage: Callable[[str], str], said: str
) -> None:
    page = _opened(park, damage(_code(park)))
    assert said in _plain(page)
    assert "此标签真实" not in page
    for raw in ("<script>alert", "\u202e", "gnp.exe", "49"):
        assert raw not in _plain(page)


def test_without_a_database_the_page_of_the_app_is_served_all_the_same(
    park: Park, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise Problem("database_unavailable")

    monkeypatch.setattr(labels, "in_public", away)
    page = _opened(park, "ABC")
    assert page.startswith("<!doctype html>")
    assert "plain-public" not in page
