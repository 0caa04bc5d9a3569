"""Envelopes of phones without a network: opened here, by nobody else, for nothing else."""

import json
import stat
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from manifests import keys
from manifests.sealing import Sealer, bound_to
from tests.envelopes import sealed
from tracker.problems import Problem

VECTOR = json.loads((Path(__file__).resolve().parents[1] / "vectors/seal.json").read_text(encoding="utf-8"))
FACT, MANIFEST, OTHER = (f"0193a000-0000-7000-8000-00000000000{at}" for at in (1, 2, 9))


def bound(**given: Any) -> bytes:
    of = given.get("of")
    return bound_to(
        UUID(given.get("fact", FACT)), UUID(given.get("manifest", MANIFEST)), given.get("side", "generator"),
        UUID(of) if of else None,
    )  # fmt: skip


def key_file(folder: Path, number: int, scalar: str) -> None:
    keys.put(folder / f"seal-key-{number}.pem", ec.derive_private_key(int(scalar, 16), ec.SECP256R1()))


def refused(sealer: Sealer, text: str, aad: bytes) -> str:
    with pytest.raises(Problem) as problem:
        sealer.open(text, aad)
    return problem.value.code


@pytest.mark.parametrize("case", VECTOR["cases"], ids=lambda case: case["side"])
def test_what_every_phone_seals_is_opened(tmp_path: Path, case: dict[str, Any]) -> None:
    key_file(tmp_path, 1, VECTOR["private_scalar"])
    sealer = Sealer(tmp_path)
    assert sealer.published()["public_key"] == VECTOR["public_key"]
    opened = sealer.open(case["sealed"], bound(**case))
    assert (opened.login, opened.pin) == (case["login"], case["pin"])


def test_the_first_key_is_made_once_and_nobody_else_may_read_it(tmp_path: Path) -> None:
    first = Sealer(tmp_path).published()
    assert Sealer(tmp_path).published() == first
    (file,) = tmp_path.glob("*.pem")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.chmod(0o644)
    with pytest.raises(Problem, match="signing_key_exposed"):
        Sealer(tmp_path).published()


def test_an_envelope_is_good_for_what_it_was_sealed_for_and_nothing_else(tmp_path: Path) -> None:
    sealer = Sealer(tmp_path)
    text = sealed(sealer.published()["public_key"], "wang", "402917", fact=FACT, manifest=MANIFEST)
    assert sealer.open(text, bound()).pin == "402917"
    for other in ({"fact": OTHER}, {"manifest": OTHER}, {"side": "carrier"}, {"of": OTHER}):
        assert refused(sealer, text, bound(**other)) == "seal_unreadable", other


def test_an_envelope_for_an_older_key_is_still_opened(tmp_path: Path) -> None:
    key_file(tmp_path, 1, VECTOR["private_scalar"])
    older = sealed(VECTOR["public_key"], "wang", "402917", fact=FACT, manifest=MANIFEST)
    key_file(tmp_path, 2, "77")
    sealer = Sealer(tmp_path)
    assert sealer.published()["public_key"] != VECTOR["public_key"]
    assert sealer.open(older, bound()).login == "wang"


def test_two_of_the_same_show_neither_who_nor_that_they_are_the_same(tmp_path: Path) -> None:
    public = Sealer(tmp_path).published()["public_key"]
    texts = [
        sealed(public, login, pin, fact=FACT, manifest=MANIFEST)
        for login, pin in (("w", "402917"), ("w", "402917"), ("a-much-longer-login@hongda", "739105518264"))
    ]
    assert len(set(texts)) == 3
    assert len({len(text) for text in texts}) == 1


@pytest.mark.parametrize(
    "text", ["", "A", "AA", "!!!", "王", "A" * 112, "A" * 2000, "AQ" * 60], ids=lambda text: f"{text[:3]!a}-{len(text)}"
)
def test_rubbish_is_refused(tmp_path: Path, text: str) -> None:
    assert refused(Sealer(tmp_path), text, bound()) == "seal_unreadable"


def test_every_byte_of_it_counts(tmp_path: Path) -> None:
    import base64

    sealer = Sealer(tmp_path)
    text = sealed(sealer.published()["public_key"], "wang", "402917", fact=FACT, manifest=MANIFEST)
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    for at in range(len(raw)):
        bent = bytearray(raw)
        bent[at] ^= 1
        wrong = base64.urlsafe_b64encode(bytes(bent)).decode().rstrip("=")
        assert refused(sealer, wrong, bound()) == "seal_unreadable", at
