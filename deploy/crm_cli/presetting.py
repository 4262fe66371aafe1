"""Presets as files: which there are, setting one up over all services, and writing one."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from crm_cli.api import Api
from crm_cli.failure import CliError
from crm_cli.state import ROOT

FOLDER = ROOT / "deploy" / "presets"
# Where each section of `contacts` is sent.
_ROUTES = {"task_rules": "/v1/task-rules"}
_TAKEN = (
    "name",
    "event_type",
    "conditions",
    "tasks",
    "close_open_tasks_of_left_stage",
    "on_bulk",
    "priority",
)
_PAGE = 500


def shipped() -> list[dict[str, str]]:
    """Return the presets that come with the system."""
    found = []
    for path in sorted(FOLDER.glob("*.json")):
        preset = json.loads(path.read_text())
        told = {part: _text(preset[part]) for part in ("name", "description")}
        found.append({"preset": path.stem, **told})
    return found


def read(source: str) -> dict[str, Any]:
    """Return a preset by the name of a shipped one, or by its file."""
    path = FOLDER / f"{source}.json"
    if not path.is_file():
        path = Path(source)
    if not path.is_file():
        names = ", ".join(one["preset"] for one in shipped())
        raise CliError(f"There is no preset {source!r}: name a file, or one of {names}.")
    try:
        preset = json.loads(path.read_text())
    except ValueError as broken:
        raise CliError(f"{path} is not JSON: {broken}.") from broken
    if not isinstance(preset, dict):
        raise CliError(f"{path} must hold one JSON object.")
    return preset


def apply(
    api: Api, preset: Mapping[str, Any], *, language: str, label: str | None, dry_run: bool
) -> dict[str, Any]:
    """Set a preset up: pipeline, reasons and rules at deals, task rules at contacts."""
    body = {"preset": preset, "language": language, "label": label, "dry_run": dry_run}
    applied: dict[str, Any] = api.post("/v1/pipelines/presets", body)
    for section, parts in applied["contacts"].items():
        route = _ROUTES.get(section)
        if route is None:
            raise CliError(f"Nobody here takes {section!r}.")
        for number, part in enumerate(parts, start=1):
            # by the pipeline's id: sent twice, each is there once
            name = f"{applied['pipeline_id']}-{number}"
            api.send("PUT", f"{route}/by-external/preset/{name}", json=part)
        applied["created"][section] = len(parts)
    return applied


def export(api: Api, pipeline: str, *, name: str | None) -> dict[str, Any]:
    """Return a pipeline as a preset, with the task rules that its stages wake."""
    found = _pipeline(api, pipeline)
    params = {"name": name} if name else None
    preset: dict[str, Any] = api.get(f"/v1/pipelines/{found['id']}/preset", params)
    stages = [one for one in found["stages"] if not one["is_archived"]]
    ordered = sorted(stages, key=lambda one: one["position"])
    names = {one["id"]: f"$stage:s{index}" for index, one in enumerate(ordered, start=1)}
    names[found["id"]] = "$pipeline"
    rules = api.get("/v1/task-rules", {"limit": _PAGE, "sort": "created_at"})["items"]
    own = [rule for rule in rules if any(one in json.dumps(rule["conditions"]) for one in names)]
    preset["contacts"] = {
        "task_rules": [
            {part: _named(rule[part], names) for part in _TAKEN if part in rule} for rule in own
        ]
    }
    return preset


def _pipeline(api: Api, wanted: str) -> dict[str, Any]:
    pipelines: list[dict[str, Any]] = api.get("/v1/pipelines", {"limit": _PAGE})["items"]
    for one in pipelines:
        if wanted in (one["id"], one["label"]):
            return one
    labels = ", ".join(one["label"] for one in pipelines)
    raise CliError(f"There is no pipeline {wanted!r}; there are: {labels}.")


def _named(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _named(part, names) for name, part in value.items()}
    if isinstance(value, list):
        return [_named(part, names) for part in value]
    return names.get(value, value) if isinstance(value, str) else value


def _text(value: Any) -> str:
    if isinstance(value, dict):
        texts = value["$text"]
        return str(texts.get("en") or next(iter(texts.values())))
    return str(value)
