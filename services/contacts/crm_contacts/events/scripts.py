"""Scripts as events tell of them: keys of steps and answers, none of their words."""

from datetime import datetime
from typing import Any
from uuid import UUID

from crm_contacts.events.base import Facts
from crm_shared.events.envelope import Event


class ScriptFacts(Facts):
    """Which records a script is for."""

    noun: str
    status: str | None
    is_active: bool
    priority: int


class ScriptCreated(Event, type="crm.contacts.script.created.v1"):
    """There is a script for records of a status."""

    script: ScriptFacts
    changed: list[str]
    previous: dict[str, Any]


class ScriptUpdated(Event, type="crm.contacts.script.updated.v1"):
    """A script has another version from now on."""

    script: ScriptFacts
    changed: list[str]
    previous: dict[str, Any]


class ScriptDeleted(Event, type="crm.contacts.script.deleted.v1"):
    """A script is offered no more."""

    script: ScriptFacts
    changed: list[str]
    previous: dict[str, Any]


class ScriptRunFacts(Facts):
    """How far a record has come; `step` is the next one, empty at the end."""

    script_id: UUID
    script_version: int
    noun: str
    record_id: UUID
    step: str | None
    finished_at: datetime | None


class ScriptStepCompleted(Event, type="crm.contacts.script_run.step_completed.v1"):
    """Somebody completed a step with a record; `answer` is the key of the branch it took."""

    script_run: ScriptRunFacts
    step: str
    answer: str | None
    changed: list[str]
    previous: dict[str, Any]
