"""Phones: registered with a key that never leaves them, lent to people, taken out of use in one act.

A phone proves itself twice: by a signature over a text that names phone and person when it is registered, and by one
under each fact it sends. A person who typed the password on it gets two random tokens: the full one, which the phone
locks away behind a PIN, and one that can do nothing but send what was recorded while the phone is locked.
"""

import base64
import binascii
import hashlib
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from sqlalchemy import Connection, text

from tracker import people
from tracker.parties import Caller, Who
from tracker.problems import Problem
from tracker.store import as_json, insert_rows, stored, table
from tracker.tables.devices import DeviceGrant

FULL_PREFIX, SEND_PREFIX = "wmp_", "wms_"
_PREFIXES = {"full": FULL_PREFIX, "send": SEND_PREFIX}
_POINT_BYTES, _SIGNATURE_BYTES = 65, 64
_LISTED_MAX = 500

_DEVICE = text("SELECT * FROM device WHERE uuid = :uuid FOR UPDATE")
_REGISTER = text("""
INSERT INTO device (uuid, park_id, enterprise_id, name, registered_by, registered_at, last_seen_at)
VALUES (:uuid, :park, :enterprise, :name, :person, :now, :now) ON CONFLICT (uuid) DO NOTHING
""")
_KEY = text("""
INSERT INTO device_key (device_uuid, public_key, made_by, made_at) VALUES (:uuid, :key, :person, :now)
ON CONFLICT (device_uuid, public_key) DO NOTHING
""")
_FORGET = text("DELETE FROM device_grant WHERE device_uuid = :device AND person_id = :person")
_SEEN = text("""
UPDATE device SET last_seen_at = :now WHERE uuid = :uuid AND last_seen_at < :now - interval '1 minute'
""")
_REVOKE = text("""
UPDATE device SET revoked_at = :now, revoked_by = :person, revoked_why = :why WHERE uuid = :uuid AND revoked_at IS NULL
""")
_LIST = """
SELECT d.*, e.uuid AS party_uuid, e.id AS party_id, e.name_zh AS party_name_zh, e.name_en AS party_name_en,
  e.uscc AS party_uscc, e.roles AS party_roles, r.name AS registered_name, v.name AS revoked_name,
  (SELECT jsonb_agg(jsonb_build_object('id', p.uuid, 'name', p.name, 'since', g.made_at) ORDER BY p.name, p.id)
   FROM device_grant g JOIN person p ON p.id = g.person_id
   WHERE g.device_uuid = d.uuid AND g.scope = 'full' AND g.epoch = p.epoch AND p.disabled_at IS NULL) AS people
FROM device d JOIN enterprise e ON e.id = d.enterprise_id JOIN person r ON r.id = d.registered_by
LEFT JOIN person v ON v.id = d.revoked_by
WHERE d.park_id = :park"""
#: All that a sync must know of phones and earlier answers, by one statement.
_STANDING = text("""
SELECT 'device' AS what, d.uuid AS id, d.revoked_at IS NOT NULL AS withdrawn, NULL::bytea AS digest,
  ARRAY(SELECT k.public_key FROM device_key k WHERE k.device_uuid = d.uuid ORDER BY k.id DESC) AS keys
FROM device d WHERE d.park_id = :park AND d.uuid = ANY (:devices)
UNION ALL
SELECT 'quarantined', q.fact_id, NULL, q.digest, NULL FROM quarantine q
WHERE q.park_id = :park AND q.fact_id = ANY (:facts)
""")
_ENTERED_EARLIER = text("""
SELECT f.id FROM fact f WHERE f.park_id = :park AND f.id = ANY (:ids)
UNION ALL SELECT w.fact_id FROM waiting w WHERE w.park_id = :park AND w.fact_id = ANY (:ids)
""")
_KEYS = text("""
SELECT k.public_key FROM device_key k JOIN device d ON d.uuid = k.device_uuid
WHERE d.park_id = :park AND d.uuid = :device ORDER BY k.id DESC
""")
_LENT = text("""
SELECT p.id, p.uuid, e.id AS enterprise, e.uuid AS enterprise_uuid
FROM person p JOIN enterprise e ON e.id = p.enterprise_id JOIN device d ON d.enterprise_id = e.id
WHERE d.park_id = :park AND d.uuid = :device AND p.uuid = :person
  AND (d.registered_by = p.id
    OR EXISTS (SELECT FROM device_grant g WHERE g.device_uuid = d.uuid AND g.person_id = p.id))
""")
_SIGNED = text("""
INSERT INTO fact_signature (park_id, fact_id, device_uuid, signature, signed_digest, "right", came_at)
SELECT :park, r.fact_id, r.device_uuid, r.signature, r.signed_digest, r."right", :now
FROM jsonb_to_recordset(CAST(:rows AS jsonb))
  AS r(fact_id uuid, device_uuid uuid, signature bytea, signed_digest bytea, "right" boolean)
ON CONFLICT DO NOTHING
""")


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a phone gets for a person, once. ``full`` opens everything, ``send`` the way out for facts alone."""

    full: str
    send: str


@dataclass(frozen=True, slots=True)
class Phone:
    """What a sync must know of a phone: whether it was withdrawn, and its keys, the newest first."""

    withdrawn: bool
    keys: tuple[bytes, ...]


@dataclass(slots=True)
class Standing:
    """The registered phones that some facts name, and which of the facts were quarantined before (their digest)."""

    phones: dict[UUID, Phone] = field(default_factory=dict)
    quarantined: dict[UUID, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Signature:
    """What a phone signed: a fact, the canonical bytes of it, and how that was judged."""

    fact: UUID
    device: UUID
    signature: bytes
    signed: bytes
    right: bool


def proof_text(device: UUID, person: UUID) -> bytes:
    """What a phone signs to be registered: this phone, for this person, and nothing else."""
    return f"wm-device-v1\n{device}\n{person}".encode()


def from_base64url(value: str, length: int) -> bytes | None:
    """Bytes of a known length written without padding, or None where it is anything else."""
    try:
        found = base64.b64decode(value.encode("ascii") + b"=" * (-len(value) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error, UnicodeError):
        return None
    return found if len(found) == length else None


def signature_of(value: str) -> bytes | None:
    """The 64 raw bytes of a signature as it travels, or None where it is none."""
    return from_base64url(value, _SIGNATURE_BYTES)


def is_right(keys: Sequence[bytes], signed: bytes, signature: bytes | None) -> bool:
    """Whether one of these P-256 points made this raw ECDSA signature (r, s) over the SHA-256 of ``signed``."""
    if signature is None or len(signature) != _SIGNATURE_BYTES:
        return False
    half = _SIGNATURE_BYTES // 2
    pair = encode_dss_signature(int.from_bytes(signature[:half]), int.from_bytes(signature[half:]))
    for key in keys:
        try:
            ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), key).verify(pair, signed, ec.ECDSA(SHA256()))
        except (InvalidSignature, ValueError):
            continue
        return True
    return False


def verify(connection: Connection, park: int, device: UUID, signed: bytes, signature: str) -> bool:
    """Whether a phone registered in this park made this signature (base64url) over these canonical bytes. True for a
    withdrawn phone as well: the signature says who made it, not whether it may."""
    keys = [bytes(row.public_key) for row in connection.execute(_KEYS, {"park": park, "device": device})]
    return is_right(keys, signed, signature_of(signature))


def lent_to(connection: Connection, park: int, device: UUID, person: UUID) -> Who | None:
    """Somebody who works on this phone; None for anybody else."""
    row = connection.execute(_LENT, {"park": park, "device": device, "person": person}).one_or_none()
    return Who(row.id, row.uuid, row.enterprise, row.enterprise_uuid) if row else None


def register(
    connection: Connection, caller: Caller, uuid: UUID, *, name: str, public_key: str, proof: str, now: datetime
) -> dict[str, Any]:
    """Register a phone for the caller's enterprise, once and for all; asked again it is the same phone, with one more
    key where it lost the first.

    ``Problem``: person_without_enterprise, device_key_malformed, device_proof_wrong, device_elsewhere, device_revoked.
    """
    if caller.enterprise is None or caller.person_uuid is None:
        raise Problem("person_without_enterprise")
    key = from_base64url(public_key, _POINT_BYTES)
    if key is None or not _on_curve(key):
        raise Problem("device_key_malformed", "/public_key")
    if not is_right([key], proof_text(uuid, caller.person_uuid), signature_of(proof)):
        raise Problem("device_proof_wrong", "/proof")
    given = {"uuid": uuid, "park": caller.park, "person": caller.person, "now": now}
    connection.execute(_REGISTER, given | {"enterprise": caller.enterprise, "name": name})
    _own(connection, caller, uuid)
    connection.execute(_KEY, given | {"key": key})
    return one(connection, caller, uuid)


def _on_curve(key: bytes) -> bool:
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), key)
    except ValueError:
        return False
    return key[0] == 4  # noqa: PLR2004 - an uncompressed point


def _own(connection: Connection, caller: Caller, uuid: UUID) -> None:
    """Lock a phone of the caller's enterprise. ``Problem``: not_found, device_elsewhere, device_revoked."""
    row = connection.execute(_DEVICE, {"uuid": uuid}).mappings().first()
    if row is None:
        raise Problem("not_found", what=str(uuid))
    if (row["park_id"], row["enterprise_id"]) != (caller.park, caller.enterprise):
        raise Problem("device_elsewhere")
    if row["revoked_at"] is not None:
        raise Problem("device_revoked")


