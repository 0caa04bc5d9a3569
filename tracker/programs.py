"""PostgreSQL's programs on this machine: installed by the distribution, or unpacked below ``var/`` by ``.ci/setup``.

Plain standard library, for ``.ci/setup`` asks this file, run as a script, before anything else is installed.
"""

import contextlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

MAJOR_MIN = 15
#: The version ``.ci/setup`` installs, and the one the messages name.
MAJOR_DEBIAN = 15


class ClusterError(Exception):
    """The cluster cannot be had. The message says what to do, with the package and the command where one is missing."""


@dataclass(frozen=True, slots=True)
class Programs:
    """Where PostgreSQL's programs are and the environment they need around them."""

    folder: Path
    environment: dict[str, str]


def default_var() -> Path:
    """Where this checkout keeps what it makes: ``TRACKER_VAR``, else its own ``var/``."""
    return Path(os.environ.get("TRACKER_VAR") or Path(__file__).resolve().parents[1] / "var").absolute()


def find_programs(major: int | None = None) -> Programs:
    """Programs with PostGIS: of exactly that ``major`` for a cluster that exists, else the newest."""
    unpacked = default_var() / "debian"
    folders = [
        *sorted(unpacked.glob("usr/lib/postgresql/*/bin")),
        *sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_major, reverse=True),
    ]
    if (pg_config := shutil.which("pg_config")) is not None:
        answer = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True, check=False)
        folders.append(Path(answer.stdout.strip()))
    for folder in folders:
        fits = _major(folder) == major if major is not None else _major(folder) >= MAJOR_MIN
        if fits and (folder / "initdb").exists() and _has_postgis(folder):
            return Programs(folder, _environment(unpacked if unpacked in folder.parents else None))
    wanted = f"PostgreSQL {major} (which made this database)" if major else f"PostgreSQL {MAJOR_MIN} or newer"
    message = (
        f"{wanted} with PostGIS is not on this machine. Run `.ci/setup run`, or install the Debian package yourself: "
        f"`apt-get install postgresql-{major or MAJOR_DEBIAN}-postgis-3`. To use a database you already have, set "
        "TRACKER_DATABASE_URL."
    )
    raise ClusterError(message)


def _major(folder: Path) -> int:
    """The major version of the programs in ``folder``: Debian writes it in the path, others are asked."""
    if folder.parent.name.isdigit():
        return int(folder.parent.name)
    with contextlib.suppress(OSError, ValueError, IndexError):
        answer = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=False)
        return int(answer.stdout.split()[2].split(".")[0])  # "postgres (PostgreSQL) 15.13 ..."
    return 0


def _has_postgis(folder: Path) -> bool:
    debian = folder / "../../../../share/postgresql" / folder.parent.name  # beside .../lib/postgresql/15/bin
    others = folder.parent / "share", folder.parent / "share/postgresql"
    return any((share / "extension/postgis.control").exists() for share in (debian, *others))


def _environment(unpacked: Path | None) -> dict[str, str]:
    """What the server's programs inherit: no PG* of ours, and for unpacked packages the way to their libraries."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))}
    kept["LC_ALL"] = "C.UTF-8"
    if unpacked is not None:
        libraries = [*unpacked.glob("usr/lib/*-linux-gnu"), *unpacked.glob("lib/*-linux-gnu")]
        # Debian reaches these two through update-alternatives, which nobody ran here.
        libraries += [*unpacked.glob("usr/lib/*-linux-gnu/blas"), *unpacked.glob("usr/lib/*-linux-gnu/lapack")]
        kept["LD_LIBRARY_PATH"] = ":".join(map(str, libraries))
        kept["PROJ_DATA"] = kept["PROJ_LIB"] = str(unpacked / "usr/share/proj")
        kept["GDAL_DATA"] = str(unpacked / "usr/share/gdal")
    return kept


if __name__ == "__main__":
    try:
        sys.stdout.write(f"{find_programs().folder}\n")
    except ClusterError as error:
        sys.exit(str(error))
