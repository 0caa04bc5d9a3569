"""What the database itself forbids, whoever asks."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Connection, Engine, event, inspect, text
from sqlalchemy.exc import DBAPIError

from migrations import remake
from tests import makers
from tests.makers import World
from tests.telling import T1, Road
from tracker import schema, store
from tracker.problems import Problem
from tracker.tables import Base
from tracker.tables.security import LOGS, OF_A_PARK

#: Tables with a park that are read before anybody is in a park: who may enter it, with which keys, and its own list.
BEFORE_THE_PARK = {"park_key", "membership", "api_key", "device", "device_grant", "waste_scheme"}
#: Logs that say nothing of a park: the statements of these tests do not fit them.
OF_NO_PARK = {"catalogue_import", "device_key"}


def refused(connection: Connection, statement: str, **given: Any) -> str:
    """The SQLSTATE a statement fails with; the transaction goes on."""
    savepoint = connection.begin_nested()
    with pytest.raises(DBAPIError) as caught:
        connection.execute(text(statement), given)
    savepoint.rollback()
    return caught.value.orig.sqlstate


@pytest.fixture
def history(world: World, road: Road) -> World:
    """A park in which something happened."""
    road.delivered(world.generated(T1, private={"driver": "王五"}))
    road.split(world.generated(T1), T1)
    return world


# --- append only ------------------------------------------------------------------------------------------------------

CHANGES = ["UPDATE {} SET park_id = park_id", "DELETE FROM {}", "TRUNCATE {} CASCADE"]


@pytest.mark.parametrize("change", CHANGES, ids=["update", "delete", "truncate"])
@pytest.mark.parametrize("table", [table for table in LOGS if table not in OF_NO_PARK])
def test_the_application_has_no_right_to_change_the_log(history: World, table: str, change: str) -> None:
    assert refused(history.connection, change.format(table)) == "42501"


@pytest.mark.parametrize("change", CHANGES, ids=["update", "delete", "truncate"])
@pytest.mark.parametrize("table", [table for table in LOGS if table not in OF_NO_PARK])
def test_the_owner_and_the_superuser_meet_a_trigger(history: World, table: str, change: str) -> None:
    for role in ("tracker_owner", "NONE"):
        history.connection.execute(text(f"SET LOCAL ROLE {role}"))
        assert refused(history.connection, change.format(table)) == "WM001"


@pytest.mark.parametrize("table", ["log_head", "batch", "finding", "balance"])
def test_the_application_takes_no_row_of_the_current_state_away(history: World, table: str) -> None:
    assert refused(history.connection, CHANGES[1].format(table)) == "42501"


def test_the_auditor_reads_the_log_and_no_secrets(history: World) -> None:
    history.connection.execute(text("SET LOCAL ROLE tracker_auditor"))
    assert history.connection.execute(text("SELECT count(*) FROM fact")).scalar_one() > 0
    for table in ("person", "api_key", "device_grant", "fact_private", "quarantine_private"):
        assert refused(history.connection, "TABLE " + table) == "42501"
    assert refused(history.connection, "UPDATE batch SET grams = 1") == "42501"


# --- sums -------------------------------------------------------------------------------------------------------------


def test_postings_that_do_not_sum_to_zero_are_refused(history: World) -> None:
    statement = (
        'INSERT INTO posting (park_id, "index", line, batch_id, account, enterprise_id, grams, counts_at)'
        ' SELECT park_id, "index", 90, batch_id, \'stock\', enterprise_id, 5, "index" FROM posting LIMIT 1'
    )
    assert refused(history.connection, statement) == "WM002"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE batch SET grams = -1",
        "UPDATE batch SET state = 'lost'",
        "UPDATE batch SET state = 'treated' WHERE grams > 0",
        "UPDATE batch SET grams = 0, state = 'on_site'",
        "UPDATE manifest SET state = 'draft' WHERE number IS NOT NULL",
        "UPDATE manifest_line SET outcome = 'eaten'",
    ],
)
def test_an_impossible_row_is_refused(history: World, change: str) -> None:
    assert refused(history.connection, change) == "23514"


def test_two_trucks_cannot_be_promised_the_same_drum(history: World, road: Road) -> None:
    drum = history.generated(T1)
    road.issue(drum)
    copy = (
        "INSERT INTO manifest_line (park_id, manifest_id, batch_id, planned_grams, outcome, finished)"
        " SELECT l.park_id, (SELECT min(id) FROM manifest), l.batch_id, 1, 'planned', false"
        " FROM manifest_line l JOIN batch b ON b.id = l.batch_id WHERE b.uuid = :drum"
    )
    assert refused(history.connection, copy, drum=drum) == "23505"


# --- parks ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", OF_A_PARK)
def test_without_a_park_a_table_refuses_to_answer(engine: Engine, table: str) -> None:
    with engine.connect() as connection:
        for _ in range(2):
            assert refused(connection, "TABLE " + table) in {"42704", "22P02"}
            connection.execute(text("SELECT set_config('tracker.park', '1', true)"))
            connection.rollback()  # What was set for one transaction is not there in the next.


def test_a_park_sees_itself_and_no_other(db: Connection) -> None:
    one = makers.world(db, code="ONE")
    drum = one.generated(T1)
    other = makers.world(db, code="OTHER")
    other.generated(2 * T1)
    seen = text("SELECT count(*) FROM batch WHERE uuid = :drum")
    for table in ("fact", "batch", "posting"):
        parks = db.execute(text(f"SELECT DISTINCT park_id FROM {table}")).scalars().all()
        assert parks == [other.park]
    assert db.execute(seen, {"drum": drum}).scalar_one() == 0
    store.enter_park(db, one.park)
    assert db.execute(seen, {"drum": drum}).scalar_one() == 1
    assert refused(db, "UPDATE batch SET park_id = :park", park=other.park) == "42501"
    alert = (
        "INSERT INTO alert (park_id, code, severity, subject_kind, subject, params, raised_at)"
        " VALUES (:park, 'x', 'note', 'batch', gen_random_uuid(), '{}', now())"
    )
    assert refused(db, alert, park=other.park) == "42501"


def test_every_table_of_a_park_is_guarded_even_from_its_owner(engine: Engine) -> None:
    with engine.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity AS guarded,"
                " (SELECT count(*) FROM pg_policy p WHERE p.polrelid = c.oid AND p.polqual IS NOT NULL"
                "   AND p.polwithcheck IS NOT NULL) AS policies"
                " FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'park_id'"
                " WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace"
            )
        ).all()
    of_a_park = {row.relname for row in rows}
    assert of_a_park == set(OF_A_PARK) | BEFORE_THE_PARK
    assert {row.relname for row in rows if row.guarded and row.policies == 1} == set(OF_A_PARK)


def test_the_application_s_role_can_neither_log_in_nor_step_around_the_guards(engine: Engine) -> None:
    with engine.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT rolname, rolsuper OR rolbypassrls OR rolcanlogin OR rolcreaterole AS strong FROM pg_roles"
                " WHERE rolname IN ('tracker_owner', 'tracker_app', 'tracker_auditor')"
            )
        ).all()
        assert {row.rolname: row.strong for row in rows} == dict.fromkeys(
            ("tracker_owner", "tracker_app", "tracker_auditor"), False
        )
        assert connection.execute(text("SELECT current_user")).scalar_one() == "tracker_app"


# --- durability -------------------------------------------------------------------------------------------------------


def test_a_database_that_may_lose_what_it_acknowledged_is_refused(engine: Engine, database_url: str) -> None:
    store.refuse_unsafe(engine)
    careless = store.engine(database_url, role=None, pool_size=1)
    event.listen(careless, "connect", lambda raw, _: raw.execute("SET synchronous_commit = off") and raw.commit())
    with pytest.raises(store.UnsafeDatabase, match="synchronous_commit"):
        store.refuse_unsafe(careless)
    careless.dispose()


def test_a_database_that_cannot_be_reached_is_a_coded_problem() -> None:
    nowhere = store.engine("postgresql+psycopg://nobody@127.0.0.1:1/nothing", pool_size=1)
    with pytest.raises(Problem) as caught, store.transaction(nowhere):
        pass
    assert (caught.value.code, caught.value.category) == ("database_unavailable", "unavailable")


# --- migrations -------------------------------------------------------------------------------------------------------


def test_the_migrations_have_one_head_and_make_what_the_models_say(new_database: Callable[[bool], str]) -> None:
    """Up, down to nothing, and up again; then nothing is left to migrate."""
    made = store.engine(new_database(False), role=None, pool_size=1)  # noqa: FBT003
    schema.upgrade(made)
    assert schema.current(made) == schema.head()
    schema.downgrade(made, "base")
    left = set(inspect(made).get_table_names()) - {"alembic_version", "spatial_ref_sys"}
    assert left == set()
    with made.connect() as connection:
        ours = "SELECT count(*) FROM pg_proc WHERE proname IN ('refuse_change', 'postings_sum_to_zero')"
        assert connection.execute(text(ours)).scalar_one() == 0
    schema.upgrade(made)
    assert set(Base.metadata.tables) <= set(inspect(made).get_table_names())
    with made.begin() as connection:
        config = schema.config()
        config.attributes["connection"] = connection
        command.check(config)  # Raises where a model has moved on without a migration.
    made.dispose()


def test_tables_made_by_another_version_are_left_alone_and_it_is_said(new_database: Callable[[bool], str]) -> None:
    made = store.engine(new_database(True), role=None, pool_size=1)  # noqa: FBT003
    with made.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001_of_old'"))
    with pytest.raises(schema.UnknownSchema, match=r"0001_of_old.*TRACKER_VAR"):
        schema.upgrade(made)
    assert schema.current(made) == "0001_of_old"
    made.dispose()


def test_the_migration_bears_the_fingerprint_of_what_it_makes() -> None:
    """Guards are no part of its text: without this, a changed guard would never reach a database that is there."""
    made = Path(remake.__file__).parent / "versions" / "0001_books.py"
    assert schema.head() == remake.revision(made.read_text("utf-8"))


def test_a_model_without_its_migration_is_seen(database_url: str) -> None:
    """The check above would see a column that no migration made."""
    from alembic.util import AutogenerateDiffsDetected

    made = store.engine(database_url, role=None, pool_size=1)
    with made.connect() as connection:
        transaction = connection.begin()
        connection.execute(text("SET LOCAL ROLE tracker_owner"))
        connection.execute(text("ALTER TABLE label DROP COLUMN signed"))
        connection.execute(text("SET LOCAL ROLE NONE"))
        config = schema.config()
        config.attributes["connection"] = connection
        with pytest.raises(AutogenerateDiffsDetected, match="signed"):
            command.check(config)
        transaction.rollback()
    made.dispose()


def test_a_service_whose_connections_are_all_busy_says_so(database_url: str) -> None:
    crowded = store.engine(database_url, pool_size=1)
    crowded.pool._timeout = 0.1  # type: ignore[attr-defined]
    with crowded.connect(), crowded.connect(), pytest.raises(Problem) as caught:
        store.attempt(crowded, lambda connection, _: connection)
    crowded.dispose()
    assert caught.value.code == "database_unavailable"
