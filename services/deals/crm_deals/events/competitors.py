"""What is said of those to whom deals are lost."""

from typing import Any

from pydantic import BaseModel

from crm_shared.events.envelope import Event


class CompetitorFacts(BaseModel):
    """Somebody to whom deals are lost."""

    label: str


class _CompetitorEvent(Event):
    competitor: CompetitorFacts
    changed: list[str]
    previous: dict[str, Any]


class CompetitorCreated(_CompetitorEvent, type="crm.deals.competitor.created.v1"):
    """A competitor may be named from now on."""


class CompetitorUpdated(_CompetitorEvent, type="crm.deals.competitor.updated.v1"):
    """A competitor was relabelled."""


class CompetitorDeleted(_CompetitorEvent, type="crm.deals.competitor.deleted.v1"):
    """A competitor may no longer be named; deals keep it."""
