"""``create_app``: the only place where things are wired."""

import json
import logging
import time
import uuid
from datetime import timedelta
from typing import Any

import structlog
from flask import Flask, Response, g, request, send_from_directory
from flask.json.provider import DefaultJSONProvider
from flask_smorest import Api
from werkzeug.exceptions import BadRequest

from api import batches, catalogue, desk, errors, health, labels, manifests, register, session, sync, trace
from api.auth import LoginGate
from api.config import Config
from api.wire.fields import Grams, Instant, Uid, Words
from api.wire.shapes import ProblemJsonSchema
from manifests.signing import Signer
from tracker import store
from tracker.problems import Problem
from tracker.store import Engine

BODY_BYTES_MAX = 4 * 1024 * 1024
DEPTH_MAX = 32
_LOG = structlog.get_logger()
_RESOURCES = (session, sync, batches, manifests, labels, trace, catalogue, register, desk)
#: The page may load nothing from anywhere else; the scanner compiles WebAssembly and shows pictures it made itself.
_POLICY = (
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' blob: data:; "
    "connect-src 'self'; worker-src 'self' blob:; frame-ancestors 'none'; base-uri 'self'; form-action 'self'"
)


class _Json(DefaultJSONProvider):
    """Refuses what is valid to Python but not to the rest of the world, and what is nested to do harm."""

    ensure_ascii = False
    sort_keys = False

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        try:
            found = json.loads(s, parse_constant=_refuse_constant, **kwargs)
        except RecursionError:
            raise Problem("body_too_deep", limit=DEPTH_MAX) from None
        if _deeper_than(found, DEPTH_MAX):
            raise Problem("body_too_deep", limit=DEPTH_MAX)
        return found


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _deeper_than(value: Any, levels: int) -> bool:
    layer = [value]
    for _ in range(levels):
        layer = [
            below
            for item in layer
            if isinstance(item, (dict, list))
            for below in (item.values() if isinstance(item, dict) else item)
        ]
        if not layer:
            return False
    return True


class _Api(Api):
    """OpenAPI 3.1 at /api/v1/openapi.json, errors as problem+json."""

    ERROR_SCHEMA = ProblemJsonSchema

    def _register_error_handlers(self) -> None:
        errors.install(self._app)


def create_app(config: Config, engine: Engine | None = None) -> Flask:
    """The service. Raises ``store.UnsafeDatabase`` where an acknowledged fact could be lost."""
    app = Flask(__name__, static_folder=None)
    app.json = _Json(app)
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
    app.extensions |= {
        "config": config,
        "engine": made,
        "signer": Signer(config.keys),
        "login_gate": LoginGate(config.logins_per_minute),
    }
    _watch(app)
    _document(app)
    app.register_blueprint(health.blp)
    _pages(app, config)
    return app


def _document(app: Flask) -> None:
    api = _Api(app)
    plugin: Any = api.ma_plugin
    for field, kind, form in ((Grams, "integer", "int64"), (Instant, "string", "date-time"), (Uid, "string", "uuid")):
        plugin.map_to_openapi_type(field, kind, form)
    plugin.map_to_openapi_type(Words, "string", None)
    api.spec.components.security_scheme("cookie", {"type": "apiKey", "in": "cookie", "name": "wm_session"})
    api.spec.components.security_scheme("key", {"type": "http", "scheme": "bearer"})
    api.spec.options["security"] = [{"cookie": []}, {"key": []}]
    for resource in _RESOURCES:
        api.register_blueprint(resource.blp)


def _watch(app: Flask) -> None:
    """A request id on everything, one log line and one count a request."""

    @app.before_request
    def begin() -> None:
        g.request_id = request.headers.get("X-Request-Id", "")[:64] or str(uuid.uuid4())
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
        health.REQUESTS.labels(request.method, route, response.status_code).inc()
        health.SECONDS.labels(route).observe(seconds)
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


def _pages(app: Flask, config: Config) -> None:
    """The app on phone and desk is one page, built beforehand; a scanned code opens the same page."""

    def page(path: str = "") -> Response:
        if path.startswith("api/"):
            raise Problem("not_found", what=f"/{path}"[:80])
        if path and (config.dist / path).is_file():
            response = send_from_directory(config.dist, path)
            if path.startswith("assets/"):
                response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
            return response
        response = send_from_directory(config.dist, "index.html")
        response.headers["Cache-Control"] = "no-cache"
        return response

    page.rule = ("anybody",)  # type: ignore[attr-defined]
    app.add_url_rule("/", "page", page)
    app.add_url_rule("/<path:path>", "page", page)


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
