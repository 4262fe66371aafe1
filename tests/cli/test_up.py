"""The embedded system's life, with stand-ins for the services."""

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest
from cli.harness import Crm, environment, runner

from crm_shared.testing.servers import NO_TLS

SOON = 10.0


def eventually(condition: Callable[[], bool], within: float = SOON) -> float:
    """Return after how long it came true."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < within
        time.sleep(0.02)
    return time.monotonic() - began


def answers(url: str) -> bool:
    try:
        return httpx.get(url, trust_env=False, verify=NO_TLS).is_success
    except httpx.HTTPError:
        return False


def listeners(base: int) -> list[int]:
    found = []
    for offset in (0, 1, 2, 3, 4, 22):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", base + offset)) == 0:
                found.append(base + offset)
    return found


@contextmanager
def small_disk(folder: Path, *, megabytes: int) -> Iterator[Path]:
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("a small disk needs the right to mount one")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(file: Path) -> None:
    with file.open("wb", buffering=0) as everything, suppress(OSError):
        while everything.write(b"\0" * 4096):
            pass


class TestUp:
    def test_starts_everything_says_where_and_keeps_the_state(
        self, crm: Crm, base: int, tmp_path: Path
    ) -> None:
        state = tmp_path / "state"
        told = json.loads(crm("up", "--detach", "--json").stdout)
        assert told["url"] == f"http://127.0.0.1:{base}"
        assert told["first_sign_in"] == "admin@crm.local made-up-password"
        assert told["seconds"] < 30
        assert listeners(base) == [base + offset for offset in (0, 1, 2, 3, 4, 22)]
        logs = [path.read_text() for path in (state / "logs").iterdir()]
        assert len(logs) == 5
        assert not any("made-up-password" in log for log in logs)

        for again in (crm("up"), crm("up", "--detach")):
            assert again.returncode == 1
            assert f"already runs at http://127.0.0.1:{base}" in again.stderr

        secrets = (state / "settings.env").read_text()
        assert crm("down").stdout == "stopped\n"
        assert listeners(base) == []

        assert f"up at http://127.0.0.1:{base}" in crm("up", "--detach").stdout
        assert (state / "settings.env").read_text() == secrets
        running = json.loads((state / "running.json").read_text())
        os.kill(running["pid"], signal.SIGTERM)
        eventually(lambda: not (state / "running.json").exists())
        eventually(lambda: listeners(base) == [])

    def test_names_the_port_in_use_and_the_setting(self, crm: Crm, base: int) -> None:
        with socket.create_server(("127.0.0.1", base + 2)):
            refused = crm("up", "--detach")
        assert refused.returncode == 1
        assert f"Port {base + 2} (deals)" in refused.stderr
        assert "CRM_PORT_BASE" in refused.stderr

    @pytest.mark.parametrize("port", ["no", "0", "70000"])
    def test_refuses_a_port_that_is_none(self, crm: Crm, port: str) -> None:
        refused = crm("up", CRM_PORT_BASE=port)
        assert refused.returncode == 1
        assert "CRM_PORT_BASE is" in refused.stderr

    @pytest.mark.parametrize("setting", ["CRM_PG_BINDIR", "CRM_NATS_SERVER"])
    def test_names_a_program_that_is_missing(self, crm: Crm, base: int, setting: str) -> None:
        refused = crm("up", "--detach", **{setting: "/nowhere"})
        assert refused.returncode == 1
        assert setting in refused.stderr
        assert "Traceback" not in refused.stderr
        assert listeners(base) == []

    def test_says_when_the_disk_is_full(self, crm: Crm, tmp_path: Path) -> None:
        with small_disk(tmp_path / "small", megabytes=30) as small:
            refused = crm("up", CRM_STATE_DIR=str(small / "state"))
        assert refused.returncode == 1
        assert "No room" in refused.stderr

    def test_goes_on_when_a_full_disk_has_room_again(
        self, crm: Crm, base: int, tmp_path: Path
    ) -> None:
        with small_disk(tmp_path / "small", megabytes=330) as small:
            own = {"CRM_STATE_DIR": str(small / "state")}
            assert crm("up", "--detach", **own).returncode == 0
            try:
                note = small / "state" / "running.json"
                before = json.loads(note.read_text())
                fill(small / "everything")
                os.kill(before["nats_pid"], signal.SIGKILL)
                assert not answers(f"http://127.0.0.1:{base}/v1/deals/drop")
                eventually(lambda: answers(f"http://127.0.0.1:{base}/-/deals/health/ready"))
                assert base + 22 not in listeners(base)

                (small / "everything").unlink()
                eventually(lambda: base + 22 in listeners(base), within=40.0)
                os.kill(before["pid"], 0)
            finally:
                crm("down", **own)

    def test_starts_what_was_killed_again_and_takes_everything_along_when_killed(
        self, crm: Crm, base: int, tmp_path: Path
    ) -> None:
        crm("up", "--detach")
        note, log = tmp_path / "state" / "running.json", tmp_path / "state" / "logs" / "up.log"
        deals = f"http://127.0.0.1:{base}/-/deals/health/ready"
        assert not answers(f"http://127.0.0.1:{base}/v1/deals/drop")
        eventually(lambda: answers(deals), within=3.0)
        assert "crm_deals ended with code 9; starting it again" in log.read_text()

        before = json.loads(note.read_text())
        os.kill(before["nats_pid"], signal.SIGKILL)
        eventually(lambda: json.loads(note.read_text())["nats_pid"] != before["nats_pid"])
        assert base + 22 in listeners(base)
        assert "NATS ended; starting it again" in log.read_text()

        os.kill(before["pid"], signal.SIGKILL)
        eventually(lambda: listeners(base) == [])
        assert "nothing ran" in crm("down").stdout
        assert crm("up", "--detach").returncode == 0


class TestDown:
    def test_says_that_nothing_ran(self, crm: Crm) -> None:
        done = crm("down", "--json")
        assert (done.returncode, json.loads(done.stdout)) == (0, {"result": "nothing ran"})


class TestStatus:
    def test_shows_each_service(self, running: tuple[Crm, str]) -> None:
        crm, _ = running
        told = json.loads(crm("status", "--json").stdout)
        assert [seen["healthy"] for seen in told["services"].values()] == [True] * 4

    def test_fails_when_nothing_runs(self, tmp_path: Path, standins: Path) -> None:
        crm = runner(environment(tmp_path, standins, 9))
        refused = crm("status", "--url", "http://127.0.0.1:9", CRM_OPERATOR_KEY="{}")
        assert refused.returncode == 1
