"""SMS by Twilio's Messages resource; receipts name our message in the address they call."""

import httpx

from crm_notifications.channels.rules import Arrival, Letter, Outcome, Receipt, Trace, Verdict
from crm_notifications.channels.senders.over_http import HttpSender, as_json, currency, price

URL = "https://api.twilio.com"
ARRIVALS = {
    "sent": Arrival.SENT,
    "delivered": Arrival.DELIVERED,
    "read": Arrival.DELIVERED,
    "undelivered": Arrival.BOUNCED,
    "failed": Arrival.BOUNCED,
}


class TwilioSender(HttpSender):
    """Twilio takes no idempotency key: a lost answer is settled by its receipt."""

    name = "twilio"

    def __init__(
        self,
        client: httpx.AsyncClient,
        *,
        account: str,
        token: str,
        sender: str,
        callback_url: str,
        url: str = URL,
    ) -> None:
        super().__init__(client)
        self.sender = sender
        self.callback_url = callback_url
        self.url = f"{url.rstrip('/')}/2010-04-01/Accounts/{account}/Messages"
        self._auth = httpx.BasicAuth(account, token)

    def request(self, letter: Letter) -> httpx.Request:
        """Return the POST of one letter."""
        form = {
            "To": letter.to_address,
            "Body": letter.text,
            "StatusCallback": f"{self.callback_url}?message={letter.name}",
            # a messaging service chooses the number by itself
            ("MessagingServiceSid" if self.sender.startswith("MG") else "From"): self.sender,
        }
        return self._signed(self.client.build_request("POST", f"{self.url}.json", data=form))

    def taken(self, answer: httpx.Response) -> Verdict:
        """Read the SID; the price is mostly told later."""
        said = as_json(answer)
        return Verdict(
            Outcome.SENT,
            reference=str(said["sid"]),
            cost=price(said.get("price")),
            currency=currency(said.get("price_unit")),
        )

    def question(self, trace: Trace) -> httpx.Request | None:
        """Ask by the SID."""
        if trace.reference is None:
            return None
        url = f"{self.url}/{trace.reference}.json"
        return self._signed(self.client.build_request("GET", url))

    def told(self, trace: Trace, answer: httpx.Response) -> Receipt | None:
        """Read status and price."""
        said = as_json(answer)
        arrival = ARRIVALS.get(str(said.get("status")))
        if arrival is None:
            return None
        return Receipt(
            arrival,
            message_id=trace.message_id,
            resent=trace.resent,
            code=f"twilio-{said['status']}",
            cost=price(said.get("price")),
            currency=currency(said.get("price_unit")),
        )

    def _signed(self, request: httpx.Request) -> httpx.Request:
        return next(self._auth.auth_flow(request))
