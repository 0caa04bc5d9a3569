"""Every story, played over HTTP, and its page held against what came out."""

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine

from tests.stories import nexts, page, reading, runner

MEND = "run: .venv/bin/python -m tests.stories"
STORIES = reading.stories()
READY = [story for story in STORIES if story.pending is None]


@pytest.mark.parametrize("story", READY, ids=lambda story: story.name)
def test_the_story(story: reading.Story, app: Flask, engine: Engine, var: Path) -> None:
    stage = runner.play(story, app, engine, var / "keys", code_of(story))
    for name, text in page.files(stage).items():
        assert (page.FOLDER / name).read_text(encoding="utf-8") == text, f"{name} is not current; {MEND}"
    known = nexts.written()
    differs = [situation for situation, acts in stage.offers.items() if known.get(situation) != acts]
    assert differs == [], f"tests/vectors/next.json is not current; {MEND}"


def code_of(story: reading.Story) -> str:
    """A code for the story's own park."""
    return f"ST{STORIES.index(story):02d}"
