"""Bodies of the audit feature."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class AuditEntryOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    at: datetime
    service: str
    actor_id: UUID
    actor_kind: str | None
    action: str
    subject_kind: str | None
    subject_id: UUID | None
    details: dict[str, Any]
