"""What is said of why deals are won and lost."""

from typing import Any, Literal

from pydantic import BaseModel

from crm_shared.events.envelope import Event


class ReasonFacts(BaseModel):
    """Why a deal was won or lost, and which department should know."""

    label: str
    outcome: Literal["won", "lost"]
    group: str | None
    department: str | None


class _ReasonEvent(Event):
    reason: ReasonFacts
    changed: list[str]
    previous: dict[str, Any]


class ReasonCreated(_ReasonEvent, type="crm.deals.reason.created.v1"):
    """A reason for winning or losing may be named from now on."""


class ReasonUpdated(_ReasonEvent, type="crm.deals.reason.updated.v1"):
    """A reason was relabelled or moved to another group or department."""


class ReasonDeleted(_ReasonEvent, type="crm.deals.reason.deleted.v1"):
    """A reason may no longer be named; deals keep it."""
