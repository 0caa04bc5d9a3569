"""What a code opens in a browser: the app, and in the same page, in plain HTML, what anybody may know of the label.

The app puts itself in its place as soon as it runs. Where it cannot (no scripts, an old web view, a half-loaded page),
the plain words stay. They are the same facts as ``GET /api/v1/public/labels/…`` gives, and nothing asks for a log-in.
"""

import tomllib
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import structlog
from flask import Blueprint, Response, current_app, render_template, request
from werkzeug.exceptions import NotFound

from api import labels
from api.auth import Lobby, outside
from tracker.problems import Problem

blp = Blueprint("public_page", __name__)

_LOG = structlog.get_logger()
_ROOT = '<div id="app">'
_LANGUAGES = ("zh", "en")


@blp.get("/M/<path:text>")
def page(text: str) -> Response:
    """The app's page with the label's public words inside. Without a database it is the app's page alone."""
    try:
        plain = _plain(text)
    except Problem as problem:
        # The app says better than we could that nobody answers, and tries again.
        _LOG.warning("public page without its words", problem=problem.code)
        plain = ""
    built = current_app.extensions["config"].dist / "index.html"
    if not built.is_file():
        raise NotFound
    whole = built.read_text(encoding="utf-8")
    before, root, after = whole.partition(_ROOT)
    response = Response(before + root + plain + after, mimetype="text/html")
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Vary"] = "Accept-Language"
    return response


page.rule = ("anybody",)  # type: ignore[attr-defined]


@outside
def _plain(lobby: Lobby, text: str) -> str:
    label = labels.in_public(lobby.connection, text)
    language = _language()
    words = _words()[language]
    return render_template(
        "public.html",
        label=label,
        language=language,
        other=next(each for each in _LANGUAGES if each != language),
        words=words,
        rows=[] if label["problem"] else _rows(label, words, language),
    )


def _language() -> str:
    asked = request.args.get("lang")
    return asked if asked in _LANGUAGES else request.accept_languages.best_match(_LANGUAGES) or "zh"


@cache
def _words() -> dict[str, dict[str, Any]]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def _rows(label: dict[str, Any], words: dict[str, Any], language: str) -> list[tuple[str, str]]:
    """Caption and value, in the order they are read; what is not known of a label is left out, but not its maker."""
    waste = label["class"]
    rows = [(words["code"], label["human_code"])]
    if waste:
        kind = words["hazardous"] if waste["hazardous"] else words["general"]
        rows.append((words["class"], f"{waste['code']} {_named(waste, 'name_zh', 'name_en', language)} · {kind}"))
    rows.append((words["generator"], _named(label, "generator", "generator_en", language) or words["unknown"]))
    if label["state"]:
        rows.append((words["state"], words["states"].get(label["state"], label["state"])))
    rows.append((words["park"], _named(label, "park", "park_en", language)))
    issued: date | None = label["issued_on"]
    rows.append((words["issued"], issued.isoformat() if issued else words["unknown"]))
    return rows


def _named(thing: dict[str, Any], zh: str, en: str, language: str) -> str:
    first, second = (thing[zh], thing[en]) if language == "zh" else (thing[en], thing[zh])
    return str(first or second or "")
