"""What is said of pipelines and their stages."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel

from crm_deals.events.base import Caution, Outcome
from crm_shared.events.envelope import Event


class StageFacts(BaseModel):
    """A step of a pipeline."""

    id: UUID
    label: str
    position: int
    probability: int
    outcome: Outcome
    rotting_days: int | None
    required_fields: list[str]
    is_agreed: bool = False


class PipelineFacts(BaseModel):
    """A pipeline with its stages: one aggregate, one revision."""

    label: str
    currency: str | None
    is_default: bool
    unreliable_customers: Caution = "warn"
    stages: list[StageFacts]


class _PipelineEvent(Event):
    pipeline: PipelineFacts
    changed: list[str]
    previous: dict[str, Any]


class PipelineCreated(_PipelineEvent, type="crm.deals.pipeline.created.v1"):
    """A pipeline was set up, with its stages."""


class PipelineUpdated(_PipelineEvent, type="crm.deals.pipeline.updated.v1"):
    """A pipeline or one of its stages changed."""


class PipelineDeleted(_PipelineEvent, type="crm.deals.pipeline.deleted.v1"):
    """A pipeline that held no deals was removed."""
