"""What a colleague wrote in a conversation, as it goes out: no template, no consent to ask for."""

from datetime import datetime

from crm_notifications.channels.rules import Letter
from crm_notifications.deliveries.rules.composing import Hindrance, Known, compose
from crm_notifications.deliveries.rules.links import Row
from crm_notifications.messages.rules import RecipientKind, Step


def letter_of(message: Row, known: Known, now: datetime) -> Letter | Hindrance:
    """Make a letter of a message, by its template or as a colleague wrote it."""
    if why := known.over.get(message["id"]):
        return Hindrance(Step.CANCEL, why)
    if message["recipient_kind"] != RecipientKind.CONVERSATION.value:
        return compose(message, known, now)
    if message["expires_at"] <= now:
        return Hindrance(Step.EXPIRE, message["reason"] or "too-late")
    if message["channel"] not in known.channels:
        return Hindrance(Step.WAIT, "channel-not-configured")
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
