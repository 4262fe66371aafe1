"""How much memory and disk a running embedded system takes."""

import sys
from pathlib import Path

from crm_cli.state import Running
from crm_shared.embedded.account import server_account
from crm_shared.embedded.directories import usable_data_dir

_PROC = Path("/proc")


def footprint(running: Running | None, folder: Path) -> dict[str, float]:
    """Return megabytes of proportional memory of all its processes, and of its folder."""
    if running is None:
        return {}
    # The databases may lie elsewhere, where their account can reach them.
    places = {folder, usable_data_dir(folder / "postgres", server_account())}
    files = {path for place in places for path in place.rglob("*") if path.is_file()}
    size = sum(path.stat().st_size for path in files)
    found = {"disk_mb": round(size / 1e6)}
    if sys.platform == "linux":
        found["memory_mb"] = round(sum(map(_pss, _family(running.pid))) / 1e3)
    return dict(found)


def _family(root: int) -> list[int]:
    parents = {}
    for path in _PROC.glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(path.parent.name)] = int(fields[1])
    family = [root]
    for pid in family:
        family += [child for child, parent in parents.items() if parent == pid]
    return family


def _pss(pid: int) -> int:
    try:
        lines = (_PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