def enrol(connection: Connection, caller: Caller, uuid: UUID, epoch: int | None, now: datetime) -> Tokens:
    """Lend a registered phone to the caller: two new tokens, which replace those of an earlier log-in. ``epoch`` is the
    person's; when it moves on both end. None: nobody typed a password. ``Problem``: not_found, device_elsewhere,
    device_revoked, password_first."""
    _own(connection, caller, uuid)
    if epoch is None:
        raise Problem("password_first")
    connection.execute(_FORGET, {"device": uuid, "person": caller.person})
    tokens = {scope: prefix + secrets.token_urlsafe(32) for scope, prefix in _PREFIXES.items()}
    row = {"device_uuid": uuid, "person_id": caller.person, "park_id": caller.park, "epoch": epoch, "made_at": now}
    rows = [row | {"scope": scope, "digest": people.digest_of(token)} for scope, token in tokens.items()]
    insert_rows(connection, table(DeviceGrant), rows)
    return Tokens(**tokens)


def leave(connection: Connection, caller: Caller) -> None:
    """The caller is no longer on the phone they call from."""
    connection.execute(_FORGET, {"device": caller.device, "person": caller.person})


def seen(connection: Connection, uuid: UUID, now: datetime) -> None:
    """Note that a phone was heard of; to the minute, so that it costs a busy phone nothing."""
    connection.execute(_SEEN, {"uuid": uuid, "now": now})


