"""The engine, the transaction, the park a transaction may see, and the database's complaints in our own words."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Connection, Dialect, Engine, Table, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from tracker.problems import Problem

T = TypeVar("T")

__all__ = [
    "APP_ROLE",
    "Connection",
    "Engine",
    "UnsafeDatabase",
    "as_json",
    "attempt",
    "complaint",
    "engine",
    "enter_park",
    "forget_plans",
    "insert_rows",
    "is_uuid",
    "recordset",
    "refuse_unsafe",
    "stored",
    "table",
    "transaction",
    "trouble",
    "update_rows",
    "write_rows",
]

#: The database role the application works as: it may append facts and can neither change nor delete one.
APP_ROLE = "tracker_app"

_DIALECT: Dialect = make_url("postgresql+psycopg://").get_dialect()()


class UnsafeDatabase(RuntimeError):
    """The database is set up so that a fact it acknowledged could be lost."""


def engine(url: str, *, role: str | None = APP_ROLE, pool_size: int = 5) -> Engine:
    """An engine whose connections work as ``role`` (None: as whoever the URL logs in)."""
    options = "-c timezone=UTC" + (f" -c role={role}" if role else "")
    made = create_engine(
        make_url(url),
        connect_args={"options": options, "prepare_threshold": 3},
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=False,
        json_serializer=as_json,
    )
    event.listen(made, "handle_error", _note_lost_connection)
    return made


def _note_lost_connection(context: Any) -> None:
    # A backend that was killed under us says "admin shutdown"; the pool must not hand that connection out again.
    if getattr(context.original_exception, "sqlstate", None) in {"57P01", "57P02", "57P03"}:
        context.is_disconnect = True


def as_json(value: Any) -> str:
    """Compact JSON; what JSON does not know (UUIDs, times) as its text."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def refuse_unsafe(of: Engine) -> None:
    """Raise ``UnsafeDatabase`` where fsync or synchronous_commit is off: facts must survive a power cut."""
    with of.connect() as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            if connection.scalar(text(f"SHOW {setting}")) == "off":
                message = f"The database runs with {setting} = off: facts it acknowledged could be lost. Turn it on."
                raise UnsafeDatabase(message)


@contextmanager
def transaction(of: Engine, park: int | None = None) -> Iterator[Connection]:
    """One transaction: returning commits, raising rolls back. ``park`` is what row-level security lets it see; without
    one, every table of a park refuses to answer."""
    try:
        with of.begin() as connection:
            if park is not None:
                enter_park(connection, park)
            yield connection
    except OperationalError as error:
        raise Problem("database_unavailable") from error


def attempt(of: Engine, work: Callable[[Connection, bool], T]) -> T:
    """Do a request's work in one transaction; returning commits, raising rolls back.

    Work that loses to another request over a key or a lock is done once more from the start, carefully (its second
    argument is then true); nothing of the first try is left. A complaint of the database that means something to the
    caller becomes a ``Problem``; a database that cannot be reached becomes database_unavailable.
    """
    try:
        with of.begin() as connection:
            return work(connection, False)  # noqa: FBT003 - the two tries differ in nothing else
    except OperationalError as error:
        if _sqlstate(error) not in _LOST_A_RACE:
            raise Problem("database_unavailable") from error
    except PoolTimeout as error:
        # Every connection is busy and stayed so: the caller may try again, and a phone will.
        raise Problem("database_unavailable") from error
    except DBAPIError:
        pass  # Whatever it was, the careful try finds out which fact it belongs to.
    try:
        with of.begin() as connection:
            return work(connection, True)  # noqa: FBT003
    except DBAPIError as error:
        raise complaint(error) or _reachable(error) from error


#: Deadlock found, serialization failed.
_LOST_A_RACE = frozenset({"40P01", "40001"})


def _sqlstate(error: DBAPIError) -> str | None:
    return getattr(error.orig, "sqlstate", None)


def _reachable(error: DBAPIError) -> Exception:
    return Problem("database_unavailable") if isinstance(error, OperationalError) else error


def trouble(of: Engine, newest: str) -> str | None:
    """Why the service cannot do its work, None where it can: the database answers and has the newest schema."""
    try:
        with of.connect() as connection:
            found = connection.scalar(text("SELECT version_num FROM alembic_version"))
    except DBAPIError:
        return "the database does not answer, or is empty"
    return None if found == newest else "the schema is not the newest: run `tracker migrate`"


def enter_park(connection: Connection, park: int) -> None:
    """Let the rest of this transaction see one park, and no other."""
    connection.execute(_ENTER_PARK, {"park": str(park)})


_ENTER_PARK = text("SELECT set_config('tracker.park', :park, true)")


def forget_plans(connection: Connection) -> None:
    """Let the database plan its statements anew. Plans made while a table was empty read all of it, and within one
    long transaction nothing tells the database that it has grown."""
    connection.execute(text("DISCARD PLANS"))


def table(of: Any) -> Table:
    """The table of a mapped class."""
    found: Table = of.__table__
    return found


