"""The company's calendar and policies as events tell of them: whole, for copies everywhere."""

from datetime import date
from typing import Any

from pydantic import BaseModel

from crm_contacts.events.base import Facts
from crm_shared.events.envelope import Event


class Stretch(BaseModel):
    """Hours by the clock on the wall, as 09:00; 24:00 is the end of the day."""

    start: str
    end: str


class ScheduleFacts(BaseModel):
    """Weekly hours from a day on; null held before all others."""

    valid_from: date | None = None
    week: dict[str, list[Stretch]]


class SpecialDayFacts(BaseModel):
    """A holiday, a short day, or a working day that was moved; its names are configuration."""

    on: date
    kind: str
    names: dict[str, str] = {}
    hours: list[Stretch] | None = None
    every_year: bool = False
    instead_of: date | None = None


class WorkspaceFacts(Facts):
    """When the company works, and its policies: hidden, sensitive fields, days of keeping."""

    time_zone: str
    schedules: list[ScheduleFacts]
    special_days: list[SpecialDayFacts]
    hidden_fields: dict[str, dict[str, list[str]]]
    sensitive_fields: dict[str, list[str]]
    retention: dict[str, int | None]


class WorkspaceUpdated(Event, type="crm.contacts.workspace.updated.v1"):
    """The working calendar or a policy was set up or changed; the snapshot has all of it."""

    workspace: WorkspaceFacts
    changed: list[str]
    previous: dict[str, Any]
