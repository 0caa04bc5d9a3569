"""The private PostGIS cluster for a machine without a database administrator.

``start()`` makes a cluster below ``var/`` on first use and starts it; called again it attaches to the one that runs.
The server listens on a unix socket only, in a folder that only the server's own user (and root) may enter, and it keeps
every promise of durability. Root may not run PostgreSQL, so root hands it to the user ``postgres``.
"""

import contextlib
import fcntl
import hashlib
import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from tracker.programs import ClusterError, Programs, default_var, find_programs

__all__ = ["Cluster", "ClusterError", "start"]

_SUPERUSER = "postgres"
_PORT = 5432  # Only a part of the socket's file name: nothing listens on the network.
_SOCKET_PATH_BYTES_MAX = 107  # sun_path of Linux, without its closing NUL
_START_SECONDS_MAX = 300  # Recovery after a power cut reads the log since the last checkpoint.
_STOP_SECONDS_MAX = 60
_ORPHAN_SECONDS_MAX = 5
_LOG_BYTES_MAX = 10_000_000
_ROOTS_OWN = Path("/var/lib/waste-tracker")

_HBA = """\
# Whoever reaches the socket may be any role. That is safe because the folder of the socket (mode 0700) is the lock:
# only the server's own user and root get in, and both could read the data files anyway. Nothing listens on the network.
local all all trust
"""

_CONFIGURATION = """\
# Written anew at every start. Settings of this machine belong in local.conf beside this file.
shared_buffers = 256MB
effective_cache_size = 1GB
work_mem = 16MB
maintenance_work_mem = 128MB
max_connections = 60
wal_compression = on
max_wal_size = 2GB
random_page_cost = 1.1
# Short statements by the thousand: compiling them costs more than it saves.
jit = off
# Two cores serve many clients; parallel workers would also need more of /dev/shm than containers have (64 MB).
max_parallel_workers = 0
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] %u@%d '
include_if_exists = 'local.conf'
# What follows stands last so that local.conf cannot weaken it: an acknowledged fact survives a power cut, and only the
# guarded socket leads in.
fsync = on
synchronous_commit = on
# A park fills from nothing: plans made for empty tables must not last a minute.
autovacuum_naptime = 5s
full_page_writes = on
listen_addresses = ''
port = {port}
unix_socket_directories = '"{socket_folder}"'
unix_socket_permissions = 0700
"""


@dataclass(frozen=True, slots=True)
class _Home:
    """Where this cluster lives and which user runs it; ``user_id`` is ours unless we are root."""

    data: Path
    socket_folder: Path
    user_id: int
    group_id: int


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running cluster. ``started_here`` is false when it was found running: then it is somebody else's to stop."""

    data: Path
    socket_folder: Path
    started_here: bool

    def url(self, database: str, user: str) -> str:
        """The SQLAlchemy URL of one database for one role."""
        host = quote(str(self.socket_folder), safe="/")
        return f"postgresql+psycopg://{quote(user, safe='')}@/{quote(database, safe='')}?host={host}&port={_PORT}"

    def superuser(self, database: str = "postgres") -> psycopg.Connection:
        """An autocommit connection as the superuser, for set-up work that no application role may do."""
        return psycopg.connect(
            host=str(self.socket_folder),
            port=_PORT,
            user=_SUPERUSER,
            dbname=database,
            autocommit=True,
            connect_timeout=10,
        )

    def create_database(self, name: str, template: str | None = None) -> bool:
        """Make the database with PostGIS in it unless it is there; true when it was made now.

        ``template`` names a database of this cluster to copy, with all it holds."""
        made = False
        with self.superuser() as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
            if known is None:
                origin = sql.Identifier(template or "template0")
                # Another process may have made it since we looked; either way it is there.
                with contextlib.suppress(psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
                    connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), origin))
                    made = True
        with self.superuser(name) as connection:
            # The advisory lock makes two processes take turns: IF NOT EXISTS alone still collides.
            connection.execute("SELECT pg_advisory_lock(hashtext('waste-tracker postgis'))")
            connection.execute("SET client_min_messages = warning")
            connection.execute("CREATE EXTENSION IF NOT EXISTS postgis")
        return made

    def stop(self) -> None:
        """Stop it, ending open sessions, and return when it is down. It is no error if it is down already."""
        with _one_at_a_time(self.data):
            postmaster = _postmaster(self.data)
            if postmaster is None:
                return
            with contextlib.suppress(ProcessLookupError):
                os.kill(postmaster, signal.SIGINT)  # PostgreSQL's "fast" shutdown: roll back, checkpoint, leave.
            if not _wait(lambda: not _members(self.data), _STOP_SECONDS_MAX):
                raise ClusterError(f"PostgreSQL did not stop in {_STOP_SECONDS_MAX} s; see {_log(self.data)}")


