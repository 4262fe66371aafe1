"""Presets as files: which there are, setting one up over all services, and writing one."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from crm_cli.api import Api
from crm_cli.failure import CliError
from crm_cli.state import ROOT

FOLDER = ROOT / "deploy" / "presets"
# Under which of its routes each service takes and gives its own part of the file.
_ROUTES = {"contacts": "/v1/task-rules", "notifications": "/v1/message-rules"}
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
    """Set a preset up: each service is sent its part, once all of them would take theirs."""
    if "deals" not in preset:
        return _letters_alone(api, preset, language, dry_run=dry_run)
    body = {"preset": preset, "language": language, "label": label}
    tried = _sent(api, body, dry_run=True)
    return tried if dry_run else _sent(api, body, dry_run=False)


def _sent(api: Api, body: Mapping[str, Any], *, dry_run: bool) -> dict[str, Any]:
    applied: dict[str, Any] = api.post("/v1/pipelines/presets", {**body, "dry_run": dry_run})
    # by the pipeline's id: sent twice, each is there once
    preset_id = applied["pipeline_id"] or "dry-run"
    for service, route in _ROUTES.items():
        if not any(applied[service].values()):
            continue
        part = {"preset_id": preset_id, "part": applied[service], "dry_run": dry_run}
        told = api.post(f"{route}/presets", part)
        applied["created"] |= told["created"]
        applied["reused"] += told["reused"]
    return applied


def _letters_alone(
    api: Api, preset: Mapping[str, Any], language: str, *, dry_run: bool
) -> dict[str, Any]:
    """Set up letters of no pipeline: any way of selling wants them, once, under the file's id."""
    part = _in_language(preset["notifications"], language)
    sent = {"preset_id": preset["id"], "part": part, "dry_run": dry_run}
    told: dict[str, Any] = api.post(f"{_ROUTES['notifications']}/presets", sent)
    return {"label": _text(preset["name"], language), **told}


def export(api: Api, pipeline: str, *, name: str | None) -> dict[str, Any]:
    """Return a pipeline as a preset, with the task and message rules that its stages wake."""
    found = _pipeline(api, pipeline)
    params = {"name": name} if name else None
    preset: dict[str, Any] = api.get(f"/v1/pipelines/{found['id']}/preset", params)
    stages = [one for one in found["stages"] if not one["is_archived"]]
    ordered = sorted(stages, key=lambda one: one["position"])
    names = {one["id"]: f"$stage:s{index}" for index, one in enumerate(ordered, start=1)}
    names[found["id"]] = "$pipeline"
    reasons = api.get("/v1/reasons", {"limit": _PAGE})["items"]
    keys = {(one["outcome"], one["label"]): one["key"] for one in preset["deals"]["reasons"]}
    names |= {
        one["id"]: f"$reason:{keys[one['outcome'], one['label']]}"
        for one in reasons
        if (one["outcome"], one["label"]) in keys
    }
    about = "&".join(f"about={one}" for one in names)
    for service, route in _ROUTES.items():
        preset[service] = _named(api.get(f"{route}/preset?{about}"), names)
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


def _in_language(value: Any, language: str) -> Any:
    if isinstance(value, dict):
        if "$text" in value:
            return _text(value, language)
        return {name: _in_language(part, language) for name, part in value.items()}
    return [_in_language(part, language) for part in value] if isinstance(value, list) else value


def _text(value: Any, language: str = "en") -> str:
    if isinstance(value, dict):
        texts = value["$text"]
        return str(texts.get(language) or next(iter(texts.values())))
    return str(value)
