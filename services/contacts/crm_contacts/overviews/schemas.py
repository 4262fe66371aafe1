"""Bodies of overviews."""

from typing import Generic, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from crm_contacts.activities.schemas import ActivityOut
from crm_contacts.cases.schemas import CaseOut, FeedbackOut
from crm_contacts.history.schemas import NextStepOut
from crm_contacts.leads.schemas import LeadOut
from crm_contacts.notes.schemas import NoteOut
from crm_contacts.tasks.schemas import TaskOut
from crm_contacts.timeline.schemas import TimelineEntryOut
from crm_contacts.users.schemas import UserOut

RecordT = TypeVar("RecordT", bound=BaseModel)
ELSEWHERE = Field(description="Where the other parts of the view are, over the same origin")


class ClientOverviewOut(BaseModel, Generic[RecordT]):
    """A client with what is open about him and what happened last; lists are cut at ten."""

    model_config = ConfigDict(from_attributes=True)

    client: RecordT
    next_step: NextStepOut | None
    tasks: list[TaskOut] = Field(description="open ones, the most urgent first")
    activities: list[ActivityOut] = Field(description="planned ones, the nearest first")
    cases: list[CaseOut] = Field(description="not yet solved, the newest first")
    leads: list[LeadOut] = Field(description="the newest first")
    notes: list[NoteOut] = Field(description="pinned ones first, then the newest")
    feedback: list[FeedbackOut] = Field(description="answers, the newest first")
    timeline: list[TimelineEntryOut] = Field(description="the latest twenty entries")
    elsewhere: dict[str, str] = ELSEWHERE


class WorkOut(BaseModel):
    """How much somebody has to do, as far as the caller may see it; null: not at all."""

    contacts: int | None
    companies: int | None
    open_leads: int | None
    open_tasks: int | None
    overdue_tasks: int | None
    planned_activities: int | None
    open_cases: int | None
    late_cases: int | None


class CallsOut(BaseModel):
    """Calls of the last thirty days."""

    since: AwareDatetime
    inbound: int
    outbound: int
    answered: int
    talked_s: int


class UserOverviewOut(BaseModel):
    """A manager: what is his, what he has to do, how much he is on the telephone."""

    user: UserOut
    work: WorkOut
    calls: CallsOut | None = Field(description="null for roles that see no calls")
    tasks: list[TaskOut] = Field(description="open ones, the most urgent first, ten at most")
    elsewhere: dict[str, str] = ELSEWHERE
