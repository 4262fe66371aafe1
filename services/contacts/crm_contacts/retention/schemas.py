"""Bodies of retention."""

from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from crm_contacts.workspace.schemas import Retention


class DryRunIn(BaseModel):
    """Days to try; those of the workspace when absent."""

    model_config = ConfigDict(extra="forbid")

    retention: Retention | None = None


class DryRunOut(BaseModel):
    """Every service answers with a report of its own: ask for them by `request_id`."""

    request_id: UUID


class RetentionReportOut(BaseModel):
    """What one service removed, or in a dry run would remove: counts by kind of data."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    at: AwareDatetime
    service: str
    request_id: UUID | None
    is_dry_run: bool
    removed: dict[str, int]
    before: dict[str, AwareDatetime] = Field(description="Older than this, by kind")


class RemovedOut(BaseModel):
    """What a service has removed of one kind of data in all."""

    model_config = ConfigDict(from_attributes=True)

    service: str
    kind: str
    removed: int
    last_at: AwareDatetime


class RetentionOut(BaseModel):
    """What is kept for how many days, and what went because of it."""

    retention: Retention
    removed: list[RemovedOut]
