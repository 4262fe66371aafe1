"""Sends files to the services' import API and follows them to the end."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from crm_cli.api import Api
from crm_cli.failure import CliError

PRESETS = Path(__file__).parent / "presets"
_ROUTES = {"contacts": "/v1/contact-imports", "deals": "/v1/deal-imports"}
_SERVICE_OF = {
    "user": "contacts",
    "team": "contacts",
    "contact": "contacts",
    "company": "contacts",
    "lead": "contacts",
    "task": "contacts",
    "activity": "contacts",
    "case": "contacts",
    "price_list": "deals",
    "reason": "deals",
    "competitor": "deals",
    "claim": "deals",
    "payment": "deals",
    "invoice": "deals",
    "product": "deals",
    "deal": "deals",
}
_CHUNK = 1 << 18
_MARK = b"\xef\xbb\xbf"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_LOOK_EVERY = 0.25
_ENDED = frozenset({"completed", "done", "failed", "cancelled"})
_BROKEN = frozenset({"failed", "cancelled"})

Progress = Callable[[str, dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Step:
    """One file of an import: which noun its rows become, and how."""

    file: Path
    service: str
    noun: str
    mapping: dict[str, Any]
    source_system: str | None = None
    # further files of the same columns, which go in as one
    more: tuple[Path, ...] = ()


@dataclass(slots=True)
class Outcome:
    """What became of one file."""

    file: str
    noun: str
    id: str
    state: str
    counts: dict[str, int] = field(default_factory=dict)
    errors: str | None = None


def preset_names() -> list[str]:
    return sorted(path.stem for path in PRESETS.glob("*.json"))


def prepare(api: Api, name: str) -> None:
    """Write the configuration that a preset's rows need, such as their pipeline."""
    for each in _preset(name).get("prepare", ()):
        api.send("PUT", each["path"], json=each["body"])


def _preset(name: str) -> dict[str, Any]:
    if name not in preset_names():
        raise CliError(f"There is no preset {name!r}; there are: {', '.join(preset_names())}.")
    preset: dict[str, Any] = json.loads((PRESETS / f"{name}.json").read_text())
    return preset


def preset_steps(name: str, folder: Path) -> list[Step]:
    """Return the steps of a preset over the files of a folder."""
    preset = _preset(name)
    found = [(step, _files_of(step, folder, name)) for step in preset["steps"]]
    steps = [
        Step(
            file=files[0],
            service=step["service"],
            noun=step["noun"],
            mapping=step["mapping"],
            source_system=preset.get("source_system"),
            more=tuple(files[1:]),
        )
        for step, files in found
        if files
    ]
    if not steps:
        wanted = sorted({one for step, _ in found for one in step["files"]})
        raise CliError(f"{folder} has none of: {', '.join(wanted)}.")
    return steps


def _files_of(step: dict[str, Any], folder: Path, name: str) -> list[Path]:
    """Return the files of a step: the one it names, or all whose names look like its own."""
    if "file" in step:
        file: Path = folder / step["file"]
        if not file.is_file():
            raise CliError(f"{file} is not there: the preset {name} reads it.")
        return [file]
    if not folder.is_dir():
        raise CliError(f"{folder} is no folder: the preset {name} reads the files in it.")
    here = sorted(one for one in folder.iterdir() if one.is_file())
    for pattern in step["files"]:
        if files := [one for one in here if fnmatch(one.name.lower(), pattern)]:
            return files
    return []


def file_step(files: Sequence[Path], mapping: Path, noun: str) -> Step:
    """Return the one step of a file, or of several that go in as one.

    The mapping says where the external ids come from.
    """
    file, *more = files
    if noun not in _SERVICE_OF:
        raise CliError(f"{noun!r} cannot be imported; these can: {', '.join(_SERVICE_OF)}.")
    for path in (*files, mapping):
        if not path.is_file():
            raise CliError(f"{path} is not there.")
    try:
        columns = json.loads(mapping.read_text())
    except ValueError as broken:
        raise CliError(f"{mapping} is not JSON: {broken}.") from broken
    if not isinstance(columns, dict):
        raise CliError(f"{mapping} must hold one JSON object.")
    system = columns.pop("source_system", None)
    return Step(file, _SERVICE_OF[noun], noun, columns, system, tuple(more))


def run(api: Api, step: Step, *, dry_run: bool, progress: Progress) -> Outcome:
    """Import one file and return what became of it; rows that failed do not stop the others."""
    route = _ROUTES[step.service]
    body = {"noun": step.noun, "mapping": step.mapping, "dry_run": dry_run}
    if step.source_system:
        body["source_system"] = step.source_system
    started = api.post(route, body)
    own = f"{route}/{started['id']}"
    parts = parts_of(step)
    size = sum(part.size for part in parts)
    kind = XLSX if step.file.suffix.lower() == ".xlsx" else "text/csv"
    headers = {"Content-Type": kind, "Content-Length": str(size)}
    api.send("PUT", f"{own}/file", content=chunks(parts), headers=headers)
    seen = api.get(own)
    while seen["state"] not in _ENDED:
        progress(step.file.name, seen)
        time.sleep(_LOOK_EVERY)
        seen = api.get(own)
    progress(step.file.name, seen)
    outcome = Outcome(step.file.name, step.noun, str(started["id"]), seen["state"], _counts(seen))
    if outcome.counts["failed"] or outcome.state in _BROKEN:
        outcome.errors = api.send("GET", f"{own}/errors", headers={"Accept": "text/csv"}).text
    return outcome


def succeeded(outcome: Outcome) -> bool:
    """Tell whether every row of the file was taken."""
    return outcome.state not in _BROKEN and not outcome.counts["failed"]


def _counts(seen: dict[str, Any]) -> dict[str, int]:
    names = ("rows_total", "rows_done", "created", "updated", "unchanged", "failed")
    return {name: int(seen.get(name) or 0) for name in names}


@dataclass(frozen=True, slots=True)
class _Part:
    """A file from some byte on, with what stands between it and the one before."""

    file: Path
    skipped: int = 0
    joint: bytes = b""

    @property
    def size(self) -> int:
        return len(self.joint) + self.file.stat().st_size - self.skipped


def parts_of(step: Step) -> list[_Part]:
    """Return the files of a step as parts of one: the row of names stands in it once."""
    parts = [_Part(step.file)]
    if not step.more:
        return parts
    names = _first_line(step.file)
    for before, file in zip((step.file, *step.more), step.more, strict=False):
        if file.suffix.lower() == ".xlsx" or step.file.suffix.lower() == ".xlsx":
            raise CliError("Only CSV files go in as one; import workbooks one by one.")
        own = _first_line(file)
        if own.removeprefix(_MARK).strip() != names.removeprefix(_MARK).strip():
            raise CliError(f"{file.name} has other columns than {step.file.name}.")
        parts.append(_Part(file, len(own), b"" if _ends_a_line(before) else b"\n"))
    return parts


def _first_line(file: Path) -> bytes:
    with file.open("rb") as stream:
        return stream.readline()


def _ends_a_line(file: Path) -> bool:
    with file.open("rb") as stream:
        stream.seek(-1, 2)
        return stream.read(1) == b"\n"


def chunks(parts: Sequence[_Part]) -> Iterator[bytes]:
    """Read the parts one after another."""
    for part in parts:
        if part.joint:
            yield part.joint
        with part.file.open("rb") as stream:
            stream.seek(part.skipped)
            while chunk := stream.read(_CHUNK):
                yield chunk
