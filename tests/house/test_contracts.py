"""The rooms keep to their floors, and the machine that says so sees a wrong door when one is cut."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

#: A wrong import each, with the contract that must name it.
PLANTS = [
    ("tracker/problems.py", "import tracker.facts", "Inside the tracker BROKEN"),
    ("tracker/facts.py", "import sqlalchemy", "The rules are plain Python BROKEN"),
    ("tracker/catalogue/__init__.py", "import flask", "The tracker never hears of HTTP BROKEN"),
    ("tracker/quantity.py", "import api", "HTTP stands on paper, paper stands on the tracker BROKEN"),
    ("manifests/code.py", "import manifests.label", "Inside manifests BROKEN"),
    ("manifests/label.py", "import tracker.tables", "Only the tracker touches tables BROKEN"),
    ("api/errors.py", "import sqlalchemy", "The API writes no SQL BROKEN"),
    ("api/auth.py", "import api.app", "Inside the api: resources know nothing of each other BROKEN"),
    ("tracker/utils.py", "pass", "Inside the tracker BROKEN"),
]


def _lint(folder: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run([program, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False)


def test_every_import_goes_the_way_the_rooms_allow() -> None:
    done = _lint(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("path", "line", "verdict"), PLANTS, ids=[f"{path}: {line}" for path, line, _ in PLANTS])
def test_a_planted_wrong_import_is_caught(path: str, line: str, verdict: str, tmp_path: Path) -> None:
    for room in ("api", "manifests", "tracker"):
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__", "*.csv"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    with (tmp_path / path).open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")
    done = _lint(tmp_path)
    assert done.returncode != 0
    assert verdict in done.stdout, done.stdout
