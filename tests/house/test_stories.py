"""The pages of the stories and the matrix are made, never edited, and none is missing or left over."""

import pytest

from tests.stories import matrix, page, reading

MEND = "run: .venv/bin/python -m tests.stories"
STORIES = reading.stories()
#: To be taken out, one by one, when what the story waits for is there.
PENDING: dict[str, str] = {}


def test_the_matrix_of_acts_is_current() -> None:
    assert page.FOLDER.with_name("matrix.md").read_text(encoding="utf-8") == matrix.text(), MEND


def test_the_list_of_stories_is_current() -> None:
    assert (page.FOLDER / "README.md").read_text(encoding="utf-8") == page.index(STORIES), MEND


def test_every_story_has_its_page_and_every_page_its_story() -> None:
    played = {story.name for story in STORIES if story.pending is None}
    assert {path.stem for path in page.FOLDER.glob("*.md")} - {"README"} == played, MEND
    assert {path.stem for path in page.FOLDER.glob("*.svg")} <= played, MEND


@pytest.mark.parametrize("number", [*map(str, range(1, 19))])
def test_there_is_a_story_of_each_number(number: str) -> None:
    assert number in {story.number for story in STORIES}


def test_what_cannot_be_played_yet_says_why() -> None:
    assert {story.name: story.pending for story in STORIES if story.pending} == PENDING
