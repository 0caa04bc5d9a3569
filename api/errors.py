"""Every refusal as problem+json (RFC 9457), with its code, its sentence in zh and en, and the pointer to the field."""

import uuid
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Self

import structlog
from flask import Flask, Response, current_app, g, json, request
from marshmallow import ValidationError
from werkzeug.exceptions import HTTPException

from tracker.problems import Category, Language, Problem

#: HTTP is derived from the catalogue's categories and from nothing else.
STATUS: Mapping[Category, int] = {
    "unreadable": 422,
    "unauthenticated": 401,
    "forbidden": 403,
    "missing": 404,
    "refused": 422,
    "conflict": 409,
    "stale": 412,
    "precondition": 428,
    "too_large": 413,
    "too_many": 429,
    "unavailable": 503,
}
_TITLES = {
    400: "Bad request",
    401: "Not logged in",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    409: "Conflict",
    412: "Changed meanwhile",
    413: "Too large",
    415: "Unsupported media type",
    422: "Refused",
    428: "ETag required",
    429: "Too many",
    500: "Server error",
    503: "Unavailable",
}
MEDIA_TYPE = "application/problem+json"
_LOG = structlog.get_logger()
_ERRORS_MAX = 50


class Invalid(Exception):
    """Input that does not have the shape it should; one problem a field."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = problems


class Coded(str):
    """A validation message that knows its code: what our own fields raise."""

    __slots__ = ("code", "params")

    code: str
    params: dict[str, Any]

    def __new__(cls, code: str, **params: Any) -> Self:
        made = super().__new__(cls, code)
        made.code, made.params = code, params
        return made


def coded(code: str, **params: Any) -> ValidationError:
    """A validation error with a code of the catalogue."""
    return ValidationError([Coded(code, **params)])


def problems_of(messages: Any, pointer: str = "") -> Iterator[Problem]:
    """The problems in marshmallow's nested messages, each with its JSON pointer."""
    if isinstance(messages, Mapping):
        for key, below in messages.items():
            step = "" if key == "_schema" else "/" + str(key).replace("~", "~0").replace("/", "~1")
            yield from problems_of(below, pointer + step)
    elif isinstance(messages, (list, tuple)):
        for message in messages:
            yield from problems_of(message, pointer)
    else:
        yield _problem(messages, pointer)


def _problem(message: Any, pointer: str) -> Problem:
    field = pointer.rsplit("/", 1)[-1]
    if isinstance(message, Coded):
        return Problem(message.code, pointer, **({"field": field} | message.params))
    words = str(message)
    if "Missing data" in words:
        return Problem("field_required", pointer, field=field)
    if "Unknown field" in words:
        return Problem("field_unknown", pointer, field=field[:60])
    return Problem("field_malformed", pointer, field=field, reason=words[:200])


def language() -> Language:
    """The language of the answer: what the browser asks for, Chinese where it does not say."""
    return "en" if request.accept_languages.best_match(["zh", "en"], default="zh") == "en" else "zh"


def shown(problem: Problem) -> dict[str, Any]:
    """A problem inside an answer (a receipt, a list of errors)."""
    params = {name: _plain(value) for name, value in problem.params.items()}
    return {
        "code": problem.code,
        "zh": problem.entry.say("zh", params),
        "en": problem.entry.say("en", params),
        "pointer": printable(problem.pointer),
        "params": params,
    }


def _plain(value: Any) -> Any:
    return value if isinstance(value, (int, float)) or value is None else printable(str(value))


def printable(value: Any) -> Any:
    """The same JSON where each half of a character and each NUL, which neither UTF-8 nor the database can hold, is
    spelt out. For what we say about input that cannot be read, and keep of it."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode().replace("\x00", "\\x00")
    if isinstance(value, Mapping):
        return {printable(name): printable(below) for name, below in value.items()}
    if isinstance(value, (list, tuple)):
        return [printable(below) for below in value]
    return value


def answer(problems: Iterable[Problem], status: int | None = None) -> Response:
    """The problem+json answer for one problem or several."""
    every = list(problems)
    first = every[0]
    code = status or STATUS[first.category]
    about = shown(first)
    body = about | {
        "type": f"urn:waste-tracker:problem:{first.code}",
        "title": _TITLES.get(code, "Refused"),
        "status": code,
        "detail": about[language()],
        "request_id": getattr(g, "request_id", None) or str(uuid.uuid4()),
        "errors": [shown(each) for each in every[:_ERRORS_MAX]] if len(every) > 1 else [],
    }
    response = Response(json.dumps(body), code, content_type=MEDIA_TYPE)
    if first.category == "unauthenticated":
        response.headers["WWW-Authenticate"] = 'Bearer realm="waste-tracker"'
    if code == STATUS["too_many"] and "seconds" in first.params:
        response.headers["Retry-After"] = str(first.params["seconds"])
    return response


#: What werkzeug refuses by itself. Any other complaint about the request itself is request_malformed.
_OF_HTTP = {404: "not_found", 405: "method_not_allowed", 413: "body_too_large", 415: "media_type_unknown"}


def _of_http(error: HTTPException) -> Response:
    status = error.code or 500
    if status < 500:  # noqa: PLR2004
        code = _OF_HTTP.get(status, "request_malformed")
        limit = current_app.config["MAX_CONTENT_LENGTH"]
        response = answer([Problem(code, what=request.path[:80], limit=limit)], status)
    else:
        response = answer([Problem("internal_error", request_id=getattr(g, "request_id", "—"))], status)
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response


def _of_fault(error: Exception) -> Response:
    _LOG.error("request_failed", exc_info=error)
    return answer([Problem("internal_error", request_id=getattr(g, "request_id", "—"))], 500)


def install(app: Flask) -> None:
    """Let every way a request can fail end in problem+json."""
    app.register_error_handler(Problem, lambda problem: answer([problem]))
    app.register_error_handler(Invalid, lambda invalid: answer(invalid.problems))
    app.register_error_handler(HTTPException, _of_http)
    app.register_error_handler(Exception, _of_fault)
