"""Sends files to the services' import API and follows them to the end."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
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
    "product": "deals",
    "deal": "deals",
}
_CHUNK = 1 << 18
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
    steps = [
        Step(
            file=folder / step["file"],
            service=step["service"],
            noun=step["noun"],
            mapping=step["mapping"],
            source_system=preset.get("source_system"),
        )
        for step in preset["steps"]
    ]
    for step in steps:
        if not step.file.is_file():
            raise CliError(f"{step.file} is not there: the preset {name} reads it.")
    return steps


def file_step(file: Path, mapping: Path, noun: str) -> Step:
    """Return the one step of a single file; its mapping says where the external ids come from."""
    if noun not in _SERVICE_OF:
        raise CliError(f"{noun!r} cannot be imported; these can: {', '.join(_SERVICE_OF)}.")
    for path in (file, mapping):
        if not path.is_file():
            raise CliError(f"{path} is not there.")
    try:
        columns = json.loads(mapping.read_text())
    except ValueError as broken:
        raise CliError(f"{mapping} is not JSON: {broken}.") from broken
    if not isinstance(columns, dict):
        raise CliError(f"{mapping} must hold one JSON object.")
    return Step(file, _SERVICE_OF[noun], noun, columns, columns.pop("source_system", None))


def run(api: Api, step: Step, *, dry_run: bool, progress: Progress) -> Outcome:
    """Import one file and return what became of it; rows that failed do not stop the others."""
    route = _ROUTES[step.service]
    body = {"noun": step.noun, "mapping": step.mapping, "dry_run": dry_run}
    if step.source_system:
        body["source_system"] = step.source_system
    started = api.post(route, body)
    own = f"{route}/{started['id']}"
    size = step.file.stat().st_size
    headers = {"Content-Type": "text/csv", "Content-Length": str(size)}
    api.send("PUT", f"{own}/file", content=_chunks(step.file), headers=headers)
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


def _chunks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            yield chunk
