"""What the phone shares with the server is generated, never edited, and current."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from api.app import create_app
from api.config import Config
from tracker import lifecycle, problems

GENERATED = Path(__file__).resolve().parents[2] / "mobile_web" / "generated"
MEND = "run: .venv/bin/tracker export mobile_web/generated"


def _written(name: str) -> Any:
    return json.loads((GENERATED / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("name", "made"),
    [("lifecycle.json", lifecycle.export), ("problems.json", problems.export)],
    ids=["life", "problems"],
)
def test_what_the_phone_shares_is_current(name: str, made: Callable[[], Any]) -> None:
    assert _written(name) == made(), MEND


def test_the_description_of_the_api_is_current(engine: Engine, database_url: str) -> None:
    app = create_app(Config(database_url=database_url, secret_key="x" * 40), engine)
    assert _written("openapi.json") == app.test_client().get("/api/v1/openapi.json").get_json(), MEND
