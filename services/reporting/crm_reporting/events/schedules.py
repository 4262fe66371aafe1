"""Events of reports that are sent: who gets which, and that one waits."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel

from crm_shared.events.envelope import Event


class ReportScheduleFacts(BaseModel):
    """Which report goes when to whom; what it is filtered by stays here."""

    owner_id: UUID
    team_id: UUID | None
    report: str
    format: str
    language: str
    period: str
    weekdays: list[int]
    at: str
    recipient_ids: list[UUID]
    is_active: bool


class _ReportScheduleEvent(Event):
    report_schedule: ReportScheduleFacts
    changed: list[str]
    previous: dict[str, Any]


class ReportScheduleCreated(_ReportScheduleEvent, type="crm.reporting.report_schedule.created.v1"):
    """A report is to be sent at a time of the week."""


class ReportScheduleUpdated(_ReportScheduleEvent, type="crm.reporting.report_schedule.updated.v1"):
    """When a report goes, or to whom, or which, was changed."""


class ReportScheduleDisabled(
    _ReportScheduleEvent, type="crm.reporting.report_schedule.disabled.v1"
):
    """A report can no longer be told as it was to be sent: nothing goes out until it is changed.

    `refused` names what it cannot be told by, `report` when there is no such report any more.
    """

    refused: list[str]


class ReportScheduleDeleted(_ReportScheduleEvent, type="crm.reporting.report_schedule.deleted.v1"):
    """A report is sent no more; links that were sent open nothing."""


class ReportFacts(BaseModel):
    """Which report waits for `owner_id`, its reader; its figures stay behind the link."""

    owner_id: UUID
    team_id: UUID | None
    schedule_id: UUID
    report: str
    heading: str
    format: str
    language: str


class ReportDue(Event, type="crm.reporting.report.due.v1"):
    """It is time to send a colleague the link to a report; the subject is what the link proves."""

    report: ReportFacts
