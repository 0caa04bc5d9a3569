"""The demo: a made-up park with a made-up year behind it, and a story played over HTTP. Every fact in it came in by the
same door as everybody's."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from api.demo.life import DAYS, live
from api.demo.park import PASSWORD, Account, accounts, belongs, make_park
from api.demo.story import play
from tracker import store
from tracker.store import Engine

__all__ = ["PASSWORD", "Account", "accounts", "ensure", "play"]


def ensure(
    engine: Engine,
    keys_folder: Path,
    *,
    seed: int = 1,
    days: int = DAYS,
    now: datetime | None = None,
    say: Callable[[str], None] | None = None,
) -> list[Account]:
    """Make the demo park and its life unless they are there, all of it or nothing; the accounts to log in with.

    A database in which real enterprises work is left alone, and nobody is answered.
    """
    with store.transaction(engine) as connection:
        if not belongs(connection):
            return []
        park = make_park(connection, keys_folder, now=now)
        if park.made:
            live(connection, park, keys_folder, seed=seed, days=days, now=now, say=say)
    return accounts()
