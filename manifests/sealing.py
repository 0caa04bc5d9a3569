"""Opens what was sealed on a phone without a network: the login and PIN of somebody who signs there.

An envelope is base64url without padding of
``version 1 | key id 4 | ephemeral P-256 point 65 | nonce 12 | ciphertext | tag 16``.
The key is HKDF-SHA-256 of the ECDH secret (salt: ephemeral point || our point, info ``wm-seal-v1``), the cipher is
AES-256-GCM. What it is sealed for (fact, manifest, side, signed fact) is authenticated beside it, so that an envelope
that is caught on its way cannot be put to another manifest. Inside is JSON ``{"login": ..., "pin": ...}``, padded with
spaces to a multiple of 128 bytes: its length must not tell whose it is. WebCrypto has all of this in every browser.
"""

import base64
import binascii
import hashlib
import json
import re
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from manifests import keys
from tracker.problems import Problem

TEXT_MAX = 2_000
VERSION = 1
_INFO = b"wm-seal-v1"
_KEY_ID, _POINT, _NONCE, _TAG = 4, 65, 12, 16
_HEAD = 1 + _KEY_ID + _POINT + _NONCE
_FILE = re.compile(r"seal-key-(?P<number>[0-9]{1,5})\.pem")
_LOGIN_MAX, _PIN_MAX = 100, 64


@dataclass(frozen=True, slots=True)
class Opened:
    """What was inside."""

    login: str
    pin: str


def bound_to(fact: UUID, manifest: UUID | None, side: str, of: UUID | None) -> bytes:
    """What an envelope is sealed for, as its associated data has it."""
    return "|".join((str(fact), str(manifest or ""), side, str(of or ""))).encode()


def key_id_of(public: bytes) -> bytes:
    """Four bytes that name a public key."""
    return hashlib.sha256(public).digest()[:_KEY_ID]


@dataclass(slots=True)
class Sealer:
    """Knows the installation's private keys for envelopes, one file a key beside those of the labels. The newest is
    published; older ones still open what phones sealed for them."""

    folder: Path
    _read: dict[bytes, tuple[bytes, ec.EllipticCurvePrivateKey]] = field(default_factory=dict)
    _newest: bytes = b""

    def published(self) -> dict[str, str]:
        """The key id (hexadecimal) and the public point (base64url) that phones seal for. Makes the first key where
        there is none. ``Problem`` signing_key_exposed or signing_key_unreadable."""
        if not self._newest:
            self._load()
        public, _ = self._read[self._newest]
        return {"key_id": self._newest.hex(), "public_key": _text(public)}

    def open(self, sealed: str, bound: bytes) -> Opened:
        """What is in an envelope. ``Problem`` seal_unreadable where it is damaged, or not sealed for this."""
        if not self._newest:
            self._load()
        try:
            raw = base64.b64decode(sealed + "=" * (-len(sealed) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raise Problem("seal_unreadable", "/details/sealed") from None
        known = self._read.get(raw[1 : 1 + _KEY_ID])
        if known is None or raw[:1] != bytes([VERSION]) or len(raw) < _HEAD + _TAG:
            raise Problem("seal_unreadable", "/details/sealed")
        try:
            return _opened(raw, *known, bound)
        except (InvalidTag, ValueError):
            raise Problem("seal_unreadable", "/details/sealed") from None

    def _load(self) -> None:
        found = self._numbered()
        if not found:
            with suppress(FileExistsError):  # Another process of ours was faster: its key is the key.
                keys.put(self.folder / "seal-key-1.pem", ec.generate_private_key(ec.SECP256R1()))
            found = self._numbered()
        for number in found:
            private = keys.read(self.folder / f"seal-key-{number}.pem", "—", f"seal-{number}")
            if not isinstance(private, ec.EllipticCurvePrivateKey):
                raise Problem("signing_key_unreadable", park="—", key_id=f"seal-{number}")
            public = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
            newest = key_id_of(public)
            self._read[newest] = (public, private)
        self._newest = newest

    def _numbered(self) -> list[int]:
        names = (_FILE.fullmatch(path.name) for path in self.folder.glob("seal-key-*.pem"))
        return sorted(int(name["number"]) for name in names if name)


def _opened(raw: bytes, public: bytes, private: ec.EllipticCurvePrivateKey, bound: bytes) -> Opened:
    point, nonce = raw[1 + _KEY_ID : 1 + _KEY_ID + _POINT], raw[_HEAD - _NONCE : _HEAD]
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    key = _key(private.exchange(ec.ECDH(), theirs), point + public)
    inside = json.loads(AESGCM(key).decrypt(nonce, raw[_HEAD:], bound))
    login, pin = (inside.get("login"), inside.get("pin")) if isinstance(inside, dict) else (None, None)
    if not isinstance(login, str) or not isinstance(pin, str) or len(login) > _LOGIN_MAX or len(pin) > _PIN_MAX:
        message = "an envelope holds a login and a PIN"
        raise ValueError(message)
    return Opened(login, pin)


def _key(secret: bytes, salt: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=salt, info=_INFO).derive(secret)


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
