"""Mailings as events tell of them."""

from datetime import datetime, time
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from crm_shared.events.envelope import Event


class MailingFacts(BaseModel):
    """What everyone may know of a mailing.

    `members` were in the segment, `recipients` of them got a letter queued (two with one address
    are one); `share_of_b` percent get the other version; `per_minute` letters at most.
    """

    label: str
    segment_id: UUID
    channel: str
    purpose: str
    template_id: UUID
    template_b_id: UUID | None
    survey_id: UUID | None = None
    share_of_b: int
    per_minute: int | None
    window_from: time | None
    window_until: time | None
    expires_after_s: int
    status: str
    reason: str | None
    starts_at: datetime | None
    started_at: datetime | None
    paused_at: datetime | None
    finished_at: datetime | None
    is_filled: bool
    members: int
    recipients: int


class MailingEvent(Event):
    """What became of a mailing."""

    mailing: MailingFacts
    changed: list[str]
    previous: dict[str, Any]


class MailingCreated(MailingEvent, type="crm.notifications.mailing.created.v1"):
    """A mailing was drafted."""


class MailingUpdated(MailingEvent, type="crm.notifications.mailing.updated.v1"):
    """A draft was changed."""


class MailingDeleted(MailingEvent, type="crm.notifications.mailing.deleted.v1"):
    """A draft was dropped."""


class MailingStarted(MailingEvent, type="crm.notifications.mailing.started.v1"):
    """A mailing begins, at once or at `starts_at`."""


class MailingFilled(MailingEvent, type="crm.notifications.mailing.filled.v1"):
    """Everybody in the segment has a letter queued."""


class MailingPaused(MailingEvent, type="crm.notifications.mailing.paused.v1"):
    """What waits is held back."""


class MailingResumed(MailingEvent, type="crm.notifications.mailing.resumed.v1"):
    """A mailing goes on."""


class MailingCancelled(MailingEvent, type="crm.notifications.mailing.cancelled.v1"):
    """A mailing was stopped for good; what waits is called off."""


class MailingFinished(MailingEvent, type="crm.notifications.mailing.finished.v1"):
    """Nothing of a mailing is left to send."""


class MailingFailed(MailingEvent, type="crm.notifications.mailing.failed.v1"):
    """A mailing has no segment of contacts: `reason` says what is wrong with it."""
