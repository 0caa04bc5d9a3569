"""The demo: a park nobody takes for real, a life made by the same door, and a story played over HTTP."""

import os
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, text
from werkzeug.serving import make_server

from api import demo
from api.app import create_app
from api.config import Config
from api.demo import park as parks
from api.demo.cast import cast
from api.demo.days import Shift, last_whole_day, working_days, works
from api.demo.life import live
from tests import makers
from tracker import balance, cluster, store, verify, watches
from tracker.catalogue import validate

DAYS = 40
#: A Thursday in autumn, in the evening of Beijing.
NOW = datetime(2026, 11, 19, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def keys_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "keys"


@pytest.fixture(scope="module")
def alone(database_url: str) -> Iterator[Engine]:
    """A database of its own: the demo keeps away from one in which others work."""
    running, name = cluster.start(), f"tracker_test_demo_{os.getpid()}"
    with running.superuser() as connection:
        connection.execute("SELECT pg_advisory_lock(hashtext('waste-tracker tests'))")
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {name} TEMPLATE tracker_test_template")
    engine = store.engine(running.url(name, "postgres"), pool_size=4)
    yield engine
    engine.dispose()
    with running.superuser() as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def lived(alone: Engine, keys_folder: Path) -> Engine:
    """The demo park with a short life."""
    assert demo.ensure(alone, keys_folder, days=DAYS)
    return alone


def _counted(engine: Engine, statement: str) -> Counter[str]:
    with store.transaction(engine, 1) as connection:
        return Counter({row[0]: row[1] for row in connection.execute(text(statement))})


def test_its_names_are_nobodys_and_its_numbers_hold() -> None:
    play = cast()
    assert len(play.enterprises) >= 20
    for one in play.enterprises.values():
        assert "虚构" in one.zh
        assert "Fictional" in one.en
        assert validate.uscc(one.uscc) == one.uscc
        assert one.uscc[2:8] == "000000"
    assert len({one.uscc for one in play.enterprises.values()}) == len(play.enterprises)
    logins = [account.login for account in demo.accounts()]
    assert len(set(logins)) == len(logins)
    assert {"regulator", "inspector", "auditor", "spruce", "spruce-manager"} <= set(logins)


def test_every_stream_goes_to_somebody_who_may_take_it() -> None:
    play = cast()
    for one in play.enterprises.values():
        for stream in one.streams:
            receives, carries = play.enterprises[stream.to].receives, play.enterprises[stream.by].carries
            assert receives is not None
            assert carries is not None
            assert stream.treatment in receives.treatments
            assert any(made.treatment == stream.treatment for made in play.enterprises[stream.to].makes) or (
                stream.treatment == "C5"
            )


def test_nobody_works_on_holidays() -> None:
    days = list(working_days(datetime(2026, 9, 25).date(), datetime(2026, 10, 12).date()))  # noqa: DTZ001
    assert [day.day for day in days] == [25, 28, 29, 30, 8, 9, 12]
    assert not works(datetime(2026, 2, 17).date())  # noqa: DTZ001
    assert last_whole_day(NOW).day == 19
    assert last_whole_day(NOW.replace(hour=10)).day == 18
    assert [shift.value[0] for shift in Shift] == sorted(shift.value[0] for shift in Shift)


def test_the_books_are_whole_and_everything_happened(lived: Engine) -> None:
    (report,) = verify.parks(lived)
    assert report.differences == []
    assert report.batches > 150
    kinds = _counted(lived, "SELECT kind, count(*) FROM fact GROUP BY kind")
    assert {kind for kind, count in kinds.items() if count} >= {
        "generated", "weighed", "split", "combined", "manifest_issued", "manifest_voided", "picked_up", "handed_over",
        "arrived", "received", "returned", "treated", "corrected",
    }  # fmt: skip
    verdicts = _counted(lived, "SELECT verdict, count(*) FROM fact GROUP BY verdict")
    assert verdicts["conflict"] >= 1
    findings = _counted(lived, "SELECT code, count(*) FROM finding GROUP BY code")
    assert {
        "carrier_unregistered",
        "reported_late",
        "mass_discrepancy",
        "lost_to_another",
        "place_far",
        "place_missing",
    } <= set(findings)
    assert "treatment_not_balanced" not in findings
    assert "mass_exceeds_batch" not in findings
    assert _counted(lived, "SELECT 'turned away', count(*) FROM turned_away")["turned away"] == 0
    lines = _counted(lived, "SELECT outcome, count(*) FROM manifest_line GROUP BY outcome")
    assert {"whole", "part", "returned", "released"} <= set(lines)


def test_its_mass_account_closes(lived: Engine) -> None:
    (park,) = watches.parks(lived)
    with store.transaction(lived, park.key) as connection:
        account = balance.of_books(connection, park.caller)
    assert account.closes
    assert account.generated > 0
    assert account.treated > 0


def test_its_history_was_recorded_in_the_past_and_in_order(lived: Engine) -> None:
    with store.transaction(lived, 1) as connection:
        times = connection.scalars(text('SELECT recorded_at FROM fact ORDER BY "index"')).all()
    assert list(times) == sorted(times)
    assert times[-1] <= datetime.now(UTC)
    assert (times[-1] - times[0]).days >= DAYS - 12


def test_the_watches_have_something_to_find(lived: Engine) -> None:
    raised = watches.watch(lived).raised
    assert raised["pickup_overdue"] == 2
    assert raised["fact_waiting_long"] == 1


def test_a_second_start_leaves_it_alone(lived: Engine, keys_folder: Path) -> None:
    before = _counted(lived, "SELECT 'facts', size FROM log_head")
    assert demo.ensure(lived, keys_folder, days=DAYS) == demo.accounts()
    assert _counted(lived, "SELECT 'facts', size FROM log_head") == before


def test_a_database_in_which_others_work_is_left_alone(db: Connection) -> None:
    makers.world(db)
    assert not parks.belongs(db)


def test_the_same_seed_makes_the_same_life(engine: Engine, tmp_path: Path) -> None:
    def batches(seed: int) -> list[tuple[object, ...]]:
        with engine.connect() as connection, connection.begin() as transaction:
            made = parks.make_park(connection, tmp_path, now=NOW)
            live(connection, made, tmp_path, seed=seed, days=9, now=NOW)
            rows = connection.execute(text("SELECT uuid, grams_at_start, generated_at FROM batch ORDER BY id")).all()
            transaction.rollback()
        return [tuple(row) for row in rows]

    first = batches(7)
    assert first
    assert batches(7) == first
    assert batches(8) != first


def test_the_story_is_played_over_http(lived: Engine, keys_folder: Path, tmp_path: Path) -> None:
    url = lived.url.render_as_string(hide_password=False)
    (tmp_path / "index.html").write_text("<!doctype html>")
    app = create_app(Config(url, var=keys_folder.parent, secret_key="for tests only", dist=tmp_path), engine=lived)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    said: list[str] = []
    try:
        status = demo.play(f"http://127.0.0.1:{server.port}", lived, say=said.append)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    told = "\n".join(said)
    assert status == 0, told
    assert said[-1] == "verify: ok"
    assert "HTTPS://WASTE.PARK.CN/M/" in told
    assert "the account closes to the gram" in told
    assert "generated 1000 kg" in told


def test_a_server_that_is_not_there_is_told_in_words() -> None:
    said: list[str] = []
    assert demo.play("http://127.0.0.1:9", say=said.append) == 1
    assert "✗" in said[-1]
