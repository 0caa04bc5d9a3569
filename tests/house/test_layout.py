"""The house itself: what may stand at the top, how long a file and a function may be, and what no line may say."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

FOLDERS = {".ci", "api", "bench", "docs", "manifests", "migrations", "mobile_web", "tests", "tracker"}
FILES = {
    ".editorconfig",
    ".gitattributes",
    ".gitignore",
    ".python-version",
    "CHANGELOG.md",
    "LICENSE",
    "Makefile",
    "README.md",
    "alembic.ini",
    "pyproject.toml",
    "requirements-dev.txt",
    "requirements.txt",
}

FILE_LINES_MAX = 420
FUNCTION_LINES_MAX = 65
#: Files that are longer because they are tables, each with its reason. The list may shrink.
LONG_FILES: dict[str, str] = {}

#: A migration is a list of steps and done once it has run; what a machine wrote is read by machines.
NOT_READ = re.compile(r"(^|/)(migrations/versions|generated)/")

CODE = {".py", ".ts", ".tsx"}
TEXT = CODE | {".cfg", ".css", ".csv", ".html", ".ini", ".js", ".json", ".md", ".mako", ".sh", ".sql", ".toml", ".txt"}
TEXT_NAMES = {"Makefile", "run", "setup", "unpack-debian", ".npmrc", ".gitignore"}

# Put together from halves, so that this file does not say what it forbids.
UNFINISHED = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"]) + r")\b")
REGISTRIES = re.compile(
    "|".join(
        [r"registry\.npm", r"npmm" + "irror", r"py" + r"pi\.(?:org|python)", "python" + "hosted", r"mirrors?\.[a-z]+\."]
    )
)
MACHINE_PATHS = re.compile(r"(?<![\w.~-])/(?:work|root|opt|home/\w+|Users/\w+)/|\.\./" + "shared")


def committed() -> list[Path]:
    """What git knows, or would know once added: nothing ignored."""
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return sorted({ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()})


def texts() -> list[tuple[str, str]]:
    return [
        (str(path.relative_to(ROOT)), path.read_text(encoding="utf-8"))
        for path in committed()
        if path.suffix in TEXT or path.name in TEXT_NAMES
    ]


def _lines_that_match(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{name}:{number}: {line.strip()[:100]}"
        for name, text in texts()
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


def test_only_known_rooms_stand_at_the_top() -> None:
    tops = {path.relative_to(ROOT).parts for path in committed()}
    assert {parts[0] for parts in tops if len(parts) > 1} <= FOLDERS
    assert {parts[0] for parts in tops if len(parts) == 1} <= FILES


def test_no_file_is_too_long_to_read() -> None:
    code = {str(path.relative_to(ROOT)): path for path in committed() if path.suffix in CODE}
    lengths = {name: len(path.read_text(encoding="utf-8").splitlines()) for name, path in code.items()}
    long = {name: length for name, length in lengths.items() if length > FILE_LINES_MAX and not NOT_READ.search(name)}
    assert set(long) == set(LONG_FILES), long


def test_no_function_is_too_long_to_read() -> None:
    long = []
    for path in committed():
        if path.suffix != ".py" or NOT_READ.search(str(path)):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > FUNCTION_LINES_MAX:
                    long.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}: {length} lines")
    assert long == []


def test_nothing_is_left_for_later() -> None:
    assert _lines_that_match(UNFINISHED) == []


def test_no_line_names_a_package_registry() -> None:
    assert _lines_that_match(REGISTRIES) == []


def test_no_line_names_a_path_of_somebodys_machine() -> None:
    assert _lines_that_match(MACHINE_PATHS) == []


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_python_packages_are_locked_by_hash_and_by_nothing_else(name: str) -> None:
    lock = (ROOT / name).read_text(encoding="utf-8")
    packages = re.findall(r"^[a-z0-9][^ ]*==", lock, re.MULTILINE)
    assert len(packages) > 20
    assert all("--hash=sha256:" in block for block in re.split(r"\n(?=[a-z0-9])", lock.strip()))
    assert "://" not in lock
    assert "index-url" not in lock


def test_npm_packages_are_locked_by_hash_and_not_by_address() -> None:
    lock = (ROOT / "mobile_web/package-lock.json").read_text(encoding="utf-8")
    assert '"integrity": "sha512-' in lock
    assert '"resolved":' not in lock


def test_the_rules_themselves_catch_what_they_forbid() -> None:
    assert UNFINISHED.search("# TO" + "DO: later")
    assert REGISTRIES.search("https://py" + "pi.org/simple")
    assert MACHINE_PATHS.search('open("/ro' + 'ot/secret/x")')
    assert MACHINE_PATHS.search("see .." + "/shared/design")
    assert not MACHINE_PATHS.search("https://example.org/wo" + "rk/plan and /var/lib/waste-tracker/")