def listed(connection: Connection, caller: Caller) -> list[dict[str, Any]]:
    """The phones of the caller's enterprise; regulators see the park's. In use first, the last seen first."""
    mine = "" if caller.sees_all else " AND d.enterprise_id = :mine"
    order = " ORDER BY d.revoked_at IS NOT NULL, d.last_seen_at DESC, d.uuid LIMIT :limit"
    given = {"park": caller.park, "limit": _LISTED_MAX} | ({} if caller.sees_all else {"mine": caller.enterprise or 0})
    return [_row(dict(row)) for row in connection.execute(text(_LIST + mine + order), given).mappings()]


def one(connection: Connection, caller: Caller, uuid: UUID) -> dict[str, Any]:
    """One phone as ``listed`` has it. ``Problem`` not_found where it is not the caller's to see."""
    row = (
        connection.execute(text(f"{_LIST} AND d.uuid = :uuid"), {"park": caller.park, "uuid": uuid}).mappings().first()
    )
    if row is None or not (caller.sees_all or row["enterprise_id"] == caller.enterprise):
        raise Problem("not_found", what=str(uuid))
    return _row(dict(row))


def _row(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"people": row["people"] or []}


def revoke(connection: Connection, caller: Caller, uuid: UUID, why: str, now: datetime) -> dict[str, Any]:
    """Take a phone out of use: every grant on it ends and what it still sends is quarantined. Said twice, the first
    stands, with its reason. ``Problem`` not_found where it is not the caller's."""
    found = one(connection, caller, uuid)
    if found["revoked_at"] is not None:
        return found
    connection.execute(_REVOKE, {"uuid": uuid, "person": caller.person, "why": why, "now": now})
    return one(connection, caller, uuid)


def standing(connection: Connection, park: int, devices: Collection[UUID], ids: Collection[UUID]) -> Standing:
    """What is known of the phones these facts name, and of the facts' own quarantine."""
    found = Standing()
    for row in connection.execute(_STANDING, {"park": park, "devices": list(devices), "facts": list(ids)}):
        if row.what == "device":
            found.phones[row.id] = Phone(row.withdrawn, tuple(bytes(key) for key in row.keys))
        else:
            found.quarantined[row.id] = bytes(row.digest)
    return found


def entered_earlier(connection: Connection, park: int, ids: Collection[UUID]) -> set[UUID]:
    """Which of these facts are in the log, or wait for it: they came before their phone was withdrawn."""
    return set(connection.scalars(_ENTERED_EARLIER, {"park": park, "ids": list(ids)})) if ids else set()


def keep_signatures(connection: Connection, park: int, made: Sequence[Signature], now: datetime) -> None:
    """Keep what phones signed beside the log, so that a file of theirs can be believed later. The first that came under
    a fact stays."""
    if not made:
        return
    rows = [
        {
            "fact_id": one.fact,
            "device_uuid": one.device,
            "signature": one.signature,
            "signed_digest": hashlib.sha256(one.signed).digest(),
            "right": one.right,
        }
        for one in made
    ]
    connection.execute(_SIGNED, {"park": park, "rows": as_json(stored(rows)), "now": now})
