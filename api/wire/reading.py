"""Reads input, refuses in the catalogue's words, and says in the OpenAPI file what each operation takes and answers."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import flask_smorest
import marshmallow as ma
from flask import current_app, request
from webargs.core import is_json
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from api import errors
from tracker.problems import Problem

#: What a picture is to the OpenAPI file: bytes of the media type it stands under.
PICTURE: dict[str, Any] = {"type": "string", "format": "binary"}
LINK = {"Link": {"description": "the next page, rel=next; absent on the last", "schema": {"type": "string"}}}
ETAG = {"ETag": {"description": "for If-Match of an edit", "required": True, "schema": {"type": "string"}}}
IF_MATCH = {
    "in": "header",
    "name": "If-Match",
    "required": True,
    "description": "the ETag of the reading this edit rests on",
    "schema": {"type": "string", "pattern": '^"[0-9]{1,9}"$'},
}

PREFER = {
    "in": "header",
    "name": "Prefer",
    "required": False,
    "description": "return=minimal: no answer but where it is (RFC 7240)",
    "schema": {"type": "string", "enum": ["return=minimal"]},
}


#: An ETag as we gave it, or as a proxy weakened it.
_REVISION = re.compile(r'(?:W/)?"([0-9]{1,9})"')


def sent_revision() -> int:
    """The revision an edit rests on, from ``If-Match``. ``Problem``: edit_without_etag, changed_meanwhile."""
    sent = request.headers.get("If-Match")
    if sent is None:
        raise Problem("edit_without_etag")
    read = _REVISION.fullmatch(sent.strip())
    if read is None:
        raise Problem("changed_meanwhile")
    return int(read[1])


def etag_of(found: Mapping[str, Any]) -> dict[str, str]:
    """The header that tells which revision of something was read."""
    return {"ETag": f'"{found["revision"]}"'}


class _Parser(FlaskParser):
    DEFAULT_UNKNOWN_BY_LOCATION = FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION | {"query": ma.RAISE, "json": None}

    def handle_error(self, error: ma.ValidationError, *_: Any, **__: Any) -> Any:
        # Messages hang under the place they were read from ("json", "query"), which is no part of a JSON pointer.
        messages = error.messages
        inner = next(iter(messages.values())) if isinstance(messages, dict) and len(messages) == 1 else messages
        raise errors.Invalid(list(errors.problems_of(inner)))

    def _raw_load_json(self, req: Any) -> Any:
        if not is_json(req.mimetype):
            raise UnsupportedMediaType
        body = req.get_data(cache=True)
        # A body that did not say how long it is was cut off at the limit.
        if len(body) >= current_app.config["MAX_CONTENT_LENGTH"]:
            raise RequestEntityTooLarge
        return current_app.json.loads(body)


class Blueprint(flask_smorest.Blueprint):
    """A resource whose input is read by our rules, and whose operations say who may call them."""

    ARGUMENTS_PARSER = _Parser()

    def arguments(self, schema: Any, **given: Any) -> Any:
        """A shape is made once: made for every request, it would be copied, field by field, for every request."""
        return super().arguments(schema() if isinstance(schema, type) else schema, **given)

    def route(self, rule: str, **options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        register = super().route

        def decorate(handler: Callable[..., Any]) -> Callable[..., Any]:
            named: dict[str, Any] = {"operationId": f"{self.name}_{handler.__name__}"}
            # The rule is declared by ``api.auth`` and tested for every route; here it is only told.
            rule_of = getattr(handler, "rule", ())
            named |= {"security": []} if rule_of == ("anybody",) else {"x-roles": list(rule_of)}
            documented = self.doc(**named)(handler)
            documented.rule = rule_of
            register(rule, **options)(documented)
            return handler

        return decorate
