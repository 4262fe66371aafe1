"""What links in letters are made of, and by what an address is known again."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from crm_notifications.channels.rules import Channel, Purpose
from crm_notifications.mailings.rules import address_key, tracked
from crm_notifications.messages.rules import RecipientKind
from crm_shared.links import make_link

LINK_LIFE = timedelta(days=365)
# a report tells figures to whoever holds its link: it is good for as long as it is news
REPORT_LIFE = timedelta(days=7)
CONFIRMATION_LIFE = timedelta(days=7)
REPORT_DUE = "crm.reporting.report.due.v1"
Row: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True)
class Links:
    """What links in letters are made of: for refusing more, and for seeing what is read."""

    base_url: str
    key: str = field(repr=False)

    def unsubscribe(self, message: Row, now: datetime) -> str | None:
        """Return where a client may refuse letters like this one; service letters need no leave."""
        purpose, channel = message["purpose"], message["channel"]
        is_client = message["recipient_kind"] == RecipientKind.CONTACT.value
        if not is_client or purpose == Purpose.SERVICE.value:
            return None
        bound = f"consent-withdrawal|{channel}|{purpose}"
        token = make_link(self.key, bound, message["recipient_id"], expires_at=now + LINK_LIFE)
        return f"{self.base_url}/v1/contacts/consents/{token}?channel={channel}&purpose={purpose}"

    def survey(self, message: Row) -> str | None:
        """Return where a client answers what a letter asks: each letter is one invitation."""
        if message.get("survey_id") is None:
            return None
        expires_at = message["created_at"] + LINK_LIFE
        token = make_link(self.key, "survey", message["id"], expires_at=expires_at)
        return f"{self.base_url}/v1/surveys/answers/{token}"

    def confirmation(self, message: Row) -> str:
        """Return where whoever left an address in a web form confirms it."""
        expires_at = message["created_at"] + CONFIRMATION_LIFE
        token = make_link(
            self.key, "lead-confirmation", message["recipient_id"], expires_at=expires_at
        )
        return f"{self.base_url}/v1/leads/confirmations/{token}"

    def track(self, message: Row, html: str | None, now: datetime) -> str | None:
        """Let the letters of a mailing tell that they are opened and followed."""
        if html is None or message["mailing_id"] is None:
            return html
        return tracked(html, message["id"], base_url=self.base_url, key=self.key, now=now)


def report_url(links: Links | None, message: Row) -> str | None:
    """Return where a colleague opens the report that waits for him, and nobody else's."""
    # it opens with its reader's rights: a rule that writes to somebody else gives him no link
    is_reader = (
        message["recipient_kind"] == RecipientKind.USER.value
        and message["recipient_id"] == message["owner_id"]
    )
    if links is None or message.get("source_type") != REPORT_DUE or not is_reader:
        return None
    expires_at = message["created_at"] + REPORT_LIFE
    token = make_link(links.key, "report", message["subject_id"], expires_at=expires_at)
    return f"{links.base_url}/v1/reports/sent/{token}"


def key_of(message: Row, address: str, links: Links | None) -> str | None:
    """By what a bounce is known to be of this address; of a mailing's letter it stands already."""
    is_mail = message["channel"] == Channel.EMAIL.value
    is_client = message["recipient_kind"] == RecipientKind.CONTACT.value
    if links is None or message["mailing_id"] is not None or not (is_mail and is_client):
        return None
    return address_key(links.key, message["rule_id"], address)
