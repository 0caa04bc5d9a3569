"""The ``tracker`` command.

A command imports what it alone needs when it runs: the server and the scheduler start as children of ``run``, and each
should be there in a moment.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import qrcode  # type: ignore[import-untyped]

from api.config import Config
from api.serve import WORKERS, certificate, local_address, serve
from tracker import catalogue_books, cluster, lifecycle, problems, schema, store, verify
from tracker.problems import Problem

if TYPE_CHECKING:
    from api import demo

_READY_SECONDS_MAX = 60
_STOP_SECONDS_MAX = 15


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Follows industrial waste in a park from the machine that made it to its last treatment."""


def _step(words: str) -> Callable[..., None]:
    """Say what is being done; the answer says how long it took."""
    began = time.monotonic()
    click.echo(f"· {words} ", nl=False)

    def done(result: str = "") -> None:
        click.echo(f"{result}{' ' if result else ''}({time.monotonic() - began:.1f} s)")

    return done


def _dot(_month: str) -> None:
    """A dot for every month of the demo park's life, so that a minute does not look like a hang."""
    click.echo(".", nl=False)


@contextlib.contextmanager
def _database() -> Iterator[str]:
    """The URL of a database with the newest schema and the shipped lists: the one that is set, else a private one."""
    given = os.environ.get("TRACKER_DATABASE_URL")
    running: cluster.Cluster | None = None
    if not given:
        done = _step("starting the private PostGIS …")
        try:
            running = cluster.start()
        except cluster.ClusterError as error:
            raise click.ClickException(str(error)) from error
        running.create_database("tracker")
        given = running.url("tracker", "postgres")
        done()
    try:
        done = _step("bringing the schema and the lists of wastes up to date …")
        engine = store.engine(given, role=None, pool_size=1)
        try:
            schema.upgrade(engine)
        except schema.UnknownSchema as error:
            raise click.ClickException(str(error)) from error
        with store.transaction(engine) as connection:
            catalogue_books.load_shipped(connection)
        engine.dispose()
        done()
        yield given
    finally:
        if running is not None and running.started_here:
            running.stop()


@main.command()
@click.option("--port", default=8000, show_default=True, help="where to listen")
@click.option("--phone", is_flag=True, help="listen on the local network with HTTPS, so that phones open their cameras")
@click.option("--workers", default=WORKERS, show_default=True)
def run(port: int, *, phone: bool, workers: int) -> None:
    """Start everything: database, demo park, server, scheduler. Ctrl-C stops all of it."""
    from api import demo

    with _database() as url:
        address = local_address() if phone else "127.0.0.1"
        environment = os.environ | {"TRACKER_DATABASE_URL": url}
        scheme = "http"
        command = [sys.executable, "-m", "api.cli", "serve", "--port", str(port), "--workers", str(workers)]
        config = Config.from_environment(url)
        if phone:
            scheme = "https"
            made, key, authority = certificate(config.var / "certificates", address)
            command += ["--host", "0.0.0.0", "--certificate", str(made), "--certificate-key", str(key)]  # noqa: S104
            environment |= {"TRACKER_LABEL_HOSTS": f"{address}:{port}", "TRACKER_SECURE_COOKIES": "1"}
        done = _step("looking after the demo park …")
        engine = store.engine(url, pool_size=2)
        accounts = demo.ensure(engine, config.keys, say=_dot)
        engine.dispose()
        done()
        with _children([command, [sys.executable, "-m", "api.cli", "jobs"]], environment) as children:
            _await(f"http{'s' if phone else ''}://127.0.0.1:{port}/readyz", children)
            _welcome(f"{scheme}://{address}:{port}", accounts, demo.PASSWORD, authority if phone else None)
            _watch(children)


