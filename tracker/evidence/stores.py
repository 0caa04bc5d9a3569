"""Where bytes are kept under a name: a folder, or an S3-compatible store. Both keep one contract, and one test asks
it of both (tests/tracker/test_evidence_stores.py).

Names are made by us (letters, digits, ``/``, ``-``), never by a caller.
"""

import contextlib
import errno
import os
import tempfile
from pathlib import Path
from typing import Protocol
from urllib.parse import parse_qs, urlsplit


class StoreFull(Exception):
    """There is no room for more; what was there is whole."""


class StoreUnreachable(Exception):
    """The store does not answer, or will not let us in."""


class Store(Protocol):
    """Bytes under names. Every method raises ``StoreUnreachable`` where the store fails."""

    def put(self, name: str, content: bytes) -> None:
        """Keep these bytes; when this returns they outlive a power cut. What had the name before is replaced, at once
        or not at all. Raises ``StoreFull``."""

    def get(self, name: str) -> bytes | None:
        """The bytes of a name; None where it has none."""

    def delete(self, name: str) -> None:
        """Forget a name; well where it has nothing."""


_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class FolderStore:
    """A folder of this machine, or one that several machines mount."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, name: str, content: bytes) -> None:
        path = self._folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, name_now = tempfile.mkstemp(prefix=".new-", dir=path.parent)
            temporary = Path(name_now)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                temporary.replace(path)
            except BaseException:
                with contextlib.suppress(OSError):
                    temporary.unlink()
                raise
            _sync_up(path.parent, self._folder.parent)
        except OSError as error:
            raise StoreFull if error.errno in _FULL else StoreUnreachable from error

    def get(self, name: str) -> bytes | None:
        try:
            return (self._folder / name).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StoreUnreachable from error

    def delete(self, name: str) -> None:
        try:
            (self._folder / name).unlink(missing_ok=True)
        except OSError as error:
            raise StoreUnreachable from error


def _sync_up(folder: Path, end: Path) -> None:
    """Make the names in a folder, and that of each folder above it up to ``end``, outlive a power cut as well."""
    while True:
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        if folder in (end, folder.parent):
            return
        folder = folder.parent


def opened(url: str, folder: Path) -> Store:
    """The store that a setting names: ``s3://bucket/prefix?endpoint=https://...&region=...``, a path, or nothing for
    ``folder``. Raises ``ValueError`` for any other kind of address."""
    parts = urlsplit(url)
    if parts.scheme == "s3" and parts.hostname:
        from tracker.evidence.s3 import S3Store

        asked = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        return S3Store(
            parts.netloc, parts.path.strip("/"), endpoint=asked.get("endpoint"), region=asked.get("region", "us-east-1")
        )
    if parts.scheme in ("", "file"):
        return FolderStore(Path(parts.path) if parts.path else folder)
    message = "TRACKER_EVIDENCE_URL is neither s3://bucket/prefix?endpoint=https://... nor a folder."
    raise ValueError(message)
