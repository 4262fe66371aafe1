"""M1, M4, X19: every provider against a double that speaks its protocol over a real socket."""

import base64
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
from providers import Double, serving

from crm_notifications.channels.rules import Arrival, Letter, Outcome, Sender, Trace, Verdict
from crm_notifications.channels.senders import BY_GATEWAY, senders_of
from crm_notifications.channels.senders.console import ConsoleSender
from crm_notifications.channels.senders.gateway import GatewaySender
from crm_notifications.channels.senders.telegram import TelegramSender
from crm_notifications.channels.senders.turbosms import TurboSmsSender
from crm_notifications.channels.senders.twilio import TwilioSender
from crm_notifications.channels.senders.vonage import VonageSender
from crm_notifications.settings import Settings
from crm_shared.clock import utc_now
from crm_shared.db.engine import Sessions
from crm_shared.ids import new_id

PHONE, TEXT = "+380671112233", "Вітаємо, Олено!"
BACK = "https://crm.example.org/v1/channels/receipts/x"


Make = Callable[[httpx.AsyncClient, str], Sender]
PROVIDERS: dict[str, Make] = {
    "gateway": lambda client, url: GatewaySender(client, url=url, token="t0ken", channel="sms"),
    "turbosms": lambda client, url: TurboSmsSender(client, token="t0ken", sender="Shop", url=url),
    "twilio": lambda client, url: TwilioSender(
        client, account="AC1", token="t0ken", sender="+1500", callback_url=BACK, url=url
    ),
    "vonage": lambda client, url: VonageSender(
        client, account="key", token="t0ken", sender="Shop", callback_url=BACK, url=url
    ),
    "telegram": lambda client, url: TelegramSender(client, token="1:t0ken", url=url),
}
TAKEN: dict[str, tuple[dict[str, Any], str]] = {
    "gateway": ({"id": "g-1", "price": "0.9", "currency": "UAH"}, "g-1"),
    "turbosms": (
        {
            "response_code": 801,
            "response_result": [{"phone": "3806", "response_code": 0, "message_id": "u-1"}],
        },
        "u-1",
    ),
    "twilio": ({"sid": "SM1", "status": "queued", "price": None, "price_unit": "USD"}, "SM1"),
    "vonage": ({"message_uuid": "v-1"}, "v-1"),
    "telegram": ({"ok": True, "result": {"message_id": 42}}, "42"),
}
each = pytest.mark.parametrize("name", PROVIDERS)


def letter(to: str = PHONE) -> Letter:
    return Letter(new_id(), "Олена", to, "", TEXT, None, "uk", utc_now())


async def told(name: str, double: Double, written: Letter, timeout_s: float = 5.0) -> Verdict:
    async with serving(double) as url, httpx.AsyncClient(timeout=timeout_s) as client:
        sender = PROVIDERS[name](client, url)
        [verdict] = await sender.send([written], until=utc_now() + timedelta(minutes=1))
    return verdict


