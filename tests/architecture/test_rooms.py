"""The floor plan: where files may lie, how long they may be, who may commit."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SERVICES = ("contacts", "deals", "notifications", "reporting")
TOP = {
    ".ci", ".dockerignore", ".gitignore", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "README.md",
    "conftest.py", "crm", "deploy", "docker-compose.yml", "docs", "pyproject.toml",
    "requirements.lock", "services", "shared", "tests",
}  # fmt: skip
IN_A_SERVICE = {
    "README.md",
    "contracts",
    "migrations",
    "pyproject.toml",
    "requirements.lock",
    "tests",
}
IN_A_PACKAGE = {
    "__init__.py", "__main__.py", "base.py", "consumers", "events", "events.py", "examples",
    "examples.py", "main.py", "permissions.py", "refs.py", "seed.py", "settings.py", "tables.py",
    "testing.py", "worker.py", "company.py", "database.py",
}  # fmt: skip
ROOMS = {
    "__init__.py", "catalogue.py", "catalogue", "endpoints.py", "endpoints", "errors.py",
    "fields.py", "jobs.py", "models.py", "queries.py", "queries", "rules.py", "rules",
    "schemas.py", "schemas", "senders", "statements.py", "statements", "static", "tokens.py",
    "use_cases.py", "use_cases",
}  # fmt: skip
STOP_LINES, STOP_TEST_LINES, STOP_FUNCTION = 300, 500, 45
# the edges at which work is committed: a request, a worker's batch, a job's claim
COMMIT_ROOMS = re.compile(r"/(jobs|worker|testing|__main__|database)\.py$|/rebuilds/|/imports/")


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [path for name in listed.stdout.splitlines() if (path := ROOT / name).is_file()]


def python_files() -> list[Path]:
    return [path for path in tracked("*.py") if "versions" not in path.parts]


def is_test(path: Path) -> bool:
    return "tests" in path.relative_to(ROOT).parts


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_the_top_level_holds_what_newcomers_expect_and_nothing_else() -> None:
    assert {path.relative_to(ROOT).parts[0] for path in tracked()} <= TOP


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_has_the_same_rooms(service: str) -> None:
    home = ROOT / "services" / service
    package = home / f"crm_{service}"
    own = {path.relative_to(home).parts[0] for path in tracked(f"services/{service}")}
    assert own <= IN_A_SERVICE | {f"crm_{service}"}
    for path in tracked(f"services/{service}/crm_{service}"):
        inside = path.relative_to(package).parts
        if len(inside) == 1 or inside[0] in ("consumers", "events", "examples"):
            assert inside[0] in IN_A_PACKAGE, path
        else:
            assert inside[1] in ROOMS, f"{path}: no room of that name"


def test_no_file_outgrows_the_house() -> None:
    long = [
        f"{path.relative_to(ROOT)}: {lines}"
        for path in python_files()
        if (lines := len(path.read_text().splitlines()))
        > (STOP_TEST_LINES if is_test(path) else STOP_LINES)
    ]
    assert not long


def test_no_function_outgrows_its_reader() -> None:
    long = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}: {size}"
        for path in python_files()
        if not is_test(path)
        for node in functions(path)
        if (size := (node.end_lineno or node.lineno) - node.lineno + 1) > STOP_FUNCTION
    ]
    assert not long


def test_features_never_commit() -> None:
    commits = [
        str(path.relative_to(ROOT))
        for path in tracked("services/*.py")
        if not is_test(path)
        and not COMMIT_ROOMS.search(str(path))
        and re.search(r"\.commit\(\)", path.read_text())
    ]
    assert not commits


def test_selects_live_in_queries() -> None:
    allowed = re.compile(
        r"/(queries|statements|fields|refs|jobs|worker|testing|seed|catalogue)(\.py|/)"
    )
    strays = [
        str(path.relative_to(ROOT))
        for path in tracked("services/*/crm_*/*.py")
        if re.search(r"(?<![\w.])select\(", path.read_text()) and not allowed.search(str(path))
    ]
    assert not strays


def test_every_module_says_what_it_is_in_one_line() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in python_files()
        if path.read_text().strip() and ast.get_docstring(ast.parse(path.read_text())) is None
    ]
    assert not silent


def test_tests_never_sleep_but_to_look_again_at_another_process() -> None:
    sleepers = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in python_files()
        if is_test(path)
        for line in sleeps_outside_of_loops(ast.parse(path.read_text()))
    ]
    assert not sleepers


def sleeps_outside_of_loops(tree: ast.AST) -> Iterator[int]:
    """Yield the lines of sleeps that wait for time to pass, not for something to happen."""
    looking = {
        id(node)
        for loop in ast.walk(tree)
        if isinstance(loop, ast.While)
        for node in ast.walk(loop)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and id(node) not in looking:
            name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            if name == "sleep":
                yield node.lineno


def test_nothing_is_left_for_later() -> None:
    words = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "HA" + "CK"]) + r")\b")
    marks = [
        str(path.relative_to(ROOT))
        for path in tracked("*.py", "*.md", "*.yml", "*.js", "crm")
        if words.search(path.read_text())
    ]
    assert not marks
