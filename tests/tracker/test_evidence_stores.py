"""One contract, asked of a folder and of a real S3 server: what was put is there whole, or not at all."""

import contextlib
import errno
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import URLError

import pytest

from tracker.evidence import FolderStore, Store, StoreFull, StoreUnreachable, opened

NAME = "park/ab/cd/" + "ab" * 32


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """The address of an S3 server with a bucket ``photos``."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-W", "ignore", "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        address = f"http://127.0.0.1:{port}"
        try:
            _bucket(f"{address}/photos", server)
            yield address
        finally:
            server.terminate()


def _bucket(address: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        assert server.poll() is None
        with contextlib.suppress(URLError):
            urllib.request.urlopen(urllib.request.Request(address, method="PUT"), timeout=5).close()
            return
        time.sleep(0.1)
    raise AssertionError("the S3 server did not start")


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    if request.param == "folder":
        return opened("", tmp_path / "evidence")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "tests")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "tests")
    address = request.getfixturevalue("s3")
    return opened(f"s3://photos/tracker?endpoint={address}&region=us-east-1", tmp_path)


def test_what_was_put_is_there_byte_for_byte(store: Store) -> None:
    content = os.urandom(300_000) + b"\x00\r\n"
    store.put(NAME, content)
    assert store.get(NAME) == content


def test_what_was_never_put_is_not_there(store: Store) -> None:
    assert store.get("park/00/00/nothing") is None


def test_put_again_it_is_what_was_put_last(store: Store) -> None:
    store.put(NAME, b"a longer first try")
    store.put(NAME, b"second")
    assert store.get(NAME) == b"second"


def test_forgotten_is_forgotten_and_may_be_forgotten_twice(store: Store) -> None:
    store.put(NAME, b"x")
    store.delete(NAME)
    store.delete(NAME)
    assert store.get(NAME) is None


def test_nothing_is_a_content_too(store: Store) -> None:
    store.put("park/empty", b"")
    assert store.get("park/empty") == b""


def test_another_process_reads_the_same(store: Store, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    store.put(NAME, b"seen by all workers")
    url = "" if isinstance(store, FolderStore) else f"s3://photos/tracker?endpoint={request.getfixturevalue('s3')}"
    program = (
        "import sys; from pathlib import Path; from tracker.evidence import opened;"
        "sys.stdout.buffer.write(opened(sys.argv[1], Path(sys.argv[2])).get(sys.argv[3]))"
    )
    command = [sys.executable, "-c", program, url, str(tmp_path / "evidence"), NAME]
    assert subprocess.run(command, capture_output=True, check=True).stdout == b"seen by all workers"


@pytest.mark.parametrize("failure", ["write", "replace"])
def test_a_full_disk_leaves_what_was_there_and_nothing_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: str
) -> None:
    store = FolderStore(tmp_path)
    store.put(NAME, b"whole")
    full = _failing(errno.ENOSPC)
    with monkeypatch.context() as broken:
        if failure == "write":
            broken.setattr(os, "fsync", full)
        else:
            broken.setattr(Path, "replace", full)
        with pytest.raises(StoreFull):
            store.put(NAME, b"never")
    assert store.get(NAME) == b"whole"
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["ab" * 32]


def _failing(number: int) -> Callable[..., None]:
    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    return fail


def test_a_store_that_does_not_answer_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "tests")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "tests")
    gone = opened("s3://photos/?endpoint=http://127.0.0.1:9", tmp_path)
    for asked in (lambda: gone.get(NAME), lambda: gone.put(NAME, b"x"), lambda: gone.delete(NAME)):
        with pytest.raises(StoreUnreachable):
            asked()
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StoreUnreachable):
        FolderStore(tmp_path / "file").put(NAME, b"x")


def test_a_bucket_that_is_not_there_says_so(s3: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "tests")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "tests")
    with pytest.raises(StoreUnreachable):
        opened(f"s3://nobody/?endpoint={s3}", tmp_path).put(NAME, b"x")
    with pytest.raises(StoreUnreachable):
        opened(f"s3://nobody/?endpoint={s3}", tmp_path).get(NAME)


@pytest.mark.parametrize("url", ["ftp://somewhere/x", "s3:///no-bucket", "https://bucket.example/x"])
def test_an_address_of_another_kind_is_refused_at_the_start(url: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="TRACKER_EVIDENCE_URL"):
        opened(url, tmp_path)
