"""Letters without a template and without consent to ask for: a colleague's words, and our own."""

from datetime import datetime

from crm_notifications.channels.rules import Letter
from crm_notifications.deliveries.rules.composing import Hindrance, Known, compose
from crm_notifications.deliveries.rules.confirming import confirmation
from crm_notifications.deliveries.rules.links import Row
from crm_notifications.messages.rules import RecipientKind, Step


def letter_of(message: Row, known: Known, now: datetime) -> Letter | Hindrance:
    """Make a letter of a message, by its template or by whom it goes to."""
    if why := known.over.get(message["id"]):
        return Hindrance(Step.CANCEL, why)
    write = WRITERS.get(message["recipient_kind"])
    if write is None:
        return compose(message, known, now)
    if message["expires_at"] <= now:
        return Hindrance(Step.EXPIRE, message["reason"] or "too-late")
    if message["channel"] not in known.channels:
        return Hindrance(Step.WAIT, "channel-not-configured")
    return write(message, known, now)


def _answer(message: Row, known: Known, now: datetime) -> Letter | Hindrance:
    answer = known.answers.get(message["id"])
    if answer is None:
        return Hindrance(Step.CANCEL, "words-are-gone")
    return Letter(
        id=message["id"],
        to_name=answer.to_name,
        to_address=answer.to_address,
        subject=answer.subject,
        text=answer.text,
        html=None,
        language=known.languages[0],
        written_at=now,
        resent=message["resent"],
        is_by_hand=True,
        answers=answer.answers,
    )


WRITERS = {
    RecipientKind.CONVERSATION.value: _answer,
    RecipientKind.LEAD.value: confirmation,
}
