"""A physical copy of the one PostgreSQL server: all four databases at exactly one moment."""

import json
import os
import shutil
import subprocess
import tarfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crm_cli.failure import CliError
from crm_cli.state import State, disk_error
from crm_shared.embedded.account import Account, server_account
from crm_shared.embedded.binaries import find_postgres
from crm_shared.embedded.directories import usable_bindir, usable_data_dir
from crm_shared.embedded.errors import EmbeddedServerError
from crm_shared.embedded.postgres import Postgres

_ARCHIVES = {"base.tar.gz": "", "pg_wal.tar.gz": "pg_wal"}
_NOTE = "crm-backup.json"
_SETTINGS = "settings.env"
# made by `crm nats-user add`: their passwords are nowhere else
_USERS = "nats-users.json"


def make(state: State, target: Path) -> dict[str, Any]:
    """Copy a running or a stopped system into a new folder; what is half-made is removed."""
    if target.exists():
        raise CliError(f"{target} is there already: a backup is made in a new folder.")
    if not state.settings_file.exists():
        raise CliError(f"There is nothing to back up in {state.folder}.")
    began = time.monotonic()
    half = target.with_name(f"{target.name}.half")
    shutil.rmtree(half, ignore_errors=True)
    try:
        half.mkdir(parents=True, mode=0o700)
        _copy_databases(state, half)
        shutil.copy2(state.settings_file, half / _SETTINGS)
        if (state.folder / _USERS).exists():
            shutil.copy2(state.folder / _USERS, half / _USERS)
        (half / _NOTE).write_text(json.dumps({"made_at": datetime.now(UTC).isoformat()}))
        half.rename(target)
    except OSError as refused:
        raise disk_error(refused, half) from refused
    finally:
        shutil.rmtree(half, ignore_errors=True)
    size = sum(path.stat().st_size for path in target.iterdir())
    seconds = round(time.monotonic() - began, 2)
    return {"folder": str(target), "megabytes": round(size / 1e6, 1), "seconds": seconds}


def _copy_databases(state: State, target: Path) -> None:
    running = state.running()
    if running is not None:
        return _base_backup(running.socket_dir, target)
    with Postgres.start(state.folder / "postgres") as server:
        return _base_backup(server.host, target)


def _base_backup(host: str, target: Path) -> None:
    command = [str(usable_bindir(find_postgres(), server_account()) / "pg_basebackup")]
    command += ["--host", host, "--username", Postgres.user, "--pgdata", str(target)]
    command += ["--format=tar", "--gzip", "--wal-method=stream", "--checkpoint=fast"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CliError(f"The backup failed: {done.stderr.strip()}")


def put_back(state: State, source: Path) -> dict[str, Any]:
    """Replace the databases and the secrets; the old ones go only when the new ones start.

    Whoever was erased since the backup is remembered in what is put back, so that contacts erases
    him again; `erased_known` says whether the replaced databases could still be asked.
    """
    try:
        made: dict[str, Any] = json.loads((source / _NOTE).read_text())
    except (OSError, ValueError) as refused:
        raise CliError(f"{source} is not a backup that `crm backup` made.") from refused
    account = server_account()
    folder = usable_data_dir(state.folder / "postgres", account)
    cluster, replaced = folder / "pgdata", folder / "pgdata.replaced"
    shutil.rmtree(replaced, ignore_errors=True)
    # without the old disk nobody can say who was erased since: that is not the same as nobody
    erased = _erased(state) if cluster.exists() else None
    if cluster.exists():
        cluster.rename(replaced)
    try:
        _start_copy(state, source, cluster, account, erased or [])
    except BaseException as failed:
        shutil.rmtree(cluster, ignore_errors=True)
        if replaced.exists():
            replaced.rename(cluster)
        if isinstance(failed, (OSError, EOFError, tarfile.TarError, EmbeddedServerError)):
            what = f"The backup cannot be put back, nothing was changed: {failed}"
            raise CliError(what) from failed
        raise
    shutil.copy2(source / _SETTINGS, state.settings_file)
    if (source / _USERS).exists():
        shutil.copy2(source / _USERS, state.folder / _USERS)
    # The bus is filled anew from the databases; what it held may be newer than they are.
    shutil.rmtree(state.folder / "nats" / "jetstream", ignore_errors=True)
    (state.folder / "migrated.json").unlink(missing_ok=True)
    shutil.rmtree(replaced, ignore_errors=True)
    return made | {"erased_known": erased is not None}


def _erased(state: State) -> list[str] | None:
    """Return the ids of everybody erased; None when these databases no longer start."""
    try:
        with Postgres.start(state.folder / "postgres") as server:
            if not server.psql("SELECT to_regclass('erased')", database="contacts"):
                return []
            return server.psql("SELECT id FROM erased", database="contacts").split()
    except EmbeddedServerError:
        return None


def _start_copy(
    state: State, source: Path, cluster: Path, account: Account, erased: list[str]
) -> None:
    _unpack(source, cluster)
    account.own(cluster)
    _give_to(cluster, account.uid, account.gid)
    with Postgres.start(state.folder / "postgres") as server:
        if erased:
            rows = ", ".join(f"('{one}')" for one in erased)
            remember = f"INSERT INTO erased (id) VALUES {rows} ON CONFLICT DO NOTHING"  # noqa: S608
            server.psql(remember, database="contacts")


def _unpack(source: Path, cluster: Path) -> None:
    for name, inside in _ARCHIVES.items():
        with tarfile.open(source / name) as archive:
            archive.extractall(cluster / inside, filter="data")


def _give_to(cluster: Path, uid: int, gid: int) -> None:
    if uid == os.geteuid():
        return
    for path in cluster.rglob("*"):
        os.chown(path, uid, gid, follow_symlinks=False)
