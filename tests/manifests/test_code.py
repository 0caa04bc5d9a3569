"""What is inside the QR: layout, round trip, and every way a text can be wrong."""

import base64
import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from manifests import code, human, keys
from tracker.problems import Problem

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "label.json").read_text(encoding="utf-8"))
PUBLISHED = {(key["park"], key["key_id"]): keys.public_key(bytes.fromhex(key["public_hex"])) for key in VECTORS["keys"]}
PRIVATE = {
    (key["park"], key["key_id"]): Ed25519PrivateKey.from_private_bytes(bytes.fromhex(key["seed_hex"]))
    for key in VECTORS["keys"]
}

grams = st.integers(0, code.GRAMS_STATED_MAX) | st.integers(0, code.KILOGRAMS_STATED_MAX).map(lambda kg: kg * 1000)
labels = st.builds(
    code.Label,
    park=st.integers(0, 0xFFFF),
    key_id=st.integers(0, 0xFFFF),
    label_id=st.uuids(),
    day=st.dates(code.FIRST_DAY, code.LAST_DAY),
    what=st.sampled_from(code.WHATS),
    waste_class=st.integers(0, 0xFFFF_FFFF),
    generator=st.integers(0, 0xFFFF_FFFF),
    grams=grams,
    measured=st.booleans(),
    hazardous=st.booleans(),
)


def as_fields(label: code.Label) -> dict[str, Any]:
    return {
        "version": code.VERSION,
        "algorithm": code.ED25519,
        "key_id": label.key_id,
        "park": label.park,
        "label_id": str(label.label_id),
        "waste_class": label.waste_class,
        "generator": label.generator,
        "grams": label.grams,
        "measured": label.measured,
        "what": label.what,
        "hazardous": label.hazardous,
        "day": label.day.isoformat(),
        "human_code": human.human_code(label.label_id),
    }


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["name"])
def test_vectors_shared_with_the_phone(case: dict[str, Any]) -> None:
    if "problem" in case:
        with pytest.raises(Problem) as refusal:
            code.verify(code.read(case["text"], hosts=VECTORS["hosts"]), PUBLISHED)
        assert refusal.value.code == case["problem"]
        return
    scanned = code.read(case["text"], hosts=VECTORS["hosts"])
    label = code.verify(scanned, PUBLISHED)
    assert as_fields(label) == case["fields"]
    # Ed25519 has no randomness: the vector must be what we would print today, to the bit.
    assert code.sign(label, PRIVATE[label.park, label.key_id]) == scanned.facts + scanned.signature


def test_the_vectors_hold_every_problem_of_a_label() -> None:
    named = {case["problem"] for case in VECTORS["cases"] if "problem" in case}
    assert named == {
        "label_not_ours",
        "label_unreadable",
        "label_wrong_length",
        "label_version_unknown",
        "label_key_unknown",
        "label_forged",
    }


def test_the_layout_is_36_bytes_big_endian() -> None:
    label = code.Label(
        park=0x0102,
        key_id=0x0304,
        label_id=UUID(bytes=bytes(range(0x10, 0x20))),
        day=date(2020, 1, 1) + timedelta(days=0x0506),
        what="manifest",
        waste_class=0x0708090A,
        generator=0x0B0C0D0E,
        grams=0x20212223,
        measured=True,
        hazardous=True,
    )
    expected = "1103040102101112131415161718191a1b1c1d1e1f0708090a0b0c0d0e20212223050616"
    assert code.encode(label).hex() == expected
    assert len(code.encode(label)) == code.FACTS_BYTES == 36


def test_a_label_too_heavy_for_grams_is_written_in_kilograms(label: code.Label) -> None:
    facts = code.encode(replace(label, grams=25_000_000_000))
    assert int.from_bytes(facts[29:33]) == 25_000_000
    assert facts[35] & 1 == 1


@pytest.mark.parametrize(
    ("exact", "stated"),
    [
        (0, 0),
        (4_294_967_295, 4_294_967_295),
        (4_294_967_296, 4_294_967_000),
        (4_294_967_499, 4_294_967_000),
        (4_294_967_500, 4_294_968_000),
        (25_000_000_001, 25_000_000_000),
    ],
)
def test_stated_grams(exact: int, stated: int) -> None:
    assert code.stated(exact) == stated


@given(grams=st.integers(0, code.KILOGRAMS_STATED_MAX * 1000))
def test_any_mass_can_be_stated_within_half_a_kilogram(grams: int) -> None:
    stated = code.stated(grams)
    assert abs(stated - grams) <= 500
    label = code.Label(park=1, key_id=1, label_id=UUID(int=1), day=code.FIRST_DAY, grams=stated)
    assert code.read_payload(base64.b32encode(code.encode(label) + bytes(64)).decode()).claims.grams == stated