class TestM1Send:
    @each
    async def test_hands_over_a_letter_and_keeps_the_providers_name_of_it(self, name: str) -> None:
        answer, reference = TAKEN[name]
        double = Double([(200, answer)])

        verdict = await told(name, double, letter())

        assert (verdict.outcome, verdict.reference) == (Outcome.SENT, reference)
        assert TEXT in double.asked[0].body.decode() or double.asked[0].form["Body"] == TEXT

    @each
    async def test_waits_as_long_as_it_is_asked_to(self, name: str) -> None:
        said = {"ok": False, "error_code": 429, "parameters": {"retry_after": 17}}
        double = Double([(429, said)], headers={"retry-after": "17"})

        verdict = await told(name, double, letter())

        assert (verdict.outcome, verdict.wait_s) == (Outcome.REFUSED_FOR_NOW, 17.0)
        assert not verdict.is_trouble

    @each
    async def test_blames_the_provider_for_its_own_faults_and_the_letter_for_others(
        self, name: str
    ) -> None:
        double = Double([(401, {}), (500, {}), (400, {})])

        verdicts = [await told(name, double, letter()) for _ in range(3)]

        assert [(one.outcome, one.is_trouble) for one in verdicts] == [
            (Outcome.REFUSED_FOR_NOW, True),
            # who fails within may have taken the letter before
            (Outcome.REFUSED_FOR_NOW if name == "gateway" else Outcome.UNKNOWN, True),
            (Outcome.REFUSED, False),
        ]

    async def test_does_not_blame_the_bot_for_a_chat_that_blocked_it(self) -> None:
        verdict = await told("telegram", Double([(403, {"ok": False})]), letter())

        assert (verdict.outcome, verdict.is_trouble) == (Outcome.REFUSED, False)

    @pytest.mark.parametrize("result", [[None], ["x"], {"message_id": "u-1"}])
    async def test_survives_a_list_of_nonsense(self, result: Any) -> None:
        double = Double([(200, {"response_code": 0, "response_result": result})])

        assert (await told("turbosms", double, letter())).outcome is Outcome.UNKNOWN

    @each
    async def test_tries_again_after_a_lost_answer_only_where_nothing_goes_twice(
        self, name: str
    ) -> None:
        verdict = await told(name, Double(hangs=True), letter(), timeout_s=0.2)

        is_safe = name == "gateway"
        expected = Outcome.REFUSED_FOR_NOW if is_safe else Outcome.UNKNOWN
        assert (verdict.outcome, verdict.code) == (expected, f"{name}-lost")

    @each
    async def test_does_not_take_nonsense_for_an_answer(self, name: str) -> None:
        verdict = await told(name, Double([(200, {"unheard": "of"})]), letter())

        assert verdict.outcome is not Outcome.SENT or name == "gateway"

    @each
    async def test_says_when_nobody_is_there(self, name: str) -> None:
        async with serving(Double()) as url:
            pass
        async with httpx.AsyncClient() as client:
            sender = PROVIDERS[name](client, url)
            [verdict] = await sender.send([letter()], until=utc_now() + timedelta(minutes=1))

        assert (verdict.outcome, verdict.is_trouble) == (Outcome.REFUSED_FOR_NOW, True)


