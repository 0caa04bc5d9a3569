"""The private cluster on its bad days: started twice, killed, robbed of its way in, its pid given to a stranger."""

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
import sqlalchemy

from tracker import cluster as room
from tracker.cluster import ClusterError, start
from tracker.programs import find_programs

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root hands the server to another user")
as_plain_user = pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")


@pytest.fixture(scope="module")
def var() -> Iterator[Path]:
    """Not pytest's own tmp_path: root makes that 0700, and the server's user could not enter it."""
    folder = Path(tempfile.mkdtemp(prefix="tracker-cluster-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    # The elder first: what a failing test left running must not outlive its files.
    for data in folder.rglob("postmaster.pid"):
        room.Cluster(data.parent, data.parent, started_here=True).stop()
    shutil.rmtree(folder)


@pytest.fixture
def cluster(var: Path) -> room.Cluster:
    return start(var)


def _scalar(cluster: room.Cluster, statement: str, database: str = "postgres") -> object:
    with cluster.superuser(database) as connection:
        row = connection.execute(statement.encode()).fetchone()
    assert row is not None
    return row[0]


def _kill_without_warning(cluster: room.Cluster) -> None:
    postmaster = room._postmaster(cluster.data)
    assert postmaster is not None
    os.kill(postmaster, signal.SIGKILL)


def test_of_two_who_start_at_once_one_starts_it_and_the_other_attaches(var: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(start, [var, var])
    assert {first.started_here, second.started_here} == {True, False}
    assert first.data == second.data


def test_a_database_is_made_once_and_knows_postgis(cluster: room.Cluster) -> None:
    assert cluster.create_database("park of tests") is True
    assert cluster.create_database("park of tests") is False
    engine = sqlalchemy.create_engine(cluster.url("park of tests", "postgres"))
    with engine.connect() as connection:
        metres = connection.scalar(
            sqlalchemy.text("SELECT ST_Distance('POINT(116.5 39.8)'::geography, 'POINT(116.5 39.81)'::geography)")
        )
    engine.dispose()
    assert 1100 < metres < 1120


def test_a_template_is_copied_with_what_it_holds(cluster: room.Cluster) -> None:
    cluster.create_database("origin")
    with cluster.superuser("origin") as connection:
        connection.execute("CREATE TABLE held AS SELECT 41 + 1 AS answer")
    assert cluster.create_database("copy", template="origin") is True
    assert _scalar(cluster, "SELECT answer FROM held", "copy") == 42


def test_it_keeps_its_promises_and_stays_off_the_network(cluster: room.Cluster) -> None:
    settings = {name: _scalar(cluster, f"SHOW {name}") for name in ("fsync", "synchronous_commit", "data_checksums")}
    assert settings == {"fsync": "on", "synchronous_commit": "on", "data_checksums": "on"}
    assert _scalar(cluster, "SHOW listen_addresses") == ""
    assert _scalar(cluster, "SHOW server_encoding") == "UTF8"
    assert cluster.socket_folder.stat().st_mode & 0o777 == 0o700


def test_local_settings_are_kept_but_cannot_weaken_durability(cluster: room.Cluster) -> None:
    cluster.stop()
    (cluster.data / "local.conf").write_text("work_mem = 9MB\nfsync = off\n")
    (cluster.data / "local.conf").chmod(0o644)
    cluster = start(cluster.data.parent)
    assert _scalar(cluster, "SHOW work_mem") == "9MB"
    assert _scalar(cluster, "SHOW fsync") == "on"


def test_stopped_it_is_down_and_stopping_again_is_no_error(cluster: room.Cluster) -> None:
    cluster.stop()
    cluster.stop()
    with pytest.raises(psycopg.OperationalError):
        cluster.superuser()


def test_killed_under_load_it_comes_back_with_what_it_acknowledged(cluster: room.Cluster) -> None:
    with cluster.superuser() as connection:
        connection.execute("CREATE TABLE acknowledged AS SELECT 7 AS grams")
        _kill_without_warning(cluster)
        again = start(cluster.data.parent)
    assert again.started_here
    assert _scalar(again, "SELECT grams FROM acknowledged") == 7


def test_a_stranger_who_got_the_old_process_number_does_not_stop_the_start(cluster: room.Cluster) -> None:
    cluster.stop()
    stale = cluster.data / "postmaster.pid"
    stale.write_text(f"{os.getpid()}\n{cluster.data}\n")
    assert start(cluster.data.parent).started_here


def test_a_half_made_cluster_is_made_anew_and_a_long_path_gets_a_short_socket(var: Path) -> None:
    far = var / ("a folder with a long name " * 5).strip()
    draft = far / "postgres.new"
    draft.mkdir(parents=True)
    (draft / "PG_VERSION").write_text("15\n")
    cluster = start(far)
    assert _scalar(cluster, "SELECT 1") == 1
    assert not cluster.socket_folder.is_relative_to(far)
    cluster.stop()
    cluster.socket_folder.rmdir()


def test_a_socket_folder_of_somebody_else_is_refused(var: Path) -> None:
    base = var / "squatted"
    base.mkdir()
    (base / "run").symlink_to(var)
    with pytest.raises(ClusterError, match="Remove it and start again"):
        room._socket_folder(base, os.geteuid(), os.getegid())


def test_without_postgresql_the_message_names_package_and_command() -> None:
    with pytest.raises(ClusterError, match=r"apt-get install postgresql-99-postgis-3.*TRACKER_DATABASE_URL"):
        find_programs(99)


@as_plain_user
def test_a_folder_one_may_not_write_in_is_named() -> None:
    with pytest.raises(ClusterError, match="TRACKER_VAR"):
        start(Path("/proc/1/no"))


@as_root
def test_root_below_a_closed_folder_lives_in_var_lib(var: Path) -> None:
    closed = var / "closed"
    closed.mkdir(mode=0o700)
    home = room._home(closed / "var")
    try:
        assert home.data.is_relative_to("/var/lib/waste-tracker")
        assert home.user_id != 0
    finally:
        shutil.rmtree(home.data.parent)


@as_root
def test_a_database_behind_a_closed_folder_is_not_taken_for_an_empty_one(var: Path) -> None:
    data = var / "behind/var/postgres"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("15\n")
    (var / "behind").chmod(0o700)
    with pytest.raises(ClusterError, match="chmod"):
        room._home(data.parent)
