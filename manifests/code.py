"""What is inside the QR: 36 bytes of facts and a signature of 64, written as a link any phone camera opens.

The layout is drawn as a table in docs/label.md, and ``tests/vectors/label.json`` holds texts that this file and the
phone must read alike. A signature says who made the label, not that it was issued: whoever verifies one online also
asks the log.
"""

import base64
import re
import struct
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, NamedTuple
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tracker.problems import Problem
from tracker.quantity import GRAMS_PER_KG

What = Literal["batch", "manifest", "roll"]
#: In the order of their two bits; ``roll`` is a label printed before there is anything to put it on.
WHATS: tuple[What, ...] = ("batch", "manifest", "roll")

#: Signed in front of the facts, so that a signature over a label can never be passed off as one over something else.
CONTEXT = b"wm-label-v1\0"
VERSION = 1
ED25519, ES256, SM2 = 1, 2, 3  # ES256 waits for web views without Ed25519, SM2 for those who must use it

FACTS_BYTES = 36
SIGNATURE_BYTES = 64
#: 100 bytes are 800 bits are 160 letters of five bits: nothing is left over, so a label has exactly one spelling.
PAYLOAD_LETTERS = (FACTS_BYTES + SIGNATURE_BYTES) * 8 // 5

FIRST_DAY = date(2020, 1, 1)
LAST_DAY = FIRST_DAY + timedelta(days=0xFFFF)
#: Four bytes of grams end here, at 4.29 t; what is heavier is stated in whole kilograms.
GRAMS_STATED_MAX = 0xFFFF_FFFF
KILOGRAMS_STATED_MAX = 0xFFFF_FFFF

_FACTS = struct.Struct(">BHH16sIIIHB")
_IN_KILOGRAMS, _MEASURED, _HAZARDOUS = 0b0_0001, 0b0_0010, 0b1_0000
_WHAT_SHIFT, _WHAT_MASK = 2, 0b11
_KNOWN_FLAGS = 0b1_1111

_TEXT_MAX = 2_000
_HOST = r"[A-Z0-9](?:[A-Z0-9.-]{0,98}[A-Z0-9])?(?::[0-9]{1,5})?"
_PRINTED_HOST = re.compile(_HOST)
# Messengers append "?from=..." to links and people a final slash: neither is signed, so both are ignored.
_LINK = re.compile(
    rf"https://(?P<host>{_HOST})/m/(?P<payload>[^/?#]*)/?(?:[?#].*)?", re.IGNORECASE | re.ASCII | re.DOTALL
)
_BASE32 = re.compile(r"[A-Z2-7]*")


@dataclass(frozen=True, slots=True)
class Label:
    """The facts a label states. Numbers are the park's own short ids; ``grams`` is 0 where nothing was weighed yet.

    ``ValueError`` where a value does not fit its bytes: that is a fault of the program, not of whoever scans.
    """

    park: int
    key_id: int
    label_id: UUID
    day: date
    what: What = "batch"
    waste_class: int = 0
    generator: int = 0
    grams: int = 0
    measured: bool = False
    hazardous: bool = False

    def __post_init__(self) -> None:
        for name, bits in (("park", 16), ("key_id", 16), ("waste_class", 32), ("generator", 32)):
            if not 0 <= getattr(self, name) < 1 << bits:
                message = f"{name} does not fit {bits} bits"
                raise ValueError(message)
        if not FIRST_DAY <= self.day <= LAST_DAY:
            message = f"a label states a day from {FIRST_DAY} to {LAST_DAY}"
            raise ValueError(message)
        if not 0 <= self.grams <= KILOGRAMS_STATED_MAX * GRAMS_PER_KG or self.grams != stated(self.grams):
            message = "a label states whole grams up to 4,294,967,295 and whole kilograms above: see stated()"
            raise ValueError(message)


class Scanned(NamedTuple):
    """A label as somebody's camera read it. ``claims`` is what it says of itself, not yet believed: see ``verify``."""

    claims: Label
    facts: bytes
    signature: bytes


