"""Activities, calls and notes as events tell of them: when, how long and by whom, never what."""

from datetime import datetime
from typing import Any
from uuid import UUID

from crm_contacts.events.base import Facts
from crm_shared.events.envelope import Event


class ActivityFacts(Facts):
    """A contact with a client, planned or done, without its subject; the assignee owns it."""

    owner_id: UUID | None
    team_id: UUID | None
    assignee_id: UUID | None
    kind: str
    status: str
    direction: str | None
    due_at: datetime | None
    started_at: datetime | None
    completed_at: datetime | None
    missed_at: datetime | None
    duration_s: int | None
    outcome: str | None
    is_promise: bool
    channel: str | None
    agreed_at: datetime | None
    reschedules: int
    contact_id: UUID | None
    company_id: UUID | None
    deal_id: UUID | None
    lead_id: UUID | None
    contact_ids: list[UUID]
    user_ids: list[UUID]
    series_id: UUID | None
    occurrence: int


class _ActivityEvent(Event):
    activity: ActivityFacts
    changed: list[str]
    previous: dict[str, Any]


class ActivityCreated(_ActivityEvent, type="crm.contacts.activity.created.v1"):
    """A contact with a client was planned, or promised."""


class ActivityUpdated(_ActivityEvent, type="crm.contacts.activity.updated.v1"):
    """Something about an activity changed."""


class ActivityRescheduled(_ActivityEvent, type="crm.contacts.activity.rescheduled.v1"):
    """An activity was put at another time; a promise moves only when that was agreed in time."""


class ActivityCompleted(_ActivityEvent, type="crm.contacts.activity.completed.v1"):
    """An activity took place."""


class ActivityMissed(_ActivityEvent, type="crm.contacts.activity.missed.v1"):
    """An activity did not take place, or a promised time passed without it."""


class ActivityCancelled(_ActivityEvent, type="crm.contacts.activity.cancelled.v1"):
    """An activity was called off."""


class ActivityReopened(_ActivityEvent, type="crm.contacts.activity.reopened.v1"):
    """A closed activity is planned again."""


class ActivityReminded(_ActivityEvent, type="crm.contacts.activity.reminded.v1"):
    """It is time to think of a planned activity: `minutes_before` it is due; once each.

    For the assignee. When nobody worked meanwhile, the last reminder that passed counts for all.
    """

    minutes_before: int


class CallFacts(Facts):
    """A telephone call without its numbers; whoever spoke, or should have, owns it."""

    owner_id: UUID | None
    team_id: UUID | None
    direction: str
    answered: bool | None
    started_at: datetime
    duration_s: int | None
    is_internal: bool
    has_recording: bool
    contact_id: UUID | None
    company_id: UUID | None
    deal_id: UUID | None
    lead_id: UUID | None
    callback_task_id: UUID | None
    repeats_call_id: UUID | None
    # how well our side spoke, 1 to 5; null when nobody judged it
    mark: int | None = None


class _CallEvent(Event):
    call: CallFacts
    changed: list[str]
    previous: dict[str, Any]


class CallLogged(_CallEvent, type="crm.contacts.call.logged.v1"):
    """A call entered the log; `answered` is null while it rings."""


class CallRequested(_CallEvent, type="crm.contacts.call.requested.v1"):
    """A colleague wants to be put through: a telephone system reads the number and rings him."""


class CallUpdated(_CallEvent, type="crm.contacts.call.updated.v1"):
    """More became known of a call: that it ended, how long it took, whom it concerned."""


class CallMarked(_CallEvent, type="crm.contacts.call.marked.v1"):
    """Somebody listened to a call and judged it, or took his judgement back; no word of it."""


class NoteFacts(Facts):
    """That somebody wrote something down, and about whom; what it says stays at home."""

    owner_id: UUID | None
    team_id: UUID | None
    author_id: UUID
    contact_id: UUID | None
    company_id: UUID | None
    deal_id: UUID | None
    is_pinned: bool
    mentioned_ids: list[UUID]


class _NoteEvent(Event):
    note: NoteFacts
    changed: list[str]
    previous: dict[str, Any]


class NoteCreated(_NoteEvent, type="crm.contacts.note.created.v1"):
    """Somebody wrote something down about a contact, a company or a deal."""


class NoteUpdated(_NoteEvent, type="crm.contacts.note.updated.v1"):
    """A note was changed or pinned."""


class NoteDeleted(_NoteEvent, type="crm.contacts.note.deleted.v1"):
    """A note was put away."""
