"""Backup and restore, and users of the bus, on a system of stand-ins."""

import json
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli.harness import Crm, environment, free_port_base, runner

from crm_shared.embedded.binaries import find_postgres


def psql(state: Path, sql: str, database: str = "deals") -> str:
    running = json.loads((state / "running.json").read_text())
    command = [str(find_postgres() / "psql"), "-XqAt", "-h", running["socket_dir"], "-U", "crm"]
    done = subprocess.run([*command, "-d", database, "-c", sql], capture_output=True, check=True)
    return done.stdout.decode().strip()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("care")


@pytest.fixture(scope="module")
def kept(folder: Path, standins: Path) -> Iterator[Crm]:
    """One system for the file, its state in `folder / "state"`: each test leaves it running."""
    crm = runner(environment(folder / "state", standins, free_port_base()))
    assert crm("up", "--detach").returncode == 0
    psql(folder / "state", "CREATE TABLE kept AS SELECT 1 AS n")
    psql(folder / "state", "CREATE TABLE erased (id uuid PRIMARY KEY)", "contacts")
    (folder / "state" / "nats-users.json").write_text("{}")
    yield crm
    crm("down")


@pytest.fixture(scope="module")
def copy(kept: Crm, folder: Path) -> Path:
    """A backup of it."""
    made = json.loads(kept("backup", str(folder / "copy"), "--json").stdout)
    assert made["megabytes"] > 1
    return folder / "copy"


class TestBackup:
    def test_is_for_its_owner_alone(self, copy: Path) -> None:
        assert stat.S_IMODE(copy.stat().st_mode) == 0o700

    def test_never_writes_over_another(self, kept: Crm, copy: Path) -> None:
        refused = kept("backup", str(copy))
        assert refused.returncode == 1
        assert "is there already" in refused.stderr


class TestRestore:
    def test_refuses_while_the_system_runs(self, kept: Crm, copy: Path) -> None:
        refused = kept("restore", str(copy), "--yes")
        assert refused.returncode == 1
        assert "Stop it first" in refused.stderr

    def test_takes_no_other_folder_for_a_backup(self, crm: Crm, tmp_path: Path) -> None:
        refused = crm("restore", str(tmp_path), "--yes")
        assert "is not a backup" in refused.stderr

    def test_keeps_what_is_there_when_the_backup_is_broken_and_brings_back_a_whole_one(
        self, kept: Crm, copy: Path, folder: Path
    ) -> None:
        state, broken = folder / "state", folder / "broken"
        shutil.copytree(copy, broken)
        (broken / "base.tar.gz").write_bytes(b"nothing")
        secrets = (state / "settings.env").read_text()
        kept("down")
        refused = kept("restore", str(broken), "--yes")
        assert refused.returncode == 1
        assert "Traceback" not in refused.stderr
        assert kept("up", "--detach").returncode == 0
        assert psql(state, "SELECT n FROM kept") == "1"

        psql(state, "DROP TABLE kept")
        # erased since the backup: nobody but what is replaced now knows it
        psql(state, "INSERT INTO erased SELECT '0192aaaa-0000-7000-8000-00000000000e'", "contacts")
        kept("down")
        (state / "nats-users.json").unlink()
        (state / "settings.env").write_text("CRM_LINK_KEY='lost'\n")
        restored = kept("restore", str(copy), "--yes")
        assert restored.returncode == 0, restored.stderr
        assert kept("up", "--detach").returncode == 0
        assert psql(state, "SELECT n FROM kept") == "1"
        assert (state / "settings.env").read_text() == secrets
        assert psql(state, "SELECT id FROM erased", "contacts").endswith("-00000000000e")
        assert (state / "nats-users.json").read_text() == "{}"


class TestAddNatsUser:
    def test_lets_it_in_at_once(self, kept: Crm, folder: Path) -> None:
        added = json.loads(kept("nats-user", "add", "billing", "--json").stdout)
        before = (folder / "state" / "nats-users.conf").read_text()
        assert added["url"].startswith("nats://billing:")
        assert added["password"] in before
        assert stat.S_IMODE((folder / "state" / "nats-users.conf").stat().st_mode) == 0o600
        example = Path(__file__).parents[2] / "docs" / "examples" / "consumer.py"
        process = subprocess.Popen(
            [sys.executable, str(example), added["url"]],
            cwd=folder,  # it keeps what it has done in a file beside it
            stderr=subprocess.PIPE,
            text=True,
        )
        _, errors = process.communicate()
        # It got in; the stand-ins have no stream for it to read.
        assert "NotFoundError" in errors
        assert "Authorization" not in errors

    @pytest.mark.parametrize("name", ["operator", "deals-worker", "a.b", ">", "X", "a"])
    def test_refuses_names_that_are_taken_or_no_names(self, kept: Crm, name: str) -> None:
        refused = kept("nats-user", "add", name)
        assert refused.returncode == 1
        assert "cannot be a user" in refused.stderr
