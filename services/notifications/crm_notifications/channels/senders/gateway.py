"""Any provider behind a small HTTP gateway of one's own: docs/channels.md has its shape."""

import httpx

from crm_notifications.channels.rules import (
    Arrival,
    Letter,
    Outcome,
    Receipt,
    Trace,
    Verdict,
    read_name,
)
from crm_notifications.channels.senders.over_http import (
    HttpSender,
    as_json,
    currency,
    price,
)

ARRIVALS = {
    "sent": Arrival.SENT,
    "delivered": Arrival.DELIVERED,
    "failed": Arrival.BOUNCED,
    "complained": Arrival.COMPLAINED,
}


class GatewaySender(HttpSender):
    """POSTs a letter with its name as `Idempotency-Key`, and asks after it by that name."""

    name = "gateway"
    repeats_safely = True

    def __init__(
        self, client: httpx.AsyncClient, *, url: str, token: str | None, channel: str
    ) -> None:
        super().__init__(client)
        self.url = url.rstrip("/")
        self.channel = channel
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def request(self, letter: Letter) -> httpx.Request:
        """Return the POST of one letter."""
        body = {
            "id": letter.name,
            "channel": self.channel,
            "to": letter.to_address,
            "subject": letter.subject,
            "text": letter.text,
            "language": letter.language,
        }
        headers = {**self.headers, "Idempotency-Key": letter.name}
        return self.client.build_request("POST", self.url, json=body, headers=headers)

    def taken(self, answer: httpx.Response) -> Verdict:
        """Read the gateway's name of the letter and its price."""
        said = as_json(answer) if answer.content else {}
        reference = said.get("id")
        return Verdict(
            Outcome.SENT,
            reference=_text(reference),
            cost=price(said.get("price")),
            currency=currency(said.get("currency")),
        )

    def question(self, trace: Trace) -> httpx.Request:
        """Ask by our id: it is known even when no answer ever came."""
        url = f"{self.url}/{trace.name}"
        return self.client.build_request("GET", url, headers=self.headers)

    def told(self, trace: Trace, answer: httpx.Response) -> Receipt | None:
        """Read a status."""
        return receipt_of(as_json(answer) | {"id": trace.name})


def receipt_of(said: dict[str, object]) -> Receipt | None:
    """Read what a gateway says of a letter, asked or of its own accord; None when it is no word."""
    arrival = ARRIVALS.get(str(said.get("status")))
    if arrival is None:
        return None
    message_id, resent = read_name(said.get("id"))
    return Receipt(
        arrival,
        reference=_text(said.get("reference")),
        message_id=message_id,
        resent=resent,
        code=f"gateway-{arrival.value}",
        cost=price(said.get("price")),
        currency=currency(said.get("currency")),
    )


def _text(value: object) -> str | None:
    return str(value)[:200] if value else None
