"""What the service is told from outside: environment variables, with values that work on one machine."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tracker.evidence import Store, opened

_REPOSITORY = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Config:
    """``database_url`` logs in as somebody who may become ``tracker_app``; ``hosts`` are those a label may name."""

    database_url: str
    var: Path = field(default_factory=lambda: Path(os.environ.get("TRACKER_VAR") or _REPOSITORY / "var"))
    secret_key: str = ""
    hosts: tuple[str, ...] = ("WASTE.PARK.CN",)
    secure_cookies: bool = False
    #: The built app, which may lie elsewhere than beside the code.
    dist: Path = _REPOSITORY / "mobile_web" / "dist"
    pool_size: int = 8
    #: Log-ins one address may try in a minute: a slow hash is a cheap way to keep a server busy.
    logins_per_minute: int = 30
    #: Where photos are kept: ``s3://bucket/prefix?endpoint=...&region=...``, a folder, or nothing for ``var``.
    evidence_url: str = ""

    @property
    def keys(self) -> Path:
        """Where the private halves of the label signing keys are."""
        return self.var / "keys"

    @property
    def evidence(self) -> Store:
        """The store of photos and scale tickets. Raises ``ValueError`` for an address that names none."""
        return opened(self.evidence_url, self.var / "evidence")

    @classmethod
    def from_environment(cls, database_url: str | None = None, environment: Mapping[str, str] = os.environ) -> "Config":
        """Read ``TRACKER_*``. A secret key that was not given is made once and kept below ``var``."""
        url = database_url or environment.get("TRACKER_DATABASE_URL")
        if not url:
            message = (
                "TRACKER_DATABASE_URL is not set. Set it, or start with `make run`, which brings its own database."
            )
            raise SystemExit(message)
        var = Path(environment.get("TRACKER_VAR") or _REPOSITORY / "var")
        hosts = environment.get("TRACKER_LABEL_HOSTS", "WASTE.PARK.CN")
        return cls(
            database_url=url,
            var=var,
            secret_key=environment.get("TRACKER_SECRET_KEY") or _kept_secret(var),
            hosts=tuple(host.strip().upper() for host in hosts.split(",") if host.strip()),
            secure_cookies=environment.get("TRACKER_SECURE_COOKIES", "") == "1",
            evidence_url=environment.get("TRACKER_EVIDENCE_URL", ""),
            dist=Path(environment.get("TRACKER_DIST") or _REPOSITORY / "mobile_web" / "dist"),
            logins_per_minute=int(environment.get("TRACKER_LOGINS_PER_MINUTE", "30")),
        )


def _kept_secret(var: Path) -> str:
    path = var / "secret-key"
    var.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_urlsafe(48))
    return path.read_text().strip()