def stated(grams: int) -> int:
    """The grams a label can state: the same up to 4.29 t, above that the nearest whole kilogram (halves go up).

    The books keep the exact figure; a label only helps a handler to notice that it is on the wrong container.
    """
    if grams <= GRAMS_STATED_MAX:
        return grams
    return (grams + GRAMS_PER_KG // 2) // GRAMS_PER_KG * GRAMS_PER_KG


def encode(label: Label) -> bytes:
    """The 36 bytes of facts, big-endian."""
    in_kilograms = label.grams > GRAMS_STATED_MAX
    flags = WHATS.index(label.what) << _WHAT_SHIFT
    flags |= _IN_KILOGRAMS * in_kilograms | _MEASURED * label.measured | _HAZARDOUS * label.hazardous
    return _FACTS.pack(
        VERSION << 4 | ED25519,
        label.key_id,
        label.park,
        label.label_id.bytes,
        label.waste_class,
        label.generator,
        label.grams // GRAMS_PER_KG if in_kilograms else label.grams,
        (label.day - FIRST_DAY).days,
        flags,
    )


def sign(label: Label, private_key: Ed25519PrivateKey) -> bytes:
    """The 100 bytes that are printed: facts, then the Ed25519 signature over ``CONTEXT + facts``.

    ``private_key`` must be the one named by ``label.park`` and ``label.key_id``; nothing here can know whether it is.
    """
    facts = encode(label)
    return facts + private_key.sign(CONTEXT + facts)


def text(host: str, signed: bytes) -> str:
    """The link in the QR: ``HTTPS://HOST/M/`` and Base32 without padding, in QR alphanumeric characters only.

    ``host`` may carry a port. ``ValueError`` where it holds what alphanumeric mode cannot write, or ``signed`` is not
    100 bytes long.
    """
    # Asked before upper(), which makes an S of the long s and a K of the Kelvin sign.
    if not host.isascii() or not _PRINTED_HOST.fullmatch(host.upper()):
        message = f"{host!r} cannot stand on a label: letters, digits, dots, hyphens and a port only"
        raise ValueError(message)
    if len(signed) != FACTS_BYTES + SIGNATURE_BYTES:
        message = f"a signed label has {FACTS_BYTES + SIGNATURE_BYTES} bytes, not {len(signed)}"
        raise ValueError(message)
    return f"HTTPS://{host.upper()}/M/{base64.b32encode(signed).decode('ascii')}"


def read(text: str, *, hosts: Collection[str]) -> Scanned:
    """What a scanned or typed link says. Upper and lower case are the same, a query and a final slash are ignored.

    ``hosts`` are those this installation prints, with their ports. Raises ``Problem``: label_not_ours for anything but
    a label link of one of them (which is never opened), else as ``read_payload``.
    """
    link = _LINK.fullmatch(text.strip()) if len(text) <= _TEXT_MAX and text.isascii() else None
    if link is None or link["host"].lower() not in {host.lower() for host in hosts}:
        raise Problem("label_not_ours")
    return read_payload(link["payload"])


def read_payload(payload: str) -> Scanned:
    """As ``read``, from the part behind ``/M/`` alone.

    Raises ``Problem``: label_unreadable (letters that are not Base32), label_wrong_length, label_version_unknown
    (another version, algorithm, kind or flag than this program knows).
    """
    if not payload.isascii() or not _BASE32.fullmatch(payload.upper()):
        raise Problem("label_unreadable")
    if len(payload) != PAYLOAD_LETTERS:
        raise Problem("label_wrong_length", letters=len(payload), expected=PAYLOAD_LETTERS)
    signed = base64.b32decode(payload.upper())
    facts, signature = signed[:FACTS_BYTES], signed[FACTS_BYTES:]
    return Scanned(claims=_decode(facts), facts=facts, signature=signature)


def verify(scanned: Scanned, keys: Mapping[tuple[int, int], Ed25519PublicKey]) -> Label:
    """The label, now believed: it was signed with the key its park published under that key id.

    ``keys`` is keyed by (park, key id). Raises ``Problem``: label_key_unknown, label_forged. Whether the label was also
    *issued* only the log can tell.
    """
    claims = scanned.claims
    key = keys.get((claims.park, claims.key_id))
    if key is None:
        raise Problem("label_key_unknown", park=claims.park, key_id=claims.key_id)
    try:
        key.verify(scanned.signature, CONTEXT + scanned.facts)
    except InvalidSignature:
        raise Problem("label_forged") from None
    return claims


def _decode(facts: bytes) -> Label:
    head, key_id, park, label_id, waste_class, generator, mass, day, flags = _FACTS.unpack(facts)
    what = flags >> _WHAT_SHIFT & _WHAT_MASK
    # A flag we do not know may change the meaning of those we do, so it stops us like an unknown version.
    if head != VERSION << 4 | ED25519 or flags & ~_KNOWN_FLAGS or what >= len(WHATS):
        raise Problem("label_version_unknown", version=head >> 4, algorithm=head & 0b1111)
    in_kilograms = bool(flags & _IN_KILOGRAMS)
    if in_kilograms and mass * GRAMS_PER_KG <= GRAMS_STATED_MAX:
        # One label, one spelling: kilograms are only for what grams cannot state.
        raise Problem("label_version_unknown", version=head >> 4, algorithm=head & 0b1111)
    return Label(
        park=park,
        key_id=key_id,
        label_id=UUID(bytes=label_id),
        day=FIRST_DAY + timedelta(days=day),
        what=WHATS[what],
        waste_class=waste_class,
        generator=generator,
        grams=mass * GRAMS_PER_KG if in_kilograms else mass,
        measured=bool(flags & _MEASURED),
        hazardous=bool(flags & _HAZARDOUS),
    )