def start(var: Path | None = None) -> Cluster:
    """The cluster below ``var`` (else ``TRACKER_VAR``, else ``var/`` of this checkout), running and ready."""
    folder = var.absolute() if var is not None else default_var()
    home = _home(folder)
    programs = find_programs(_major_of(home.data))
    with _one_at_a_time(home.data):
        started = _postmaster(home.data) is None
        if started:
            _clear_the_dead(home)
            if not (home.data / "PG_VERSION").exists():
                _initialise(home, programs)
            _launch(home, programs)
        cluster = Cluster(home.data, home.socket_folder, started_here=started)
        _await_ready(cluster)
    return cluster


# --- where things are ----------------------------------------------------------------------------------------------


def _home(var: Path) -> _Home:
    """Choose the folders and the user. As root the user is ``postgres``, or whoever made the cluster before."""
    with contextlib.suppress(OSError):
        var.mkdir(parents=True, exist_ok=True)
    base, user_id, group_id = var, os.geteuid(), os.getegid()
    if user_id == 0:
        base, user_id, group_id = _home_of_root(var)
    data = base / "postgres"
    if data.exists() and not os.access(data, os.R_OK | os.W_OK | os.X_OK):
        owner = pwd.getpwuid(data.stat().st_uid).pw_name
        message = (
            f"The database folder {data} belongs to the user {owner}. Start as {owner} or as root, or set TRACKER_VAR "
            "to a folder of your own."
        )
        raise ClusterError(message)
    if not os.access(base, os.W_OK | os.X_OK):
        message = f"You may not write in {base}, the home of the database. Set TRACKER_VAR to a folder of your own."
        raise ClusterError(message)
    return _Home(data, _socket_folder(base, user_id, group_id), user_id, group_id)


def _home_of_root(var: Path) -> tuple[Path, int, int]:
    data = var / "postgres"
    if (data / "PG_VERSION").exists() and (owner := data.stat().st_uid) != 0:
        user = pwd.getpwuid(owner)
    else:
        try:
            user = pwd.getpwnam(_SUPERUSER)
        except KeyError:
            message = (
                "PostgreSQL must not run as root and there is no user `postgres` to run it. Install the Debian "
                "package: `apt-get install postgresql-15-postgis-3`, or start as a plain user."
            )
            raise ClusterError(message) from None
    # The elder folder wins: a change of the checkout's mode must not make a full database look empty.
    digest = hashlib.sha256(os.fsencode(var)).hexdigest()[:12]
    elsewhere = _ROOTS_OWN / digest
    reached = _can_enter(var, user)
    if (data / "PG_VERSION").exists():
        if reached:
            return var, user.pw_uid, user.pw_gid
        message = (
            f"There is a database in {data}, but the user {user.pw_name}, who must run it, cannot enter {var}. Open "
            f"the way with `chmod o+x` on the closed folders above it, or move it to {elsewhere / 'postgres'}."
        )
        raise ClusterError(message)
    if reached and not (elsewhere / "postgres/PG_VERSION").exists():
        return var, user.pw_uid, user.pw_gid
    for folder in (_ROOTS_OWN, elsewhere):
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)  # Whatever the umask says; what is inside is closed.
    return elsewhere, user.pw_uid, user.pw_gid


def _can_enter(folder: Path, user: pwd.struct_passwd) -> bool:
    """Ask the kernel as that user: modes alone do not tell (ACLs, mounts)."""
    probe = subprocess.run(
        ["/usr/bin/test", "-x", folder], user=user.pw_uid, group=user.pw_gid, extra_groups=[], cwd="/", check=False
    )
    return probe.returncode == 0


def _socket_folder(base: Path, user_id: int, group_id: int) -> Path:
    """A folder whose socket path fits into 107 bytes, owned by the server's user and closed to all others."""
    folder = base / "run"
    if len(os.fsencode(folder / f".s.PGSQL.{_PORT}")) > _SOCKET_PATH_BYTES_MAX:
        digest = hashlib.sha256(os.fsencode(base)).hexdigest()[:12]
        folder = Path(f"/tmp/waste-tracker-{user_id}-{digest}")  # noqa: S108  Ownership is checked below.
    folder.mkdir(mode=0o700, exist_ok=True)
    if os.geteuid() == 0 and folder.lstat().st_uid == 0:
        os.chown(folder, user_id, group_id, follow_symlinks=False)
    seen = folder.lstat()
    if folder.is_symlink() or seen.st_uid != user_id:
        message = f"{folder} should be a folder of the user with id {user_id}, but is not. Remove it and start again."
        raise ClusterError(message)
    folder.chmod(0o700)
    return folder