@given(label=labels)
def test_round_trip(label: code.Label) -> None:
    private = PRIVATE[12, 1]
    signed = code.sign(label, private)
    printed = code.text("Waste.BDA.cn", signed)
    scanned = code.read(printed, hosts=["waste.bda.cn"])
    assert scanned.facts + scanned.signature == signed
    assert code.verify(scanned, {(label.park, label.key_id): private.public_key()}) == label
    assert code.encode(scanned.claims) == scanned.facts


def test_no_bit_of_a_label_can_be_flipped(label: code.Label, key: Ed25519PrivateKey) -> None:
    signed = code.sign(label, key)
    published = {(park, key_id): key.public_key() for park in range(12, 16) for key_id in range(4)}
    for bit in range(len(signed) * 8):
        changed = bytearray(signed)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(Problem):
            code.verify(code.read_payload(base64.b32encode(changed).decode()), published)


@given(text=st.text() | st.from_regex(r"(?i)https://waste\.bda\.cn/m/[A-Z2-7]{150,170}[/?#]?.*"))
def test_no_text_brings_the_reader_down(text: str) -> None:
    with pytest.raises(Problem) as refusal:
        code.verify(code.read(text, hosts=["waste.bda.cn"]), PUBLISHED)
    assert refusal.value.code.startswith("label_")


@given(middle=st.binary(min_size=34, max_size=34), signature=st.binary(min_size=64, max_size=64))
def test_any_ids_mass_and_day_are_read_and_written_alike(middle: bytes, signature: bytes) -> None:
    facts = b"\x11" + middle + b"\x16"
    scanned = code.read_payload(base64.b32encode(facts + signature).decode())
    assert code.encode(scanned.claims) == scanned.facts == facts
    assert scanned.signature == signature


def test_every_byte_of_flags_is_understood_or_refused(label: code.Label) -> None:
    understood = []
    for flags in range(256):
        facts = code.encode(label)[:29] + (5_000_000).to_bytes(4) + bytes(2) + bytes([flags])
        try:
            scanned = code.read_payload(base64.b32encode(facts + bytes(64)).decode())
        except Problem as problem:
            if problem.code != "label_version_unknown":
                raise
            continue
        understood.append(flags)
        assert code.encode(scanned.claims) == facts
    assert understood == [flags for flags in range(32) if flags >> 2 & 3 != 3]


def test_a_long_text_is_dropped_before_it_is_looked_at(link: str) -> None:
    with pytest.raises(Problem, match="label_not_ours"):
        code.read(link + "?" + "x" * 1_000_000, hosts=["waste.bda.cn"])


def test_a_payload_is_ascii_before_it_is_upper_case(link: str) -> None:
    """The long s turns into an S in upper case: it would be a second spelling of the same label."""
    payload = link.rpartition("/")[2]
    place = payload.index("S")
    with pytest.raises(Problem, match="label_unreadable"):
        code.read_payload(payload[:place] + "ſ" + payload[place + 1 :])


def test_hosts_are_compared_without_case(link: str) -> None:
    assert code.read(link, hosts={"WASTE.bda.CN"}).claims.park == 12


@pytest.mark.parametrize(
    "change",
    [
        {"park": 1 << 16},
        {"park": -1},
        {"key_id": 1 << 16},
        {"waste_class": 1 << 32},
        {"generator": -1},
        {"grams": -1},
        {"grams": 4_294_967_296},
        {"grams": (0xFFFF_FFFF + 1) * 1000},
        {"day": date(2019, 12, 31)},
        {"day": code.LAST_DAY + timedelta(days=1)},
    ],
)
def test_what_does_not_fit_its_bytes_is_never_made(label: code.Label, change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"fit|states"):
        replace(label, **change)


@pytest.mark.parametrize(
    "host", ["", "waste_bda.cn", "[::1]", "waste.bda.cn/m", "Ｗ.cn", "a b.cn", ".cn", "x:", "ſ.cn"]
)
def test_a_host_that_alphanumeric_mode_cannot_write_is_never_printed(host: str) -> None:
    with pytest.raises(ValueError, match="cannot stand on a label"):
        code.text(host, bytes(100))


def test_only_whole_labels_are_printed() -> None:
    with pytest.raises(ValueError, match="100 bytes"):
        code.text("waste.bda.cn", bytes(99))
