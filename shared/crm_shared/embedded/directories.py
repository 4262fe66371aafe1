"""Folders a server can use: locked to one owner, open to the account, short enough for a socket."""

import fcntl
import hashlib
import logging
import os
import stat
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from shutil import copytree, rmtree

from crm_shared.embedded.account import Account
from crm_shared.embedded.errors import AlreadyRunningError, EmbeddedServerError

logger = logging.getLogger(__name__)

# The kernel's limit is 104 on macOS and 108 on Linux, for folder and `/.s.PGSQL.5432.lock`.
_LONGEST_SOCKET_FOLDER = 84
_STATE = Path("/var/lib")
_NOTE = "kept-in"


class DirectoryLock:
    """Held as long as this process lives, however it ends: the kernel gives it back."""

    def __init__(self, folder: Path) -> None:
        self._file = (folder / "lock").open("a")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.close()
            raise AlreadyRunningError(
                f"Another process runs a server on {folder}: stop it first, or use another folder."
            ) from None

    def release(self) -> None:
        self._file.close()


def open_to(account: Account, folder: Path) -> bool:
    """Whether the account may walk down to the folder."""
    if not account.is_another:
        return True
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in folder.absolute().parents)


def usable_data_dir(wanted: Path, account: Account) -> Path:
    """The folder itself, or one the account can reach when a folder above it is closed."""
    wanted = wanted.absolute()
    wanted.mkdir(parents=True, exist_ok=True)
    if open_to(account, wanted / "pgdata"):
        return wanted
    # What was asked for in a temporary place stays temporary.
    temporary = Path(tempfile.gettempdir()).absolute()
    home = temporary if wanted.is_relative_to(temporary) else _STATE
    moved = _moved(wanted, _own_folder(home / "crm-embedded"))
    (_own_folder(moved) / "origin").write_text(str(wanted))
    if home == temporary:
        _remove_orphans(moved.parent)
    return moved


def _moved(wanted: Path, home: Path) -> Path:
    # The folder itself remembers where its data is: one that was renamed finds it again, and one
    # that was removed and made anew begins anew.
    note = wanted / _NOTE
    if note.exists() and not _is_copy(wanted, kept := Path(note.read_text())):
        return kept
    moved = Path(tempfile.mkdtemp(prefix=f"data-{_fingerprint(wanted)}-", dir=home))
    logger.warning("%s is closed to other accounts: its data is kept in %s", wanted, moved)
    note.write_text(str(moved))
    return moved


def _is_copy(wanted: Path, kept: Path) -> bool:
    # Two folders that name one place: it stays with the one that it was made for.
    origin = kept / "origin"
    if not origin.exists() or (first := Path(origin.read_text())) == wanted:
        return False
    return (first / _NOTE).exists() and (first / _NOTE).read_text() == str(kept)


def _remove_orphans(home: Path) -> None:
    # Only where everything is temporary: elsewhere a folder that is not there may be on a disk
    # that is not mounted now, and its data is somebody's.
    for origin in home.glob("data-*/origin"):
        # Another process may be sweeping too.
        with suppress(FileNotFoundError):
            if not Path(origin.read_text()).exists():
                rmtree(origin.parent, ignore_errors=True)


def usable_bindir(bindir: Path, account: Account) -> Path:
    """The programs, copied out when the account cannot reach them where they are."""
    if open_to(account, bindir / "postgres"):
        return bindir
    package = bindir.parent.parent
    libraries = package.with_name(f"{package.name}.libs")
    if not libraries.is_dir():
        raise EmbeddedServerError(f"{bindir} is closed to other accounts: open it, or move it.")
    target = _own_folder(_STATE / "crm-embedded") / f"postgres-{_fingerprint(bindir)}"
    if not target.exists():
        logger.warning("%s is closed to other accounts: using a copy in %s", package, target)
        _copy([package, libraries], target)
    return target / bindir.relative_to(package.parent)


def _copy(folders: Sequence[Path], target: Path) -> None:
    # The programs look for their libraries by relative path, so the folders stay side by side;
    # and a copy cut short must not be taken for a whole one.
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        whole = _own_folder(Path(scratch) / "whole")
        for folder in folders:
            copytree(folder, whole / folder.name, symlinks=True)
        with suppress(FileExistsError):
            whole.rename(target)


def _own_folder(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    _refuse_foreign(folder, os.geteuid())
    folder.chmod(0o711)
    return folder


def socket_dir(data_dir: Path, account: Account) -> Path:
    """Where the server's socket lies: beside its data, or in a short temporary folder."""
    folder = data_dir / "run"
    if len(os.fsencode(folder)) > _LONGEST_SOCKET_FOLDER:
        folder = Path(tempfile.gettempdir()) / f"crm-{_fingerprint(data_dir)}"
    folder.mkdir(mode=0o700, exist_ok=True)
    _refuse_foreign(folder, os.geteuid(), account.uid)
    account.own(folder)
    return folder


def _refuse_foreign(folder: Path, *accounts: int) -> None:
    # The name can be guessed, and whoever owns the folder could stand in for the server.
    if folder.is_symlink() or folder.stat().st_uid not in accounts:
        raise EmbeddedServerError(f"{folder} belongs to someone else: remove it.")


def _fingerprint(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]
