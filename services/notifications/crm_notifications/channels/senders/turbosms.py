"""SMS by TurboSMS (turbosms.ua): answers 200 to everything, the codes in the body decide."""

import httpx

from crm_notifications.channels.rules import Arrival, Letter, Outcome, Receipt, Trace, Verdict
from crm_notifications.channels.senders.over_http import HttpSender, as_json

URL = "https://api.turbosms.ua"
# 0 OK, 800 accepted, 801 sent, 802 and 803 the same where some of the recipients failed
TAKEN = {0, 800, 801, 802, 803}
# ours to mend, not the letter's: sign-in, sender, balance, limits; and the service's own faults
TROUBLE = {*range(100, 200), 301, 302, 400, 401, 402, 999}
ARRIVALS = {
    "Sent": Arrival.SENT,
    "Accepted": Arrival.SENT,
    "Delivered": Arrival.DELIVERED,
    "Read": Arrival.DELIVERED,
    "Undelivered": Arrival.BOUNCED,
    "Rejected": Arrival.BOUNCED,
    "Expired": Arrival.BOUNCED,
    "Failed": Arrival.BOUNCED,
}


class TurboSmsSender(HttpSender):
    """One recipient a request, `sequence_id` ours; what became of it is asked, not told."""

    name = "turbosms"

    def __init__(
        self, client: httpx.AsyncClient, *, token: str, sender: str, url: str = URL
    ) -> None:
        super().__init__(client)
        self.sender = sender
        self.url = url.rstrip("/")
        self.headers = {"Authorization": f"Bearer {token}"}

    def request(self, letter: Letter) -> httpx.Request:
        """Return the POST of one letter."""
        body = {
            "sequence_id": letter.name,
            "recipients": [letter.to_address.lstrip("+")],
            "sms": {"sender": self.sender, "text": letter.text},
        }
        url = f"{self.url}/message/send.json"
        return self.client.build_request("POST", url, json=body, headers=self.headers)

    def taken(self, answer: httpx.Response) -> Verdict:
        """Read the code of the request, then that of the one recipient."""
        said = as_json(answer)
        code = int(said["response_code"])
        if code in TROUBLE:
            return Verdict(Outcome.REFUSED_FOR_NOW, f"turbosms-{code}", is_trouble=True)
        results = said.get("response_result") or []
        if code not in TAKEN or not results:
            return Verdict(Outcome.REFUSED, f"turbosms-{code}")
        [one] = results
        own = int(one.get("response_code", code))
        if own not in TAKEN or not one.get("message_id"):
            return Verdict(Outcome.REFUSED, f"turbosms-{own}")
        return Verdict(Outcome.SENT, reference=str(one["message_id"]))

    def question(self, trace: Trace) -> httpx.Request | None:
        """Ask by TurboSMS's own id."""
        if trace.reference is None:
            return None
        url = f"{self.url}/message/status.json"
        body = {"messages": [trace.reference]}
        return self.client.build_request("POST", url, json=body, headers=self.headers)

    def told(self, trace: Trace, answer: httpx.Response) -> Receipt | None:
        """Read the status of the one letter that was asked after."""
        for one in as_json(answer).get("response_result") or []:
            arrival = ARRIVALS.get(str(one.get("status")))
            if arrival is not None and one.get("message_id") == trace.reference:
                code = f"turbosms-{str(one['status']).lower()}"
                return Receipt(arrival, message_id=trace.message_id, resent=trace.resent, code=code)
        return None
