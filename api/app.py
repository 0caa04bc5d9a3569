"""``create_app``: the only place where things are wired."""

import logging
import os
import re
import time
import uuid
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import structlog
from flask import Flask, Response, g, request, send_from_directory
from flask_smorest import Api
from werkzeug.exceptions import BadRequest
from werkzeug.routing import PathConverter
from werkzeug.security import safe_join

from api import (
    batches,
    catalogue,
    check,
    desk,
    devices,
    errors,
    evidence,
    health,
    labels,
    mandates,
    manifests,
    numbers,
    outbox_files,
    pack,
    papers,
    permits,
    printing,
    profile,
    proposals,
    public_page,
    quarantine,
    register,
    roadside,
    rolls,
    session,
    signatures,
    sync,
    trace,
)
from api.auth import LoginGate
from api.config import Config
from api.wire.body import Json
from api.wire.facts import describe_facts
from api.wire.fields import Choice, Grams, Instant, Number, Uid, Whole, Words
from api.wire.shapes import ProblemJsonSchema
from manifests import offline
from manifests.sealing import Sealer
from manifests.signing import Signer
from tracker import late, store
from tracker.problems import Problem
from tracker.store import Engine

BODY_BYTES_MAX = 4 * 1024 * 1024
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
#: Anybody can send a method of their own invention; each would be a new line of the metrics for ever.
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_LOG = structlog.get_logger()
#: What our own fields are to JSON.
_FIELDS: tuple[tuple[type, str, str | None], ...] = (
    (Grams, "integer", "int64"),
    (Whole, "integer", None),
    (Number, "number", None),
    (Instant, "string", "date-time"),
    (Uid, "string", "uuid"),
    (Words, "string", None),
    (Choice, "string", None),
)
_RESOURCES = (
    session,
    devices,
    sync,
    quarantine,
    outbox_files,
    check,
    batches,
    manifests,
    numbers,
    signatures,
    mandates,
    papers,
    labels,
    evidence,
    pack,
    proposals,
    trace,
    catalogue,
    register,
    roadside,
    rolls,
    permits,
    printing,
    profile,
    desk,
)
#: Files of the app whose names stay the same from version to version: a phone has to ask whether they changed.
_ASKED_ANEW = frozenset({"index.html", "sw.js", "app.webmanifest"})
#: The page may load nothing from anywhere else; the scanner compiles WebAssembly and shows pictures it made itself.
_POLICY = (
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' blob: data:; connect-src 'self'; worker-src 'self' blob:; "
    "frame-ancestors 'none'; base-uri 'self'; form-action 'self'"
)


class _Api(Api):
    """OpenAPI 3.1 at /api/v1/openapi.json, errors as problem+json."""

    ERROR_SCHEMA = ProblemJsonSchema

    def _register_error_handlers(self) -> None:
        errors.install(self._app)

    def _register_responses(self) -> None:
        names = ("DEFAULT_ERROR", HTTPStatus(422).name)
        for name in names:
            refused = {"description": "Refused, and why", "content": {errors.MEDIA_TYPE: {"schema": self.ERROR_SCHEMA}}}
            self.spec.components.response(name, refused, lazy=True)

    def _openapi_json(self) -> Response:
        response: Response = self._app.json.response(self.spec.to_dict())
        response.headers["Cache-Control"] = "public, max-age=300"
        return response

    _openapi_json.rule = ("anybody",)  # type: ignore[attr-defined]


def create_app(config: Config, engine: Engine | None = None) -> Flask:
    """The service. Raises ``store.UnsafeDatabase`` where an acknowledged fact could be lost."""
    app = Flask(__name__, static_folder=None)
    app.json = Json(app)
    app.config.update(
        API_TITLE="Waste tracker",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/api/v1",
        OPENAPI_JSON_PATH="openapi.json",
        MAX_CONTENT_LENGTH=BODY_BYTES_MAX,
        SECRET_KEY=config.secret_key,
        SESSION_COOKIE_NAME="wm_session",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=config.secure_cookies,
        PERMANENT_SESSION_LIFETIME=timedelta(days=14),
    )
    made = engine or store.engine(config.database_url, pool_size=config.pool_size)
    store.refuse_unsafe(made)
    late.lend(offline.let_in)
    app.extensions |= {
        "config": config,
        "engine": made,
        "signer": Signer(config.keys),
        "sealer": Sealer(config.keys),
        "evidence": config.evidence,
        "login_gate": LoginGate(config.logins_per_minute),
    }
    _watch(app)
    _document(app)
    app.register_blueprint(health.blp)
    app.register_blueprint(public_page.blp)
    _pages(app, config)
    return app


