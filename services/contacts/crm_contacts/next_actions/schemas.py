"""Bodies about what is to be done next."""

from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from crm_contacts.scripts.schemas import StepIn


class NextActionOut(BaseModel):
    """The next action and why it is the next; `plan` says that nobody has planned anything."""

    action: str = Field(description="call, respond, issue_invoice …: what to do")
    reason: Literal[
        "overdue_promise",
        "overdue_lead",
        "unanswered_lead",
        "missed_call",
        "overdue_task",
        "overdue_activity",
        "script_step",
        "planned_task",
        "planned_activity",
        "no_next_step",
    ]
    kind: Literal["activity", "lead", "task", "script"] | None
    id: UUID | None = Field(description="the record that asks for it")
    due_at: AwareDatetime | None
    script_id: UUID | None
    script_version: int | None
    step: StepIn | None
