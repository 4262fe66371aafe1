"""M1, M2: receipts are believed by signature, written down once, and book what a message cost."""

import base64
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.message import EmailMessage
from hashlib import sha1, sha256
from typing import Any
from uuid import UUID

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey
from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.channels.rules import Arrival, Receipt
from crm_notifications.events import (
    MessageBounced,
    MessageComplained,
    MessageDelivered,
    MessagePriced,
    MessageSent,
)
from crm_notifications.messages.models import Message
from crm_notifications.receipts import rules
from crm_notifications.receipts.use_cases import take_receipts
from crm_notifications.settings import Settings
from crm_notifications.testing import make_message, make_template
from crm_shared.embedded.nats import NatsServer
from crm_shared.ids import new_id
from crm_shared.testing.events import recorded, silence
from crm_shared.testing.plugin import ClientAs
from crm_shared.testing.servers import settings_for

SECRET = "a secret of sixteen or more"
HOME = "https://crm.example.org"
AT = "/v1/channels/receipts"
Sign = Callable[[str, bytes], dict[str, str]]


@pytest.fixture
def provider(request: pytest.FixtureRequest) -> str:
    return str(getattr(request, "param", "gateway"))


@pytest.fixture
def settings(package: str, database: str, nats_server: NatsServer, provider: str) -> Settings:
    secret = SecretStr(SECRET)
    made = settings_for(package, database_url=database, nats=nats_server)
    return Settings(
        **made.model_dump(exclude={"base_url"})
        | {
            "base_url": HOME,
            "sms_provider": provider,
            "sms_url": "https://sms.example.org",
            "sms_account": "AC1",
            "sms_from": "Shop",
            "sms_token": secret,
            "sms_receipts_secret": secret,
            "mail_receipts_secret": secret,
        }
    )


async def given(session: AsyncSession, **values: Any) -> Message:
    template = make_template(channel="sms")
    told = {"channel": "sms", "status": "sent", "provider": "gateway", "reference": "r-1"}
    session.add_all([template, message := make_message(template, **told | values)])
    await session.commit()
    return message


async def seen(session: AsyncSession, message: Message) -> Message:
    found = await session.scalar(
        select(Message).where(Message.id == message.id).execution_options(populate_existing=True)
    )
    assert found is not None
    return found


def by_twilio(path: str, body: bytes) -> dict[str, str]:
    pairs = sorted(httpx.QueryParams(body.decode()).multi_items())
    said = f"{HOME}{path}" + "".join(name + value for name, value in pairs)
    digest = hmac.new(SECRET.encode(), said.encode(), sha1).digest()
    return {
        "x-twilio-signature": base64.b64encode(digest).decode(),
        "content-type": "application/x-www-form-urlencoded",
    }


def by_vonage(_path: str, body: bytes) -> dict[str, str]:
    claims = {"iat": int(datetime.now(UTC).timestamp()), "payload_hash": sha256(body).hexdigest()}
    token = jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(SECRET.encode()))
    return {"authorization": f"Bearer {token}"}


def by_brackets(_path: str, _body: bytes) -> dict[str, str]:
    head = base64.urlsafe_b64encode(b"[" * 5000).decode()
    return {"authorization": f"Bearer {head}.e30.e30"}


def by_webhook(_path: str, body: bytes, *, ago: timedelta = timedelta(0)) -> dict[str, str]:
    at = str(int((datetime.now(UTC) - ago).timestamp()))
    said = f"m1.{at}.".encode() + body
    signature = base64.b64encode(hmac.new(SECRET.encode(), said, sha256).digest()).decode()
    return {
        "webhook-id": "m1",
        "webhook-timestamp": at,
        "webhook-signature": f"v1,AAAA v1,{signature}",
    }


def told(message_id: UUID, status: str = "delivered", **more: str) -> dict[str, tuple[str, Any]]:
    """What each provider sends of one message: path and body."""
    return {
        "twilio": (
            f"{AT}/twilio?message={message_id}",
            f"MessageSid=SM1&MessageStatus={status}".encode(),
        ),
        "vonage": (
            f"{AT}/vonage",
            {
                "message_uuid": "v-1",
                "client_ref": str(message_id),
                "status": status,
                "usage": {"price": "0.0333", "currency": "EUR"},
            },
        ),
        "gateway": (f"{AT}/gateway", {"id": str(message_id), "status": status, **more}),
    }


