"""``python -m tests.stories [name ...]``: play the stories over HTTP and write their pages anew."""

import logging
import sys
import tempfile
from pathlib import Path

import structlog

from api.app import create_app
from api.config import Config
from tests.conftest import a_database
from tests.stories import matrix, nexts, page, reading, runner
from tracker import store


def main(wanted: list[str]) -> None:
    told = reading.stories()
    offers: nexts.Seen = {}
    page.FOLDER.mkdir(parents=True, exist_ok=True)
    page.FOLDER.with_name("matrix.md").write_text(matrix.text(), encoding="utf-8")
    (page.FOLDER / "README.md").write_text(page.index(told), encoding="utf-8")
    with a_database("main", "stories") as url, tempfile.TemporaryDirectory() as var:
        engine = store.engine(url, pool_size=10)
        config = Config(database_url=url, var=Path(var), secret_key="for stories only", logins_per_minute=10_000)
        app = create_app(config, engine=engine)
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
        for at, story in enumerate(told):
            if story.pending is not None or (wanted and not any(story.name.startswith(name) for name in wanted)):
                continue
            stage = runner.play(story, app, engine, Path(var) / "keys", f"ST{at:02d}")
            for name, text in page.files(stage).items():
                (page.FOLDER / name).write_text(text, encoding="utf-8")
            offers |= stage.offers
            sys.stdout.write(f"{story.name}: {stage.end['facts']} facts, {stage.end['account']}\n")
        engine.dispose()
    if not wanted:
        nexts.write(offers)


if __name__ == "__main__":
    main(sys.argv[1:])
