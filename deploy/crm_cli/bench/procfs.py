"""What Linux tells of processes: processor time, memory, children, and who holds a connection."""

import os
from collections.abc import Iterable
from pathlib import Path

_PROC = Path("/proc")
_TICKS = os.sysconf("SC_CLK_TCK")
# The fields of /proc/<pid>/stat after the command's closing bracket.
_OWN_AND_ENDED_CHILDREN = slice(11, 15)
_IDLE, _WAITS = 3, 4
_LOCAL, _REMOTE, _INODE = 1, 2, 9


def family(pid: int) -> list[int]:
    """Return the process and all that descend from it."""
    found = [pid]
    for one in found:
        for task in (_PROC / str(one) / "task").glob("*/children"):
            found += [int(child) for child in _read(task).split()]
    return found


def cpu_seconds(pids: Iterable[int]) -> float:
    """Return the processor time of these processes so far, their ended children's too."""
    used = 0
    for pid in pids:
        fields = _read(_PROC / str(pid) / "stat").rpartition(")")[2].split()
        used += sum(int(ticks) for ticks in fields[_OWN_AND_ENDED_CHILDREN])
    return used / _TICKS


def machine_seconds() -> float:
    """Return the processor time that the whole machine has used so far."""
    fields = [int(part) for part in _read(_PROC / "stat").partition("\n")[0].split()[1:9]]
    if not fields:
        return 0.0
    return (sum(fields) - fields[_IDLE] - fields[_WAITS]) / _TICKS


def pss_mb(pids: Iterable[int]) -> float:
    """Return the memory of these processes, what they share counted once."""
    kilobytes = 0
    for pid in pids:
        for line in _read(_PROC / str(pid) / "smaps_rollup").splitlines():
            if line.startswith("Pss:"):
                kilobytes += int(line.split()[1])
    return kilobytes / 1024


def peak_mb(pids: Iterable[int]) -> float:
    """Return the most memory that each of these processes ever had at a time, added up."""
    kilobytes = 0
    for pid in pids:
        for line in _read(_PROC / str(pid) / "status").splitlines():
            if line.startswith("VmHWM:"):
                kilobytes += int(line.split()[1])
    return kilobytes / 1024


def holder(pids: Iterable[int], *, port: int, client_port: int) -> int | None:
    """Return which of these processes has accepted this connection."""
    inode = _inode(port, client_port)
    if inode is None:
        return None
    wanted = f"socket:[{inode}]"
    for pid in pids:
        for descriptor in _listed(_PROC / str(pid) / "fd"):
            if _link(descriptor) == wanted:
                return pid
    return None


def _inode(port: int, client_port: int) -> str | None:
    for line in _read(_PROC / "net" / "tcp").splitlines()[1:]:
        fields = line.split()
        ends = tuple(int(fields[one].rpartition(":")[2], 16) for one in (_LOCAL, _REMOTE))
        if ends == (port, client_port):
            return None if fields[_INODE] == "0" else fields[_INODE]
    return None


def _listed(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _link(path: Path) -> str:
    try:
        return str(path.readlink())
    except OSError:
        return ""


def _read(path: Path) -> str:
    # A process may end while it is looked at: it counts for nothing then.
    try:
        return path.read_text()
    except OSError:
        return ""
