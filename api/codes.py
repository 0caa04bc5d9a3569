"""Codes as they come in, scanned or typed: read, believed or not, and looked up in the log of issuance."""

import base64
import time
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from flask import current_app

from api import typed
from manifests import code, keys
from tracker import papers, store
from tracker.problems import Problem
from tracker.store import Connection


def find(connection: Connection, park: int | None, text: str) -> tuple[Any, code.Label]:
    """The label in the log of issuance that a text stands for. A forged code is refused before the log is asked."""
    if park is not None and len(text) <= typed.TYPED_MAX and not linked(text):
        row = papers.label_by_human_code(connection, park, text) or papers.label_by_number(connection, park, text)
        if row is None:
            raise Problem("label_not_issued")
        return row, code.read_payload(_payload(bytes(row["signed"]))).claims
    scanned = _read(text)
    label = code.verify(scanned, _keys(connection, scanned.claims))
    store.enter_park(connection, label.park)
    row = papers.label(connection, label.park, label.label_id, label.key_id)
    if park is not None:
        store.enter_park(connection, park)
    if row is None or bytes(row["signed"]) != scanned.facts + scanned.signature:
        raise Problem("label_not_issued")
    return row, label


def linked(text: str) -> bool:
    """Whether it is a link, and no code or number somebody typed."""
    return "/" in text or ":" in text


def _read(text: str) -> code.Scanned:
    if linked(text):
        return code.read(text, hosts=current_app.extensions["config"].hosts)
    return code.read_payload(text)


def _payload(signed: bytes) -> str:
    return base64.b32encode(signed).decode().rstrip("=")


def _keys(connection: Connection, claims: code.Label) -> dict[tuple[int, int], Ed25519PublicKey]:
    """Public keys, kept by the process and read again when a label names one it does not know: a park may have got
    a new key since. At most once a second, so that invented key ids do not become work for the database."""
    known: dict[tuple[int, int], Ed25519PublicKey] = current_app.extensions.setdefault("label_keys", {})
    now = time.monotonic()
    stale = now - current_app.extensions.get("label_keys_read", 0.0) >= 1
    if (claims.park, claims.key_id) not in known and (stale or not known):
        current_app.extensions["label_keys_read"] = now
        for row in papers.public_keys(connection):
            known[row["park_id"], row["key_id"]] = keys.public_key(bytes(row["public_key"]))
    return known