class TestM1Protocols:
    async def test_the_gateway_gets_the_messages_id_as_its_key(self) -> None:
        double, written = Double([(201, TAKEN["gateway"][0])]), letter()

        verdict = await told("gateway", double, written)

        [asked] = double.asked
        assert asked.headers["idempotency-key"] == asked.json["id"] == str(written.id)
        assert asked.headers["authorization"] == "Bearer t0ken"
        assert (verdict.cost, verdict.currency) == (Decimal("0.9"), "UAH")

    async def test_the_gateway_carries_viber_and_whatsapp_by_their_names(
        self, settings: Settings, sessions: Sessions
    ) -> None:
        """M4: colleagues answer where somebody wrote, by the one gateway that brought it."""
        double = Double([(201, TAKEN["gateway"][0])] * 3)
        async with serving(double) as url:
            given = {"sms_provider": "gateway", "sms_url": url, "sms_token": "t0ken"}
            known = settings.model_dump() | {"mailbox": False, **given}
            senders = senders_of(Settings(**known), sessions)
            for channel in BY_GATEWAY:
                until = utc_now() + timedelta(minutes=1)
                [verdict] = await senders[channel].send([letter()], until=until)
                assert verdict.outcome is Outcome.SENT
                await senders[channel].close()
        assert [one.json["channel"] for one in double.asked] == ["sms", "viber", "whatsapp"]

    async def test_turbosms_gets_a_sequence_id_and_a_number_without_plus(self) -> None:
        double, written = Double([(200, TAKEN["turbosms"][0])]), letter()

        await told("turbosms", double, written)

        [asked] = double.asked
        assert (asked.path, asked.json["sequence_id"]) == ("/message/send.json", str(written.id))
        assert asked.json["recipients"] == ["380671112233"]
        assert asked.json["sms"] == {"sender": "Shop", "text": TEXT}

    @pytest.mark.parametrize(
        ("answer", "outcome", "code"),
        [
            ({"response_code": 301}, Outcome.REFUSED_FOR_NOW, "turbosms-301"),
            ({"response_code": 305}, Outcome.REFUSED, "turbosms-305"),
            (
                {"response_code": 802, "response_result": [{"response_code": 406}]},
                Outcome.REFUSED,
                "turbosms-406",
            ),
        ],
    )
    async def test_turbosms_says_no_in_an_answer_of_200(
        self, answer: dict[str, Any], outcome: Outcome, code: str
    ) -> None:
        verdict = await told("turbosms", Double([(200, answer)]), letter())

        assert (verdict.outcome, verdict.code) == (outcome, code)

    async def test_twilio_is_told_where_the_receipt_of_this_message_goes(self) -> None:
        double, written = Double([(201, TAKEN["twilio"][0])]), letter()

        await told("twilio", double, written)

        [asked] = double.asked
        assert asked.path == "/2010-04-01/Accounts/AC1/Messages.json"
        assert asked.form["StatusCallback"] == f"{BACK}?message={written.id}"
        assert (asked.form["To"], asked.form["From"]) == (PHONE, "+1500")
        basic = base64.b64encode(b"AC1:t0ken").decode()
        assert asked.headers["authorization"] == f"Basic {basic}"

    async def test_vonage_carries_the_messages_id_into_its_receipts(self) -> None:
        double, written = Double([(202, TAKEN["vonage"][0])]), letter()

        await told("vonage", double, written)

        [asked] = double.asked
        assert (asked.path, asked.json["client_ref"]) == ("/v1/messages", str(written.id))
        assert (asked.json["channel"], asked.json["webhook_url"]) == ("sms", BACK)

    async def test_m4_telegram_writes_to_a_chat(self) -> None:
        double = Double([(200, TAKEN["telegram"][0])])

        await told("telegram", double, letter("77"))

        [asked] = double.asked
        assert asked.path == "/bot1:t0ken/sendMessage"
        assert asked.json == {"chat_id": "77", "text": TEXT}


class TestM1LookUp:
    @pytest.mark.parametrize(
        ("name", "answer", "arrival", "cost"),
        [
            ("gateway", {"status": "delivered", "price": 1}, Arrival.DELIVERED, Decimal(1)),
            ("gateway", {"status": "failed"}, Arrival.BOUNCED, None),
            (
                "turbosms",
                {"response_result": [{"message_id": "r", "status": "Delivered"}]},
                Arrival.DELIVERED,
                None,
            ),
            (
                "twilio",
                {"status": "delivered", "price": "-0.0075", "price_unit": "USD"},
                Arrival.DELIVERED,
                Decimal("0.0075"),
            ),
        ],
    )
    async def test_tells_what_became_of_a_letter(
        self, name: str, answer: dict[str, Any], arrival: Arrival, cost: Decimal | None
    ) -> None:
        trace = Trace(new_id(), "r")
        async with serving(Double([(200, answer)])) as url, httpx.AsyncClient() as client:
            [receipt] = await PROVIDERS[name](client, url).look_up([trace])

        assert (receipt.message_id, receipt.arrival, receipt.cost) == (
            trace.message_id,
            arrival,
            cost,
        )

    @each
    async def test_is_silent_where_there_is_no_word(self, name: str) -> None:
        double = Double([(404, {})])
        async with serving(double) as url, httpx.AsyncClient() as client:
            assert await PROVIDERS[name](client, url).look_up([Trace(new_id(), "r")]) == []


class TestConsole:
    async def test_shows_neither_words_nor_addresses(
        self, capfd: pytest.CaptureFixture[str]
    ) -> None:
        [verdict] = await ConsoleSender().send([letter()], until=utc_now())

        printed = "".join(capfd.readouterr())
        assert verdict.outcome is Outcome.SENT
        assert PHONE not in printed
        assert TEXT not in printed
