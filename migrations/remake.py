"""Makes the one migration anew from the models: ``python -m migrations.remake``, as long as nothing has been released.

It writes what Alembic finds between an empty database and the models, and adds what no model says: the sequence of the
batch keys, and the guards of ``tracker.tables.security``. The revision bears a fingerprint of what it makes: a database
made by an earlier one is then recognised, and not taken for the newest.
"""

import hashlib
import re
import subprocess
import sys
from pathlib import Path

import sqlalchemy as sa
from alembic import command

from tracker import cluster, schema
from tracker.tables import security

_SCRATCH = "remake_scratch"
_FILE = Path(__file__).parent / "versions" / "0001_books.py"
_SEQUENCE = "op.execute(sa.schema.CreateSequence(sa.Sequence('batch_key', data_type=sa.BigInteger)))"
_GUARDS = "for statement in security.statements():\n        op.execute(sa.text(statement))"
_UNDO = (
    "DROP SEQUENCE batch_key",
    "DROP FUNCTION refuse_change",
    "DROP FUNCTION postings_sum_to_zero",
    "DROP FUNCTION label_bound_once",
)


def remake() -> None:
    """Replace the migration by a new one, checked upwards, downwards and against the models."""
    running = cluster.start()
    drop = f"DROP DATABASE IF EXISTS {_SCRATCH} WITH (FORCE)"
    with running.superuser() as admin:
        admin.execute(drop)
        running.create_database(_SCRATCH)
        engine = sa.create_engine(running.url(_SCRATCH, "postgres"))
        try:
            _write(engine)
            schema.upgrade(engine)
            schema.downgrade(engine, "base")
        finally:
            engine.dispose()
            admin.execute(drop)


def _write(engine: sa.Engine) -> None:
    config = schema.config()
    _FILE.unlink(missing_ok=True)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.revision(config, message="books", autogenerate=True, rev_id="0001")
    made = _FILE.read_text("utf-8")
    made = made.replace("\nrevision = ", "\nfrom tracker.tables import security\n\nrevision = ", 1)
    head, rest = made.split("def upgrade() -> None:\n", 1)
    up, down = rest.split("def downgrade() -> None:\n", 1)
    undo = "".join(f"    op.execute({statement!r})\n" for statement in _UNDO)
    _FILE.write_text(
        f"{head}def upgrade() -> None:\n    {_SEQUENCE}\n{up.rstrip()}\n"
        f"    {_GUARDS}\n\n\ndef downgrade() -> None:\n{down.rstrip()}\n{undo}",
        "utf-8",
    )
    for arguments in (["check", "--quiet", "--select", "I,F401", "--fix"], ["format", "--quiet"]):
        subprocess.run([sys.executable, "-m", "ruff", *arguments, str(_FILE)], check=True)
    made = _FILE.read_text("utf-8")
    _FILE.write_text(made.replace('revision = "0001"', f'revision = "{revision(made)}"', 1), "utf-8")


def revision(made: str) -> str:
    """The revision of a migration that reads so, whatever revision it bears now."""
    plain = re.sub('(?m)^revision = "[^"]*"', "", made) + "".join(security.statements())
    return f"0001_{hashlib.sha256(plain.encode()).hexdigest()[:8]}"


if __name__ == "__main__":
    remake()
