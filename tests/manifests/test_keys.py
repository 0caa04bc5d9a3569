"""Signing keys in files: made once, for one pair of eyes, and never written over."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from manifests import keys
from tracker.problems import Problem


def test_a_key_comes_back_from_its_file(tmp_path: Path) -> None:
    made = keys.create(tmp_path / "keys", 12, 1)
    loaded = keys.load(tmp_path / "keys", 12, 1)
    assert keys.public_bytes(loaded) == keys.public_bytes(made)
    keys.public_key(keys.public_bytes(made)).verify(loaded.sign(b"x"), b"x")


def test_only_the_owner_can_read_it(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        keys.create(tmp_path / "keys", 12, 1)
    finally:
        os.umask(before)
    (file,) = (tmp_path / "keys").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_key_that_others_can_read_is_not_used(tmp_path: Path, mode: int) -> None:
    keys.create(tmp_path, 12, 1)
    (tmp_path / "park-12-key-1.pem").chmod(mode)
    with pytest.raises(Problem, match="signing_key_exposed"):
        keys.load(tmp_path, 12, 1)


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    first = keys.create(tmp_path, 12, 1)
    with pytest.raises(Problem, match="signing_key_exists"):
        keys.create(tmp_path, 12, 1)
    assert keys.public_bytes(keys.load(tmp_path, 12, 1)) == keys.public_bytes(first)
    assert [path.name for path in tmp_path.iterdir()] == ["park-12-key-1.pem"], "no half-made file is left behind"


def test_of_many_who_create_the_same_key_one_wins(tmp_path: Path) -> None:
    def create(_: int) -> bytes | None:
        try:
            return keys.public_bytes(keys.create(tmp_path, 12, 1))
        except Problem:
            return None

    with ThreadPoolExecutor(8) as pool:
        winners = [made for made in pool.map(create, range(16)) if made]
    assert winners == [keys.public_bytes(keys.load(tmp_path, 12, 1))]


def test_rotation(tmp_path: Path) -> None:
    assert keys.key_ids(tmp_path / "none", 12) == []
    made = [keys.public_bytes(keys.create(tmp_path, 12, key_id)) for key_id in (1, 2, 10)]
    keys.create(tmp_path, 1, 7)
    (tmp_path / "notes.pem").write_text("not a key of ours")
    assert keys.key_ids(tmp_path, 12) == [1, 2, 10]
    assert [keys.public_bytes(keys.load(tmp_path, 12, key_id)) for key_id in (1, 2, 10)] == made


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="signing_key_missing") as refusal:
        keys.load(tmp_path, 12, 3)
    assert refusal.value.params == {"park": 12, "key_id": 3}


def test_a_file_that_is_no_ed25519_key_is_refused(tmp_path: Path) -> None:
    other = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    for key_id, content in enumerate(
        (b"", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", other), 1
    ):
        file = tmp_path / f"park-12-key-{key_id}.pem"
        file.write_bytes(content)
        file.chmod(0o600)
        with pytest.raises(Problem, match="signing_key_unreadable"):
            keys.load(tmp_path, 12, key_id)
    (tmp_path / "park-12-key-4.pem").mkdir(mode=0o700)
    with pytest.raises(Problem, match="signing_key_unreadable"):
        keys.load(tmp_path, 12, 4)


@pytest.mark.parametrize(("park", "key_id"), [(-1, 1), (1 << 16, 1), (12, 0), (12, 1 << 16)])
def test_ids_that_a_label_cannot_hold_get_no_key(tmp_path: Path, park: int, key_id: int) -> None:
    with pytest.raises(ValueError, match="park id"):
        keys.create(tmp_path, park, key_id)
    assert list(tmp_path.iterdir()) == []
