"""Brings a database to the newest schema, and says whether it is there."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

_FOLDER = Path(__file__).resolve().parents[1] / "migrations"


def config() -> Config:
    """Where Alembic finds the migrations."""
    made = Config()
    made.set_main_option("script_location", str(_FOLDER))
    made.set_main_option("path_separator", "os")
    return made


def head() -> str:
    """The newest revision there is."""
    return ScriptDirectory.from_config(config()).get_current_head() or ""


def current(of: Engine) -> str | None:
    """The revision the database is at, None for an empty one."""
    with of.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


class UnknownSchema(RuntimeError):
    """The database is at a revision this program has no migration for: another version of it made the tables."""


def upgrade(of: Engine) -> None:
    """Run every migration that is missing, in one transaction. ``of`` logs in as somebody who may create roles.

    Raises ``UnknownSchema``; then nothing is changed.
    """
    settings = config()
    at = current(of)
    if at is not None and at not in {one.revision for one in ScriptDirectory.from_config(settings).walk_revisions()}:
        raise UnknownSchema(
            f"the database was made by another version of this program (revision {at}, here {head()}), and nothing"
            " leads from there to here. Nothing in it was changed. Run the version that made it, or begin with an"
            " empty database: give another TRACKER_VAR (or TRACKER_DATABASE_URL), or move the folder postgres in var/"
            " aside."
        )
    with of.begin() as connection:
        settings.attributes["connection"] = connection
        command.upgrade(settings, "head")


def downgrade(of: Engine, revision: str) -> None:
    """Go back to ``revision`` ("base" for nothing)."""
    settings = config()
    with of.begin() as connection:
        settings.attributes["connection"] = connection
        command.downgrade(settings, revision)
