"""The files of a PostgreSQL cluster: made once, and what they say about a running server."""

import shutil
import signal
import subprocess
from pathlib import Path

from crm_shared.embedded.account import Account
from crm_shared.embedded.process import failure, stop_leftover

ENVIRONMENT = {"LC_ALL": "C", "TZ": "UTC"}
# The builtin locale sorts and lowers the same everywhere, Cyrillic included; LANG=C does not.
_INITDB = (
    "--username=crm",
    "--auth=trust",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--no-instructions",
)
_STATUS_LINE = 7


def ready_cluster(folder: Path, bindir: Path, account: Account) -> Path:
    """The cluster in this folder: made when absent, freed from a server nobody owns."""
    cluster = folder / "pgdata"
    if (cluster / "PG_VERSION").exists():
        if pid := _owner_pid(cluster):
            stop_leftover(pid, ("postgres", str(cluster)), signal.SIGINT)
        return cluster
    # Renamed when whole, so a first start cut short begins anew.
    half = folder / "pgdata.new"
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir()
    account.own(half)
    _initdb(bindir, half, account)
    half.rename(cluster)
    return cluster


def _initdb(bindir: Path, cluster: Path, account: Account) -> None:
    answer = subprocess.run(
        [bindir / "initdb", f"--pgdata={cluster}", *_INITDB],
        capture_output=True,
        text=True,
        check=False,
        env=ENVIRONMENT,
        cwd="/",
        **account.popen_options,
    )
    if answer.returncode != 0:
        raise failure("initdb failed", answer.stderr, cluster)


def takes_questions(cluster: Path, pid: int) -> bool:
    """Whether the server with this process id has started up."""
    lines = _pid_file(cluster)
    # The file of a crashed server stays until the new one writes its own.
    return lines[:1] == [str(pid)] and lines[_STATUS_LINE:] == ["ready"]


def _owner_pid(cluster: Path) -> int | None:
    lines = _pid_file(cluster)
    return abs(int(lines[0])) if lines else None


def _pid_file(cluster: Path) -> list[str]:
    try:
        return [line.strip() for line in (cluster / "postmaster.pid").read_text().splitlines()]
    except FileNotFoundError:
        return []
