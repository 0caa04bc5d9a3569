"""Is it alive, is it ready, what does it count."""

import os
from typing import Any

from flask import Blueprint, Response, current_app, jsonify
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from tracker import schema, store

blp = Blueprint("health", __name__)

REQUESTS = Counter("tracker_requests_total", "Requests answered", ["method", "route", "status"])
SECONDS = Histogram(
    "tracker_request_seconds",
    "Time to answer",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
FACTS = Counter("tracker_facts_total", "Facts answered", ["verdict"])


@blp.get("/healthz")
def healthz() -> Any:
    """The process answers."""
    return jsonify(status="alive")


@blp.get("/readyz")
def readyz() -> Any:
    """It can do its work: the database answers and has the newest schema."""
    trouble = store.trouble(current_app.extensions["engine"], schema.head())
    return (jsonify(status=trouble), 503) if trouble else jsonify(status="ready")


@blp.get("/metrics")
def metrics() -> Any:
    """Prometheus text, of all processes where they share a folder."""
    registry = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


for view in (healthz, readyz, metrics):
    view.rule = ("anybody",)  # type: ignore[attr-defined]
