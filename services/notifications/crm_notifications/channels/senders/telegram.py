"""Messages by a Telegram bot: the Bot API's `sendMessage`, to chats that are known by their id."""

from http import HTTPStatus
from typing import Any

import httpx

from crm_notifications.channels.rules import Letter, Outcome, Verdict
from crm_notifications.channels.senders.over_http import HttpSender, as_json, seconds

URL = "https://api.telegram.org"
LONGEST = 4096


class TelegramSender(HttpSender):
    """The bot takes no key and cannot be asked: a lost answer stays unknown."""

    name = "telegram"
    # 403 is one chat that blocked the bot, no fault of the bot's
    sign_in = frozenset({HTTPStatus.UNAUTHORIZED})

    def __init__(self, client: httpx.AsyncClient, *, token: str, url: str = URL) -> None:
        super().__init__(client, connections=4)
        self.url = f"{url.rstrip('/')}/bot{token}/sendMessage"

    def request(self, letter: Letter) -> httpx.Request:
        """Return the POST of one message."""
        body = {"chat_id": letter.to_address, "text": letter.text[:LONGEST]}
        return self.client.build_request("POST", self.url, json=body)

    def taken(self, answer: httpx.Response) -> Verdict:
        """Read chat and number of the message."""
        result: dict[str, Any] = as_json(answer)["result"]
        return Verdict(Outcome.SENT, reference=str(result["message_id"]))

    def asked_to_wait(self, answer: httpx.Response) -> float:
        """Telegram says in the body how long to wait."""
        try:
            parameters = as_json(answer).get("parameters") or {}
        except ValueError:
            return seconds(None)
        return seconds(parameters.get("retry_after"))

    def refused(self, answer: httpx.Response) -> Verdict:
        """Nobody there, or the bot was blocked."""
        return Verdict(Outcome.REFUSED, f"telegram-{answer.status_code}")
