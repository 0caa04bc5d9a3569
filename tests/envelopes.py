"""Seals a login and PIN as a phone does, written apart from what opens it."""

import base64
import hashlib
import json
import os

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


def sealed(
    public_key: str,
    login: str,
    pin: str,
    *,
    fact: str,
    manifest: str,
    side: str = "generator",
    of: str | None = None,
    ephemeral: ec.EllipticCurvePrivateKey | None = None,
    nonce: bytes | None = None,
) -> str:
    """An envelope for the installation whose public point this is (base64url)."""
    point = base64.urlsafe_b64decode(public_key + "=" * (-len(public_key) % 4))
    mine = ephemeral or ec.generate_private_key(ec.SECP256R1())
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    mine_point = mine.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    derived = HKDF(algorithm=SHA256(), length=32, salt=mine_point + point, info=b"wm-seal-v1")
    key = derived.derive(mine.exchange(ec.ECDH(), theirs))
    inside = json.dumps({"login": login, "pin": pin}, ensure_ascii=False, separators=(",", ":")).encode()
    padded = inside + b" " * (-len(inside) % 128)
    nonce = nonce or os.urandom(12)
    bound = f"{fact}|{manifest}|{side}|{of or ''}".encode()
    head = b"\x01" + hashlib.sha256(point).digest()[:4] + mine_point + nonce
    return base64.urlsafe_b64encode(head + AESGCM(key).encrypt(nonce, padded, bound)).decode().rstrip("=")