def insert_rows(connection: Connection, into: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert any number of rows of the same shape by one statement. Values are plain Python: UUID, datetime, bytes."""
    if rows:
        connection.execute(_insert(into, tuple(rows[0])), {"rows": as_json([_row(row) for row in rows])})


def update_rows(connection: Connection, *changes: tuple[Table, tuple[str, ...], Sequence[Mapping[str, Any]]]) -> None:
    """Update any number of rows of several tables, found by their keys, by one statement."""
    wanted = [(of, key, rows) for of, key, rows in changes if rows]
    if wanted:
        shapes = tuple((of, key, tuple(rows[0])) for of, key, rows in wanted)
        given = {f"rows{at}": as_json([_row(row) for row in rows]) for at, (_, _, rows) in enumerate(wanted)}
        connection.execute(_update(shapes), given)


def write_rows(
    connection: Connection,
    inserts: Sequence[tuple[Table, Sequence[Mapping[str, Any]]]],
    updates: Sequence[tuple[Table, tuple[str, ...], Sequence[Mapping[str, Any]]]] = (),
    *,
    also: str = "",
    given: Mapping[str, Any] | None = None,
) -> None:
    """Insert and update any number of rows of any tables by one statement; ``also`` is further parts of its WITH,
    filled by ``given``. Foreign keys are looked at when it ends, so the order of the tables does not matter."""
    fresh = [(of, rows) for of, rows in inserts if rows]
    changed = [(of, key, rows) for of, key, rows in updates if rows]
    if not (fresh or changed or also):
        return
    rows_in = {f"fresh{at}": as_json([_row(row) for row in rows]) for at, (_, rows) in enumerate(fresh)}
    rows_in |= {f"rows{at}": as_json([_row(row) for row in rows]) for at, (_, _, rows) in enumerate(changed)}
    statement = _write(
        tuple((of, tuple(rows[0])) for of, rows in fresh),
        tuple((of, key, tuple(rows[0])) for of, key, rows in changed),
        also,
    )
    connection.execute(statement, rows_in | dict(given or {}))


def stored(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows as ``recordset`` reads them."""
    return [_row(row) for row in rows]


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: f"\\x{value.hex()}" if isinstance(value, bytes) else value for name, value in row.items()}


def recordset(of: Table, names: tuple[str, ...], rows: str = "rows") -> str:
    """``jsonb_to_recordset(:rows)`` with the column types of a table."""
    columns = ", ".join(f'"{name}" {_type(of, name)}' for name in names)
    return f"jsonb_to_recordset(CAST(:{rows} AS jsonb)) AS r({columns})"


def _type(of: Table, name: str) -> str:
    return of.columns[name].type.compile(dialect=_DIALECT)


@cache
def _insert(into: Table, names: tuple[str, ...]) -> Any:
    listed = ", ".join(f'"{name}"' for name in names)
    return text(f'INSERT INTO "{into.name}" ({listed}) SELECT {listed} FROM {recordset(into, names)}')  # noqa: S608


@cache
def _write(
    fresh: tuple[tuple[Table, tuple[str, ...]], ...],
    changed: tuple[tuple[Table, tuple[str, ...], tuple[str, ...]], ...],
    also: str,
) -> Any:
    parts = [also] if also else []
    for at, (into, names) in enumerate(fresh):
        listed = ", ".join(f'"{name}"' for name in names)
        rows = recordset(into, names, f"fresh{at}")
        parts.append(f'i{at} AS (INSERT INTO "{into.name}" ({listed}) SELECT {listed} FROM {rows})')  # noqa: S608
    return text(f"WITH {', '.join([*parts, *_updates(changed)])} SELECT 1")


@cache
def _update(shapes: tuple[tuple[Table, tuple[str, ...], tuple[str, ...]], ...]) -> Any:
    return text(f"WITH {', '.join(_updates(shapes))} SELECT 1")


def _updates(shapes: tuple[tuple[Table, tuple[str, ...], tuple[str, ...]], ...]) -> list[str]:
    parts = []
    for at, (of, key, names) in enumerate(shapes):
        changed = ", ".join(f'"{name}" = r."{name}"' for name in names if name not in key)
        found = " AND ".join(f't."{name}" = r."{name}"' for name in key)
        rows = recordset(of, names, f"rows{at}")
        parts.append(f'u{at} AS (UPDATE "{of.name}" AS t SET {changed} FROM {rows} WHERE {found})')  # noqa: S608
    return parts


#: What a constraint's complaint means to the caller. A name that is not here is a fault of ours, not of theirs.
_COMPLAINTS = {
    "uq_fact_park_id_id": "fact_id_reused",
    "uq_batch_park_id_uuid": "batch_id_taken",
    "uq_manifest_park_id_uuid": "manifest_id_taken",
    "uq_permit_uuid": "permit_number_taken",
    "uq_permit_enterprise_id_number_acts_as": "permit_number_taken",
}


def complaint(error: DBAPIError) -> Problem | None:
    """The problem a database error stands for, or None where it is our own fault."""
    diagnosis = getattr(error.orig, "diag", None)
    code = _COMPLAINTS.get(getattr(diagnosis, "constraint_name", None) or "")
    return Problem(code, fact="—", batch="—", manifest="—", number="—") if code else None


def is_uuid(value: str) -> bool:
    """Whether a text is a UUID in its usual form."""
    try:
        return str(UUID(value)) == value.lower()
    except ValueError:
        return False
