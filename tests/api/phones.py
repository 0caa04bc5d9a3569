"""A phone as the server meets it: a key of its own, people with tokens, signed facts."""

import base64
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import rfc8785
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests import makers
from tests.api.parks import SLUDGE, Park, Person, fact, fresh
from tracker import devices


def base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


@dataclass
class Phone:
    """A phone with a key of its own, and the people on it."""

    park: Park
    id: str = field(default_factory=fresh)
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    tokens: dict[str, dict[str, Any]] = field(default_factory=dict)

    def signature(self, signed: bytes) -> str:
        r, s = decode_dss_signature(self.key.sign(signed, ec.ECDSA(SHA256())))
        return base64url(r.to_bytes(32) + s.to_bytes(32))

    def registration(self, person: Person, **given: Any) -> dict[str, Any]:
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        named = UUID(person.session["person"]["id"])
        proof = self.signature(devices.proof_text(UUID(self.id), named))
        return {"id": self.id, "name": "Gate phone", "public_key": base64url(point), "proof": proof} | given

    def log_in(self, name: str) -> Person:
        """By password, on this phone; a cookie."""
        someone = self.park.someone()
        body = {"login": self.park.login(name), "password": makers.PASSWORD, "device": self.id}
        someone.session = someone.made("session", body)
        someone.csrf = someone.session["csrf"]
        return someone

    def enrol(self, name: str) -> Person:
        """Registered if need be and lent to somebody: they work by the full token."""
        known = self.log_in(name)
        known.made("devices", self.registration(known), 201)
        self.tokens[name] = known.made(f"devices/{self.id}/people", status=201)
        return self.unlocked(name)

    def unlocked(self, name: str) -> Person:
        return self.park.someone(Authorization=f"Bearer {self.tokens[name]['full']}")

    def locked(self, name: str) -> Person:
        return self.park.someone(Authorization=f"Bearer {self.tokens[name]['send']}")

    def generated(self, **given: Any) -> dict[str, Any]:
        """A new drum, signed by the phone."""
        told = fact("generated", fresh(), grams=2000, measured=True, details={"class": SLUDGE}, device=self.id)
        return self.signed(told | given)

    def signed(self, told: dict[str, Any]) -> dict[str, Any]:
        return told | {"signature": self.signature(rfc8785.dumps(told))}
