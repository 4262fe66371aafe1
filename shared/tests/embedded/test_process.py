"""A server's life is tied to the process that started it."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from crm_shared.embedded.errors import EmbeddedServerError
from crm_shared.embedded.nats import NatsServer
from crm_shared.embedded.postgres import Postgres

_OWNER = """
import sys, threading
from pathlib import Path
from crm_shared.embedded.nats import NatsServer
from crm_shared.embedded.postgres import Postgres

folder = Path(sys.argv[1])
postgres = Postgres.start(folder / "postgres", fsync=False)
nats = NatsServer.start(folder / "nats")
print(postgres.pid, nats.pid, flush=True)
threading.Event().wait()
"""


@pytest.fixture
def owner(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", _OWNER, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as owner:
        yield owner
        owner.kill()


class TestEndOfTheOwner:
    @pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of the death")
    def test_ends_both_servers_even_by_sigkill(self, owner: subprocess.Popen[str]) -> None:
        servers = _servers_of(owner)

        owner.kill()

        _, alive = psutil.wait_procs(servers, timeout=20)
        assert alive == []

    def test_leaves_folders_that_start_again_at_once(
        self, owner: subprocess.Popen[str], tmp_path: Path
    ) -> None:
        _servers_of(owner)

        owner.kill()
        owner.wait()

        with Postgres.start(tmp_path / "postgres", fsync=False) as postgres:
            assert postgres.psql("SELECT 1") == "1"
        NatsServer.start(tmp_path / "nats").stop()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ties a child to a thread")
class TestStartInAnotherThread:
    def test_is_refused(self, tmp_path: Path) -> None:
        assert threading.current_thread() is threading.main_thread()

        with ThreadPoolExecutor(1) as pool:
            started = pool.submit(NatsServer.start, tmp_path)

        with pytest.raises(EmbeddedServerError, match="main thread"):
            started.result()


def _servers_of(owner: subprocess.Popen[str]) -> list[psutil.Process]:
    assert owner.stdout is not None
    return [psutil.Process(int(pid)) for pid in owner.stdout.readline().split()]