@contextlib.contextmanager
def _children(commands: list[list[str]], environment: dict[str, str]) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Processes that end with us. Sessions of their own: Ctrl-C reaches us, and we stop them in order."""
    log = Path(environment.get("TRACKER_VAR") or "var") / "log"
    log.mkdir(parents=True, exist_ok=True)
    children = []
    for command in commands:
        with (log / f"{command[3]}.log").open("ab") as output:
            children.append(
                subprocess.Popen(command, env=environment, stdout=output, stderr=output, start_new_session=True)
            )
    previous = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield children
    finally:
        signal.signal(signal.SIGTERM, previous)
        for child in children:
            child.terminate()
        for child in children:
            try:
                child.wait(_STOP_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                child.kill()


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _await(url: str, children: list[subprocess.Popen[bytes]]) -> None:
    """Wait until the server is ready, or say where to look."""
    import ssl

    done = _step("starting the server …")
    context = ssl._create_unverified_context() if url.startswith("https") else None  # noqa: S323, SLF001 - our own
    deadline = time.monotonic() + _READY_SECONDS_MAX
    while time.monotonic() < deadline:
        if any(child.poll() is not None for child in children):
            break
        with (
            contextlib.suppress(OSError, urllib.error.URLError),
            urllib.request.urlopen(url, timeout=2, context=context),  # noqa: S310 - our own address
        ):
            done()
            return
        time.sleep(0.1)
    raise click.ClickException(
        "The server did not start. Its log is in var/log/serve.log; is the port taken? (PORT=8001)"
    )


def _watch(children: list[subprocess.Popen[bytes]]) -> None:
    try:
        while all(child.poll() is None for child in children):
            time.sleep(0.5)
        raise click.ClickException("A process ended by itself. Its log is in var/log/.")
    except KeyboardInterrupt:
        click.echo("\nstopping …")


def _welcome(base: str, accounts: "list[demo.Account]", password: str, authority: Path | None) -> None:
    click.echo(f"\n  {click.style(base, bold=True)}   the app, on phone and desk")
    click.echo(f"  {base}/api/v1/openapi.json   the API\n")
    if accounts:
        click.echo(f"  Demo park: everything in it is made up. Every account has the password  {password}")
        for account in accounts:
            if not account.login.endswith("-manager"):
                click.echo(f"    {account.login:<12} {account.what}")
        click.echo("  Every enterprise has a manager too: spruce-manager, ginkgo-manager, …")
    code = qrcode.QRCode(border=2)
    code.add_data(base)
    click.echo("\n  Open it on a phone:")
    code.print_ascii(invert=True)
    if authority is not None:
        click.echo(
            f"  Phones open their cameras only for a page they trust. Copy {authority} to the phone and\n"
            "  install it as a certificate authority (iOS: Settings > General > About > Certificate Trust Settings;\n"
            "  Android: Settings > Security > Install a certificate > CA certificate)."
        )
    else:
        click.echo("  From another device: make run PHONE=1. Ctrl-C stops everything.")


@main.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@click.option("--workers", default=WORKERS, show_default=True)
@click.option("--certificate", "certificate_path", type=click.Path(exists=True, path_type=Path))
@click.option("--certificate-key", type=click.Path(exists=True, path_type=Path))
def serve_command(
    host: str, port: int, workers: int, certificate_path: Path | None, certificate_key: Path | None
) -> None:
    """Serve the API and the app. TRACKER_DATABASE_URL says from which database."""
    pair = (certificate_path, certificate_key) if certificate_path and certificate_key else None
    serve(host, port, workers=workers, certificate=pair, metrics=Config.from_environment().var / f"metrics-{port}")


@main.command()
def jobs() -> None:
    """Run the scheduled jobs, one leader at a time however many are started."""
    from api.app import log_as_json
    from api.jobs import run_jobs

    log_as_json()
    run_jobs(Config.from_environment())


@main.command()
def migrate() -> None:
    """Bring the database to the newest schema and load the shipped lists of wastes."""
    with _database():
        click.echo(f"the database is at {schema.head()}")


@main.command("demo")
@click.option("--url", help="a running server; without one, a server is started and stopped")
def demo_command(url: str | None) -> None:
    """Play a whole story over HTTP with one client a role, show the chain, and check the books."""
    from api import demo

    with _database() as database:
        config = Config.from_environment(database)
        engine = store.engine(database, pool_size=2)
        done = _step("looking after the demo park …")
        demo.ensure(engine, config.keys, say=_dot)
        done()
        if url:
            sys.exit(demo.play(url, engine))
        command = [sys.executable, "-m", "api.cli", "serve", "--port", "8099", "--workers", "1"]
        with _children([command], os.environ | {"TRACKER_DATABASE_URL": database}) as children:
            _await("http://127.0.0.1:8099/readyz", children)
            status = demo.play("http://127.0.0.1:8099", engine)
        engine.dispose()
    sys.exit(status)


@main.command("verify")
@click.option("--park", type=int, help="one park's number; all without it")
def verify_command(park: int | None) -> None:
    """Fold the whole log from zero and compare it with every table. Exit 1 and a list on any difference."""
    with _database() as url:
        engine = store.engine(url, pool_size=1)
        reports = verify.parks(engine, [park] if park else None)
        for report in reports:
            for line in report.differences:
                click.echo(line)
            if report.unshown:
                click.echo(f"… and {report.unshown} more")
            click.echo(
                f"park {report.park}: {report.facts} facts, {report.batches} batches, {report.manifests} manifests"
            )
        engine.dispose()
    if not all(report.ok for report in reports):
        raise click.ClickException("the tables differ from the log")
    click.echo("verify: ok")


@main.group()
def catalogue() -> None:
    """Lists of wastes."""


@catalogue.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--scheme", required=True, help="for example CN-HW")
@click.option("--edition", required=True, help="for example 2025")
@click.option("--dry-run", is_flag=True, help="say what would change, and change nothing")
@click.option("--verified", is_flag=True, help="the file is the official text")
@click.option("--close-previous", is_flag=True, help="the older edition ends where this one begins")
@click.option("--park", type=int, help="a park's own list: the park's number")
@click.option("--language", type=click.Choice(["zh", "en"]), default="zh", show_default=True)
def import_command(file: Path, scheme: str, edition: str, *, language: problems.Language, **given: Any) -> None:
    """Import a list of wastes from CSV or XLSX. Every bad row is named; a file with one changes nothing."""
    park = given.pop("park")
    with _database() as url:
        engine = store.engine(url, pool_size=1)
        try:
            with store.transaction(engine) as connection:
                report = catalogue_books.import_file(
                    connection, file, scheme, edition, park_id=park, by=os.environ.get("USER", "tracker"), **given
                )
        except Problem as problem:
            raise click.ClickException(problem.entry.say(language, problem.params)) from problem
        finally:
            engine.dispose()
    for line in report.lines(language):
        click.echo(line)
    if not report.ok:
        sys.exit(1)


@main.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def export(folder: Path) -> None:
    """Write what the phone shares with the server: lifecycle, problems, and the description of the API."""
    from api.app import create_app

    folder.mkdir(parents=True, exist_ok=True)
    with _database() as url:
        app = create_app(Config.from_environment(url))
        described = app.test_client().get("/api/v1/openapi.json").get_json()
    written = {
        "lifecycle.json": lifecycle.export(),
        "problems.json": problems.export(),
        "openapi.json": described,
    }
    for name, body in written.items():
        (folder / name).write_text(
            json.dumps(body, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8"
        )
        click.echo(f"{folder / name}")


if __name__ == "__main__":
    main()