def _document(app: Flask) -> None:
    api = _Api(app)
    plugin: Any = api.ma_plugin
    for field, kind, form in _FIELDS:
        plugin.map_to_openapi_type(field, kind, form)
    api.spec.components.security_scheme("cookie", {"type": "apiKey", "in": "cookie", "name": "wm_session"})
    api.spec.components.security_scheme("key", {"type": "http", "scheme": "bearer"})
    api.spec.options["security"] = [{"cookie": []}, {"key": []}]
    describe_facts(api.spec)
    for resource in _RESOURCES:
        api.register_blueprint(resource.blp)


def _watch(app: Flask) -> None:
    """A request id on everything, one log line and one count a request."""

    @app.before_request
    def begin() -> None:
        given = request.headers.get("X-Request-Id", "")
        g.request_id = given if _REQUEST_ID.fullmatch(given) else str(uuid.uuid4())
        g.began = time.perf_counter()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=g.request_id)
        if request.content_length and request.content_length > BODY_BYTES_MAX:
            raise Problem("body_too_large", limit=BODY_BYTES_MAX)
        if "\x00" in request.path or "\x00" in request.query_string.decode("utf-8", "replace") or "%00" in request.url:
            raise BadRequest

    @app.after_request
    def end(response: Response) -> Response:
        seconds = time.perf_counter() - g.get("began", time.perf_counter())
        route = request.url_rule.rule if request.url_rule else "—"
        method = request.method if request.method in _METHODS else "other"
        health.REQUESTS.labels(method, route, response.status_code).inc()
        health.SECONDS.labels(route).observe(seconds)
        for verdict in g.get("verdicts", ()):
            health.FACTS.labels(verdict).inc()
        response.headers["X-Request-Id"] = g.get("request_id", "")
        response.headers.setdefault("Content-Security-Policy", _POLICY)
        response.headers.setdefault("Permissions-Policy", "camera=(self), geolocation=(self)")
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "same-origin"
        if request.path.startswith("/api/"):
            response.headers.setdefault("Cache-Control", "no-store")
        caller = g.get("caller")
        _LOG.info(
            "request",
            method=request.method,
            route=route,
            status=response.status_code,
            ms=round(seconds * 1000, 1),
            person=str(caller.person_uuid) if caller else None,
        )
        return response


class _PagePath(PathConverter):
    """Any path but those of the API, which has to say itself what it does not have."""

    regex = r"(?!api(?:/|$))[^/].*?"


def _pages(app: Flask, config: Config) -> None:
    """The app on phone and desk is one page, built beforehand; a scanned code opens the same page."""

    def page(path: str = "") -> Response:
        # Joined safely before the disk is asked: whoever sends "../" must not learn which files this machine has.
        inside = safe_join(str(config.dist), path) if path else None
        if inside and os.path.isfile(inside):  # noqa: PTH113 - a name no disk can hold is no file, not an error
            response = send_from_directory(config.dist, path)
            if path.startswith("assets/"):
                response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
            if path in _ASKED_ANEW:
                response.headers["Cache-Control"] = "no-cache"
            if path == "sw.js":
                response.headers["Service-Worker-Allowed"] = "/"
            if path.endswith(".webmanifest"):
                response.mimetype = "application/manifest+json"
            return response
        if inside and path.startswith("assets/"):
            # A page that is open since before the last version asks for files that are gone; a page in their place
            # would be taken for code, and kept.
            return Response(status=404, mimetype="text/plain")
        response = send_from_directory(config.dist, "index.html")
        response.headers["Cache-Control"] = "no-cache"
        return response

    page.rule = ("anybody",)  # type: ignore[attr-defined]
    app.add_url_rule("/", "page", page)
    app.url_map.converters["page"] = _PagePath
    app.add_url_rule("/<page:path>", "page", page)


def log_as_json() -> None:
    """Structured logs on standard output, one JSON object a line."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )
