"""A park's signing keys: one file a key, readable by its owner only, never in the database or a back-up of it.

Rotation: ``create`` the next key id, publish its public half (database and phones), and once every phone has it, sign
with it. Old public halves stay published, or the labels they signed would turn unreadable on their containers.
"""

import os
import re
import stat
import tempfile
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tracker.problems import Problem

_ID_MAX = 0xFFFF
_FILE_BYTES_MAX = 10_000
_FILE_NAME = "park-{park}-key-{key_id}.pem"
_FILE = re.compile(r"park-(?P<park>[0-9]{1,5})-key-(?P<key_id>[0-9]{1,5})\.pem")
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def create(folder: Path, park: int, key_id: int) -> Ed25519PrivateKey:
    """A new key, on disk (mode 0600, flushed) before it is returned. ``Problem`` signing_key_exists: never overwritten.

    ``ValueError`` where an id does not fit the two bytes a label has for it.
    """
    if not 0 <= park <= _ID_MAX or not 0 < key_id <= _ID_MAX:
        message = "a park id is 0 to 65535 and a key id 1 to 65535"
        raise ValueError(message)
    key = Ed25519PrivateKey.generate()
    try:
        put(_path(folder, park, key_id), key)
    except FileExistsError:
        raise Problem("signing_key_exists", park=park, key_id=key_id) from None
    return key


def put(path: Path, key: Ed25519PrivateKey | EllipticCurvePrivateKey) -> None:
    """Write a private key to a new file, flushed. ``FileExistsError`` where there is one."""
    folder = path.parent
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    # mkstemp makes the file 0600, and linking it to its name is the one step that both appears whole and refuses to
    # replace: two processes that create the same key id cannot both believe theirs is the key.
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=".new-key-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        os.link(temporary, path)
    finally:
        Path(temporary).unlink()
    _sync_folder(folder)


def load(folder: Path, park: int, key_id: int) -> Ed25519PrivateKey:
    """The key from its file. ``Problem``: signing_key_missing, signing_key_exposed (others may read it),
    signing_key_unreadable."""
    key = read(_path(folder, park, key_id), park, key_id)
    if not isinstance(key, Ed25519PrivateKey):
        raise Problem("signing_key_unreadable", park=park, key_id=key_id)
    return key


def read(path: Path, park: object, key_id: object) -> object:
    """The private key of any kind in a file; ``park`` and ``key_id`` name it in a ``Problem`` as of ``load``."""
    try:
        with path.open("rb") as file:
            mode, pem = os.fstat(file.fileno()).st_mode, file.read(_FILE_BYTES_MAX)
    except FileNotFoundError:
        raise Problem("signing_key_missing", park=park, key_id=key_id) from None
    except OSError:
        raise Problem("signing_key_unreadable", park=park, key_id=key_id) from None
    if mode & _OTHERS:
        raise Problem("signing_key_exposed", park=park, key_id=key_id, file=path.name)
    try:
        return serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise Problem("signing_key_unreadable", park=park, key_id=key_id) from None


def key_ids(folder: Path, park: int) -> list[int]:
    """The key ids a park has files for, oldest first; empty when the folder is not there."""
    names = (_FILE.fullmatch(path.name) for path in folder.glob("*.pem"))
    return sorted(int(name["key_id"]) for name in names if name and int(name["park"]) == park)


def public_bytes(key: Ed25519PrivateKey) -> bytes:
    """The 32 bytes of the public half: what the database stores and phones import."""
    return key.public_key().public_bytes_raw()


def public_key(raw: bytes) -> Ed25519PublicKey:
    """The public half from its 32 bytes. ``ValueError`` on any other length."""
    return Ed25519PublicKey.from_public_bytes(raw)


def _path(folder: Path, park: int, key_id: int) -> Path:
    return folder / _FILE_NAME.format(park=park, key_id=key_id)


def _sync_folder(folder: Path) -> None:
    """A file's name is durable only when its folder is: a signed label must not outlive the key after a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
