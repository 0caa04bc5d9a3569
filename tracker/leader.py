"""One leader among many processes, by an advisory lock of the database on a connection that stays open.

The lock ends with the connection, so a leader that dies, however it dies, makes room within a second. One that only
believes it leads (its connection broke, and it has not looked yet) may overlap with its successor for a moment: what a
leader does must bear being done twice at once.
"""

import contextlib
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

#: The number is ours alone in this database; what it means is only that it is the same for all.
_LOCK = {"key": 0x7761_7374_6501}
_TRY = text("SELECT pg_try_advisory_lock(:key)")
_UNLOCK = text("SELECT pg_advisory_unlock(:key)")
_HELD = text("""
SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()
  AND (classid::bigint << 32 | objid::bigint) = :key AND granted)
""")


class Leadership:
    """The lock, as long as this is open. ``holds`` asks the database, because a connection can die unnoticed."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def holds(self) -> bool:
        """Whether the lock is still ours."""
        try:
            return bool(self._connection.scalar(_HELD, _LOCK))
        except DBAPIError:
            return False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Given back in words, so that the next one need not wait until the server notices we hung up; then closed
        # for good, not handed to the pool, where the lock would live on.
        with contextlib.suppress(SQLAlchemyError):
            self._connection.execute(_UNLOCK, _LOCK)
        self._connection.invalidate()
        self._connection.close()


def lead(of: Engine) -> Leadership | None:
    """Become the leader, or None where another process is, or the database cannot be reached."""
    try:
        connection = of.connect().execution_options(isolation_level="AUTOCOMMIT")
    except DBAPIError:
        return None
    try:
        if connection.scalar(_TRY, _LOCK):
            return Leadership(connection)
    except DBAPIError:
        connection.invalidate()
    connection.close()
    return None
