"""SMS by Vonage's Messages API; `client_ref` carries our message's id into the receipts."""

import httpx

from crm_notifications.channels.rules import Letter, Outcome, Verdict
from crm_notifications.channels.senders.over_http import HttpSender, as_json

URL = "https://api.nexmo.com"


class VonageSender(HttpSender):
    """Vonage can be asked nothing: what becomes of a letter is told by signed receipts."""

    name = "vonage"

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
        self.url = f"{url.rstrip('/')}/v1/messages"
        self._auth = httpx.BasicAuth(account, token)

    def request(self, letter: Letter) -> httpx.Request:
        """Return the POST of one letter."""
        body = {
            "message_type": "text",
            "channel": "sms",
            "to": letter.to_address.lstrip("+"),
            "from": self.sender,
            "text": letter.text,
            "client_ref": letter.name,
            "webhook_url": self.callback_url,
            "webhook_version": "v1",
        }
        request = self.client.build_request("POST", self.url, json=body)
        return next(self._auth.auth_flow(request))

    def taken(self, answer: httpx.Response) -> Verdict:
        """Read Vonage's id of the letter."""
        return Verdict(Outcome.SENT, reference=str(as_json(answer)["message_uuid"]))
