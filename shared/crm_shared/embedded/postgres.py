"""PostgreSQL as a child of this process, reachable by a Unix socket only."""

import re
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from crm_shared.embedded.account import Account, server_account
from crm_shared.embedded.binaries import find_postgres
from crm_shared.embedded.cluster import ENVIRONMENT, ready_cluster, takes_questions
from crm_shared.embedded.directories import (
    DirectoryLock,
    socket_dir,
    usable_bindir,
    usable_data_dir,
)
from crm_shared.embedded.errors import EmbeddedServerError
from crm_shared.embedded.process import ServerProcess

_SETTINGS = {"listen_addresses": "", "max_connections": "200", "shared_buffers": "128MB"}
_UNSAFE_BUT_QUICK = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
# Recovery after a crash may read gigabytes of log.
_SECONDS_TO_RECOVER = 600
_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")


class Postgres:
    """A running server: its data, log and lock lie in one folder."""

    user = "crm"

    def __init__(
        self, process: ServerProcess, lock: DirectoryLock, bindir: Path, data_dir: Path, host: str
    ) -> None:
        self._process = process
        self._lock = lock
        self.bindir = bindir
        self.data_dir = data_dir
        self.host = host

    @classmethod
    def start(
        cls,
        data_dir: Path,
        *,
        fsync: bool = True,
        settings: Mapping[str, str] | None = None,
    ) -> Self:
        """Makes the cluster when there is none, starts it and waits until it takes questions."""
        account = server_account()
        bindir = usable_bindir(find_postgres(), account)
        folder = usable_data_dir(data_dir, account)
        lock = DirectoryLock(folder)
        try:
            cluster = ready_cluster(folder, bindir, account)
            rundir = socket_dir(folder, account)
            chosen = _SETTINGS | ({} if fsync else _UNSAFE_BUT_QUICK) | dict(settings or {})
            process = _launch(bindir, cluster, rundir, chosen, account)
        except BaseException:
            lock.release()
            raise
        return cls(process, lock, bindir, folder, str(rundir))

    def url(self, database: str) -> str:
        """The address for SQLAlchemy."""
        return f"postgresql+asyncpg://{self.user}@/{database}?host={quote(self.host)}"

    def psql(self, sql: str, *, database: str = "postgres") -> str:
        """Runs SQL and returns the rows, one a line, columns split by `|`."""
        command = [str(self.bindir / "psql"), "-XqAt", "-v", "ON_ERROR_STOP=1", "-h", self.host]
        answer = subprocess.run(
            [*command, "-U", self.user, "-d", database],
            input=sql,
            capture_output=True,
            text=True,
            check=False,
        )
        if answer.returncode != 0:
            raise EmbeddedServerError(f"psql: {answer.stderr.strip()}")
        return answer.stdout.rstrip("\n")

    def ensure_database(self, name: str, template: str | None = None) -> None:
        """Makes the database unless it exists; as a copy of a template it must be new."""
        for identifier in filter(None, (name, template)):
            if not _NAME.fullmatch(identifier):
                raise ValueError(f"not a database name: {identifier!r}")
        if template:
            self.psql(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY wal_log')
            return
        self.psql(
            f"SELECT 'CREATE DATABASE \"{name}\"' "  # noqa: S608 checked above
            f"WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{name}') \\gexec"
        )

    def drop_database(self, name: str) -> None:
        """Removes the database, whoever is connected to it."""
        self.psql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it lives; one that died is started anew after `stop()`."""
        return self._process.running

    def stop(self) -> None:
        """Ends the server in order; connections are cut, transactions rolled back."""
        self._process.stop()
        self._lock.release()

    def kill_immediate(self) -> None:
        """Ends it as a crash would: the next start recovers from the log."""
        self._process.kill(signal.SIGQUIT)
        self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()


def _launch(
    bindir: Path, cluster: Path, rundir: Path, settings: Mapping[str, str], account: Account
) -> ServerProcess:
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    process = ServerProcess.spawn(
        [str(bindir / "postgres"), "-D", str(cluster), "-k", str(rundir), *options],
        log=cluster.parent / "postgres.log",
        gentle=signal.SIGINT,
        account=account,
        environment=ENVIRONMENT,
        cwd=Path("/"),
    )
    process.wait_for(lambda: takes_questions(cluster, process.pid), seconds=_SECONDS_TO_RECOVER)
    return process