SIGNED: dict[str, Sign] = {"twilio": by_twilio, "vonage": by_vonage, "gateway": by_webhook}
each_provider = pytest.mark.parametrize("provider", SIGNED, indirect=True)


async def post(
    client_as: ClientAs, path: str, said: Any, sign: Sign, *, tampered: bool = False
) -> int:
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    headers = sign(path, body)
    if tampered:
        body = body.replace(b"delivered", b"submitted")
    return (await client_as(None).post(path, content=body, headers=headers)).status_code


class TestM1SignedReceipt:
    @each_provider
    async def test_settles_a_message_whose_answer_was_lost(
        self, client_as: ClientAs, session: AsyncSession, provider: str
    ) -> None:
        message = await given(session, status="unknown", provider=None, reference=None)
        path, said = told(message.id)[provider]

        assert await post(client_as, path, said, SIGNED[provider]) == 204
        assert await post(client_as, path, said, SIGNED[provider]) == 204

        now = await seen(session, message)
        assert (now.status, now.provider, now.revision) == ("delivered", provider, 2)
        assert now.delivered_at is not None
        assert len(await recorded(session, MessageDelivered)) == 1

    @each_provider
    async def test_is_not_believed_unsigned_or_changed(
        self, client_as: ClientAs, session: AsyncSession, provider: str
    ) -> None:
        message = await given(session, provider=provider)
        path, said = told(message.id)[provider]

        async with silence(session):
            refusals = [
                await post(client_as, path, said, lambda _path, _body: {}),
                await post(client_as, path, said, SIGNED[provider], tampered=True),
            ]

        assert refusals == [401, 401]

    @pytest.mark.parametrize("provider", ["vonage"], indirect=True)
    async def test_is_not_believed_however_deep_its_token_goes(
        self, client_as: ClientAs, session: AsyncSession, provider: str
    ) -> None:
        path, said = told((await given(session, provider=provider)).id)[provider]

        assert await post(client_as, path, said, by_brackets) == 401

    async def test_is_not_believed_when_it_is_old(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        path, said = told((await given(session)).id)["gateway"]

        def long_ago(path: str, body: bytes) -> dict[str, str]:
            return by_webhook(path, body, ago=timedelta(minutes=6))

        assert await post(client_as, path, said, long_ago) == 401

    async def test_of_a_provider_that_is_not_configured_is_not_waited_for(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        path, said = told(new_id())["vonage"]

        assert await post(client_as, path, said, by_vonage) == 404

    async def test_of_nobodys_message_or_nonsense_changes_nothing(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        await given(session)
        bodies = [told(new_id())["gateway"][1], b"no json", {"receipts": [7]}, {"status": "new"}]

        async with silence(session):
            done = [await post(client_as, f"{AT}/gateway", one, by_webhook) for one in bodies]

        assert done == [204] * 4


class TestM1Cost:
    async def test_is_what_the_provider_says_booked_once(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        message = await given(session, cost=Decimal("0.85"), currency="UAH")
        path, said = told(message.id, "sent", price="1.10", currency="UAH")["gateway"]

        for _ in range(2):
            await post(client_as, path, said, by_webhook)

        [priced] = await recorded(session, MessagePriced)
        assert (priced.data.message.cost, priced.data.message.currency) == (Decimal("1.1"), "UAH")
        now = await seen(session, message)
        assert (now.cost, now.status, now.revision) == (Decimal("1.1"), "sent", 2)

    async def test_comes_with_the_arrival_in_one_event(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        message = await given(session)
        path, said = told(message.id, price="0.9", currency="UAH")["gateway"]
        await post(client_as, path, said, by_webhook)

        [delivered] = await recorded(session, MessageDelivered)
        assert delivered.data.message.cost == Decimal("0.9")
        assert await recorded(session, MessagePriced) == []


class TestTakeReceipts:
    async def test_knows_a_message_by_the_providers_reference(self, session: AsyncSession) -> None:
        message = await given(session)
        receipt = Receipt(Arrival.BOUNCED, reference="r-1", code="gateway-bounced")

        assert await take_receipts(session, "gateway", [receipt]) == 1
        assert await take_receipts(session, "another", [receipt]) == 0

        now = await seen(session, message)
        assert (now.status, now.reason) == ("bounced", "gateway-bounced")
        assert len(await recorded(session, MessageBounced)) == 1

    async def test_believes_that_an_unknown_message_was_sent(self, session: AsyncSession) -> None:
        message = await given(session, status="unknown")

        await take_receipts(session, "gateway", [Receipt(Arrival.SENT, message.id)])

        assert (await seen(session, message)).status == "sent"
        assert len(await recorded(session, MessageSent)) == 1

    async def test_may_be_faster_than_our_own_record(self, session: AsyncSession) -> None:
        message = await given(session, status="sending", claim_id=new_id(), sent_at=None)

        await take_receipts(session, "gateway", [Receipt(Arrival.DELIVERED, message.id)])

        now = await seen(session, message)
        assert (now.status, now.claim_id) == ("delivered", None)
        assert now.sent_at is not None


def bounce(message_id: UUID, *, action: str = "failed", status: str = "5.1.1") -> bytes:
    """A bounce as mail servers write it."""
    return f"""\
From: MAILER-DAEMON@mx.example.com
To: crm@example.com
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="x"

--x
Content-Type: text/plain

<olena@example.com>: no such user
--x
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com

Final-Recipient: rfc822; olena@example.com
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 no such user olena
--x
Content-Type: text/rfc822-headers

Message-ID: <{message_id}@example.com>
To: olena@example.com
--x--
""".replace("\n", "\r\n").encode()


def complaint(message_id: UUID) -> bytes:
    """A complaint as mailbox providers write it."""
    return f"""\
From: fbl@example.net
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="x"

--x
Content-Type: message/feedback-report

Feedback-Type: abuse
Version: 1
--x
Content-Type: message/rfc822

Message-ID: <{message_id}@example.com>
Subject: Hello

Text
--x--
""".replace("\n", "\r\n").encode()


class TestM2Bounce:
    async def test_is_read_off_the_mail_that_came_back(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        message = await given(session, channel="email", provider="smtp", reference=None)

        assert await post(client_as, f"{AT}/dsn", bounce(message.id), by_webhook) == 204

        now = await seen(session, message)
        assert (now.status, now.reason) == ("bounced", "dsn-5.1.1")
        [event] = await recorded(session, MessageBounced)
        assert "olena" not in event.model_dump_json()

    async def test_complaint_is_kept_beside_the_state(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        message = await given(session, channel="email", provider="smtp", status="delivered")

        for _ in range(2):
            await post(client_as, f"{AT}/dsn", complaint(message.id), by_webhook)

        now = await seen(session, message)
        assert now.status == "delivered"
        assert now.complained_at is not None
        assert len(await recorded(session, MessageComplained)) == 1

    async def test_comes_as_json_too(self, client_as: ClientAs, session: AsyncSession) -> None:
        message = await given(session, channel="email", provider="smtp")
        said = {"receipts": [{"id": str(message.id), "status": "failed"}]}

        await post(client_as, f"{AT}/mail", said, by_webhook)

        assert (await seen(session, message)).reason == "mail-bounced"

    async def test_comes_as_json_with_its_code(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        message = await given(session, channel="email", provider="smtp")
        said = {"id": str(message.id), "status": "failed", "code": "5.1.1"}

        await post(client_as, f"{AT}/mail", said, by_webhook)

        assert (await seen(session, message)).reason == "dsn-5.1.1"

    @pytest.mark.parametrize(
        "mail",
        [
            b"",
            b"\xff\x00",
            bounce(UUID(int=7), action="delayed", status="4.4.1"),
            bounce(UUID(int=7)).replace(b"Message-ID", b"X-Nothing"),
            EmailMessage().as_bytes(),
        ],
    )
    def test_is_nothing_else(self, mail: bytes) -> None:
        assert rules.of_report(mail) is None

    @pytest.mark.parametrize(
        ("code", "is_so"),
        [
            ("dsn-5.1.1", True),
            ("dsn-5.1.10", True),
            ("dsn-5.1.8", False),
            ("dsn-5.7.1", False),
            ("dsn-4.2.2", False),
            ("dsn-5.2.2", False),
            (None, False),
        ],
    )
    def test_is_for_good_when_nobody_lives_there(self, code: str | None, is_so: bool) -> None:
        assert rules.is_for_good(code) is is_so
