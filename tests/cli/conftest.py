"""A system whose services are stand-ins: the tool itself is what these tests are about."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from cli.harness import Crm, environment, free_port_base, make_standins, runner
from cli.shown import Shown, shown_after


@pytest.fixture(scope="session")
def standins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_standins(tmp_path_factory.mktemp("standins"))


@pytest.fixture
def base() -> int:
    return free_port_base()


@pytest.fixture
def crm(tmp_path: Path, standins: Path, base: int) -> Iterator[Crm]:
    """The tool on a state folder of its own; what it started is stopped afterwards."""
    run = runner(environment(tmp_path / "state", standins, base))
    yield run
    run("down")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, standins: Path) -> Iterator[tuple[Crm, str]]:
    """One system of stand-ins for a whole file: the tool and the origin's address."""
    base = free_port_base()
    run = runner(environment(tmp_path_factory.mktemp("running"), standins, base))
    started = run("up", "--detach")
    assert started.returncode == 0, started.stderr
    yield run, f"http://127.0.0.1:{base}"
    run("down")


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    """The real services under the tool, after their demo."""
    folder = tmp_path_factory.mktemp("demo")
    base = free_port_base()
    crm = runner(environment(folder, folder, base), seconds=400)
    try:
        yield shown_after(crm, folder, base)
    finally:
        crm("down")
