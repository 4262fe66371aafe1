"""Backup and restore, and users of the bus, on a system of stand-ins."""

import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from cli.harness import Crm

from crm_shared.embedded.binaries import find_postgres


def psql(state: Path, sql: str) -> str:
    running = json.loads((state / "running.json").read_text())
    command = [str(find_postgres() / "psql"), "-XqAt", "-h", running["socket_dir"], "-U", "crm"]
    done = subprocess.run([*command, "-d", "deals", "-c", sql], capture_output=True, check=True)
    return done.stdout.decode().strip()


@pytest.fixture
def state(crm: Crm, tmp_path: Path) -> Path:
    crm("up", "--detach")
    psql(tmp_path / "state", "CREATE TABLE kept AS SELECT 1 AS n")
    return tmp_path / "state"


class TestBackup:
    def test_brings_databases_and_secrets_back(self, crm: Crm, state: Path, tmp_path: Path) -> None:
        made = json.loads(crm("backup", str(tmp_path / "copy"), "--json").stdout)
        assert made["megabytes"] > 1
        secrets = (state / "settings.env").read_text()
        psql(state, "DROP TABLE kept")
        crm("down")
        (state / "settings.env").write_text("CRM_LINK_KEY='lost'\n")
        restored = crm("restore", str(tmp_path / "copy"), "--yes")
        assert restored.returncode == 0, restored.stderr
        assert crm("up", "--detach").returncode == 0
        assert psql(state, "SELECT n FROM kept") == "1"
        assert (state / "settings.env").read_text() == secrets

    def test_is_for_its_owner_alone(self, crm: Crm, state: Path, tmp_path: Path) -> None:
        crm("backup", str(tmp_path / "copy"))
        assert stat.S_IMODE((tmp_path / "copy").stat().st_mode) == 0o700

    def test_never_writes_over_another(self, crm: Crm, state: Path, tmp_path: Path) -> None:
        refused = crm("backup", str(tmp_path))
        assert refused.returncode == 1
        assert "is there already" in refused.stderr


class TestRestore:
    def test_refuses_while_the_system_runs(self, crm: Crm, state: Path, tmp_path: Path) -> None:
        refused = crm("restore", str(tmp_path), "--yes")
        assert refused.returncode == 1
        assert "Stop it first" in refused.stderr

    def test_keeps_what_is_there_when_the_backup_is_broken(
        self, crm: Crm, state: Path, tmp_path: Path
    ) -> None:
        crm("backup", str(tmp_path / "copy"))
        (tmp_path / "copy" / "base.tar.gz").write_bytes(b"nothing")
        crm("down")
        refused = crm("restore", str(tmp_path / "copy"), "--yes")
        assert refused.returncode == 1
        assert "Traceback" not in refused.stderr
        crm("up", "--detach")
        assert psql(state, "SELECT n FROM kept") == "1"

    def test_takes_no_other_folder_for_a_backup(self, crm: Crm, tmp_path: Path) -> None:
        refused = crm("restore", str(tmp_path), "--yes")
        assert "is not a backup" in refused.stderr


class TestAddNatsUser:
    def test_lets_it_in_at_once(self, crm: Crm, state: Path) -> None:
        added = json.loads(crm("nats-user", "add", "billing", "--json").stdout)
        before = (state / "nats-users.conf").read_text()
        assert added["url"].startswith("nats://billing:")
        assert added["password"] in before
        assert stat.S_IMODE((state / "nats-users.conf").stat().st_mode) == 0o600
        example = Path(__file__).parents[2] / "docs" / "examples" / "consumer.py"
        process = subprocess.Popen(
            [sys.executable, str(example), added["url"]], stderr=subprocess.PIPE, text=True
        )
        _, errors = process.communicate()
        # It got in; the stand-ins have no stream for it to read.
        assert "NotFoundError" in errors
        assert "Authorization" not in errors

    @pytest.mark.parametrize("name", ["operator", "deals-worker", "a.b", ">", "X", "a"])
    def test_refuses_names_that_are_taken_or_no_names(self, crm: Crm, name: str) -> None:
        refused = crm("nats-user", "add", name)
        assert refused.returncode == 1
        assert "cannot be a user" in refused.stderr
