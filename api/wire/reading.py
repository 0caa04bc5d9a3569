"""Reads input and refuses in the catalogue's words."""

from typing import Any

import flask_smorest
import marshmallow as ma
from webargs.flaskparser import FlaskParser

from api import errors
from tracker.problems import Problem


class _Parser(FlaskParser):
    DEFAULT_UNKNOWN_BY_LOCATION = FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION | {"query": ma.RAISE, "json": None}

    def handle_error(self, error: ma.ValidationError, *_: Any, **__: Any) -> Any:
        # Messages hang under the place they were read from ("json", "query"), which is no part of a JSON pointer.
        messages = error.messages
        inner = next(iter(messages.values())) if isinstance(messages, dict) and len(messages) == 1 else messages
        raise errors.Invalid(list(errors.problems_of(inner)))

    def _handle_invalid_json_error(self, error: Any, *_: Any, **__: Any) -> Any:
        raise Problem("body_not_json") from error


class Blueprint(flask_smorest.Blueprint):
    """A resource whose input is read by our rules."""

    ARGUMENTS_PARSER = _Parser()