def _major_of(data: Path) -> int | None:
    """The major version that made this cluster; no other can run it."""
    written = data / "PG_VERSION"
    return int(written.read_text()) if written.exists() else None


def _log(data: Path) -> Path:
    return data / "server.log"


# --- making and starting -------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _one_at_a_time(data: Path) -> Iterator[None]:
    """Processes that start or stop the same cluster take turns; the lock dies with its holder."""
    with data.with_name("postgres.lock").open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _run(home: _Home, programs: Programs, program: str, *arguments: str | Path) -> None:
    as_root = os.geteuid() == 0
    done = subprocess.run(
        [programs.folder / program, *arguments],
        env=programs.environment,
        cwd="/",  # The server's user may not be able to enter the folder we were called in.
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        user=home.user_id if as_root else None,
        group=home.group_id if as_root else None,
        extra_groups=[] if as_root else None,
    )
    if done.returncode != 0:
        log = _log(home.data)
        tail = log.read_text(errors="replace").splitlines()[-8:] if log.exists() else []
        message = "\n".join([f"PostgreSQL's {program} failed:", done.stderr.strip() or done.stdout.strip(), *tail])
        raise ClusterError(message)


def _initialise(home: _Home, programs: Programs) -> None:
    """``initdb`` beside the final place and move: a half-made cluster is never mistaken for one."""
    draft = home.data.with_name("postgres.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    if os.geteuid() == 0:
        os.chown(draft, home.user_id, home.group_id)
    options = ["--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums", "--auth=trust", f"--username={_SUPERUSER}"]
    _run(home, programs, "initdb", "--pgdata", draft, *options)
    draft.rename(home.data)


def _launch(home: _Home, programs: Programs) -> None:
    quoted = str(home.socket_folder).replace('"', '""').replace("'", "''")
    _write(home.data / "pg_hba.conf", _HBA)
    _write(home.data / "postgresql.conf", _CONFIGURATION.format(port=_PORT, socket_folder=quoted))
    log = _log(home.data)
    if log.exists() and log.stat().st_size > _LOG_BYTES_MAX:
        log.replace(log.with_suffix(".log.1"))
    wait = ["--wait", f"--timeout={_START_SECONDS_MAX}"]
    _run(home, programs, "pg_ctl", "start", "--pgdata", home.data, "--log", log, *wait)


def _write(path: Path, text: str) -> None:
    """Root writes here into another user's folder: nothing found at ``path`` is followed, and the umask not asked."""
    path.unlink(missing_ok=True)
    with path.open("x") as file:
        file.write(text)
        os.fchmod(file.fileno(), 0o644)


def _await_ready(cluster: Cluster) -> None:
    """Wait out a recovery that another process began. Connecting is the only proof of readiness."""
    deadline = time.monotonic() + _START_SECONDS_MAX
    while True:
        try:
            cluster.superuser().close()
        except psycopg.OperationalError as complaint:
            if time.monotonic() > deadline or _postmaster(cluster.data) is None:
                message = f"PostgreSQL does not answer: {str(complaint).strip()}; see {_log(cluster.data)}"
                raise ClusterError(message) from complaint
            time.sleep(0.1)
        else:
            return


# --- who is alive --------------------------------------------------------------------------------------------------


def _postmaster(data: Path) -> int | None:
    """The process that runs this cluster. Numbers are reused, so the process must also stand in the data folder."""
    try:
        process = int((data / "postmaster.pid").read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None
    return process if process in _members(data) else None


def _members(data: Path) -> set[int]:
    """All processes whose working folder is the data folder: the postmaster and its children, and nobody else."""
    members = set()
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and (entry / "cwd").readlink() == data.resolve():
                members.add(int(entry.name))
    return members


def _clear_the_dead(home: _Home) -> None:
    """After a kill: see the orphans off, then remove the lock files, whose number may by now be a stranger's (or
    a zombie's, in a container whose first process buries nobody).

    PostgreSQL itself refuses to start beside living orphans, for two servers on one folder destroy it; so the files go
    only when nobody stands in the folder any more."""
    data = home.data
    if not _wait(lambda: not _members(data), _ORPHAN_SECONDS_MAX):
        for process in _members(data):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGQUIT)
        if not _wait(lambda: not _members(data), _ORPHAN_SECONDS_MAX):
            left = sorted(_members(data))
            raise ClusterError(
                f"Processes {left} of a killed PostgreSQL do not leave {data}. End them and start again."
            )
    socket = home.socket_folder / f".s.PGSQL.{_PORT}"
    for left_behind in (data / "postmaster.pid", socket.with_name(f"{socket.name}.lock"), socket):
        left_behind.unlink(missing_ok=True)


def _wait(condition: Callable[[], bool], seconds_max: float) -> bool:
    deadline = time.monotonic() + seconds_max
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
