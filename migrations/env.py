"""Runs the migrations: as the owner of the tables, one at a time, and never waiting long for a lock."""

from alembic import context
from geoalchemy2 import alembic_helpers
from sqlalchemy import Connection, create_engine, text

from tracker.tables import Base
from tracker.tables.security import ROLES

LOCK_TIMEOUT = "4s"
STATEMENT_TIMEOUT = "10min"


def _ours(thing: object, name: str | None, kind: str, reflected: bool, compare_to: object) -> bool:
    """Leave PostGIS's own tables alone when comparing, and the partial or covering indexes GeoAlchemy2 cannot read."""
    return bool(alembic_helpers.include_object(thing, name, kind, reflected, compare_to))


def run(connection: Connection) -> None:
    """Migrate over a connection; what fails leaves nothing half done, because PostgreSQL's schema changes roll back."""
    connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
    connection.execute(text(f"SET LOCAL statement_timeout = '{STATEMENT_TIMEOUT}'"))
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('waste-tracker migrations'))"))
    connection.execute(text(ROLES))
    connection.execute(text("GRANT USAGE, CREATE ON SCHEMA public TO tracker_owner"))
    connection.execute(text("CREATE EXTENSION IF NOT EXISTS pg_trgm"))
    connection.execute(text("SET LOCAL ROLE tracker_owner"))
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_object=_ours,
        process_revision_directives=alembic_helpers.writer,
        render_item=alembic_helpers.render_item,
        compare_type=True,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with create_engine(context.config.get_main_option("sqlalchemy.url") or "").begin() as opened:
        run(opened)
