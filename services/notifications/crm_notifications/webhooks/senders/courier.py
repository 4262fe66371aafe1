"""The courier: takes what is due, posts it, writes down what came of it."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.nouns.catalogue import SHOWN
from crm_notifications.webhooks import queries, statements
from crm_notifications.webhooks.models import Webhook
from crm_notifications.webhooks.rules.matching import Payload, body_of
from crm_notifications.webhooks.rules.signing import headers_of, secret_of
from crm_notifications.webhooks.rules.trying import (
    Answer,
    Reason,
    Status,
    pause_after,
    should_give_up,
)
from crm_notifications.webhooks.senders.posting import Poster
from crm_notifications.webhooks.use_cases.changing import disable_webhook
from crm_shared.actor import Role
from crm_shared.clock import utc_now
from crm_shared.db.engine import Sessions
from crm_shared.events.known_calendar import known_policies
from crm_shared.ids import new_id
from crm_shared.observability.logging import get_logger, told_without_values
from crm_shared.policies import Policies

log = get_logger(__name__)

SLOTS, SLOTS_OF_THE_FAILING = 8, 1
LEASE = timedelta(seconds=60)
WAIT_S = 0.2
CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Parcel:
    """One delivery in hand: where it goes, what it says, whose it is."""

    webhook: Webhook
    delivery: dict[str, Any]
    body: bytes | None


class Courier:
    """Carries deliveries, every webhook's in slots of its own: none waits for another's receiver.

    Claim → post → record, each by itself. A process that dies in between gives its claims back
    when the lease is over; the receiver knows the id.
    """

    def __init__(
        self,
        sessions: Sessions,
        poster: Poster,
        *,
        link_key: str,
        lease: timedelta = LEASE,
        crash_at: Callable[[str], None] = lambda point: None,
    ) -> None:
        self._sessions = sessions
        self._poster = poster
        self._link_key = link_key
        self._lease = lease
        self._crash_at = crash_at
        self._flying: dict[UUID, set[asyncio.Task[None]]] = {}

    async def send_due(self, *, wait_s: float = WAIT_S) -> int:
        """Set off what is due and has a slot, and what is due when a slot is free again.

        Goes on for so long or until nothing flies; never waits for the slowest. Returns how many
        set off or are still under way.
        """
        clock = asyncio.get_running_loop().time
        until, set_off = clock() + wait_s, 0
        while True:
            parcels = await self._take()
            for parcel in parcels:
                task = asyncio.create_task(self._carry(parcel))
                self._flying.setdefault(parcel.webhook.id, set()).add(task)
            set_off += len(parcels)
            flying = self._under_way()
            if not flying or clock() >= until:
                return set_off + len(flying)
            await asyncio.wait(flying, timeout=until - clock(), return_when=asyncio.FIRST_COMPLETED)
            self._let_go_of_the_landed()

    def _under_way(self) -> list[asyncio.Task[None]]:
        return [task for tasks in self._flying.values() for task in tasks]

    def _let_go_of_the_landed(self) -> None:
        for webhook_id, tasks in list(self._flying.items()):
            for task in [one for one in tasks if one.done()]:
                tasks.discard(task)
                task.result()  # a fault of ours must not vanish with its task
            if not tasks:
                del self._flying[webhook_id]

    async def close(self) -> None:
        """Let what is under way end, then let go of connections."""
        if flying := self._under_way():
            await asyncio.wait(flying)
        await self._poster.close()

    async def _take(self) -> list[Parcel]:
        now, parcels = utc_now(), []
        async with self._sessions.begin() as session:
            due = await queries.due_webhooks(session, now)
            if not due:
                return []
            policies = await known_policies(session)
            for webhook, failing_since in due:
                slots = SLOTS if failing_since is None else SLOTS_OF_THE_FAILING
                free = slots - len(self._flying.get(webhook.id, ()))
                if free > 0:
                    taken = await statements.claim(
                        session,
                        webhook.id,
                        new_id(),
                        until=now + self._lease,
                        only_tests=not webhook.is_active,
                        limit=free,
                    )
                    parcels += await self._packed(session, webhook, taken, policies)
        self._crash_at("after_claim")
        return parcels

    async def _packed(
        self,
        session: AsyncSession,
        webhook: Webhook,
        taken: Sequence[dict[str, Any]],
        policies: Policies,
    ) -> list[Parcel]:
        positions = [one["position"] for one in taken if one["position"] is not None]
        envelopes = await queries.envelopes_at(session, positions) if positions else {}
        hidden = SHOWN.widened(policies.hidden_from(Role(webhook.made_by_role)))
        parcels = []
        for one in taken:
            if one["body"] is not None:
                body = one["body"].encode()
            elif one["position"] in envelopes:
                body = body_of(envelopes[one["position"]], Payload(webhook.payload), hidden)
            else:
                body = None
            parcels.append(Parcel(webhook, one, body))
        return parcels

    async def _carry(self, parcel: Parcel) -> None:
        try:
            answer = await self._post(parcel)
            self._crash_at("after_post")
            async with self._sessions.begin() as session:
                await self._settle(session, parcel, answer)
        except (SQLAlchemyError, OSError) as away:
            # the lease brings it back; a receiver that has it knows its id
            log.warning("webhook delivery not recorded", **told_without_values(away))

    async def _post(self, parcel: Parcel) -> Answer:
        now = utc_now()
        if parcel.body is None:
            return Answer(now, 0, error="event-not-kept")
        headers = headers_of(
            self._secrets(parcel.webhook, now),
            str(parcel.delivery["event_id"]),
            int(now.timestamp()),
            parcel.body,
        )
        headers |= {"Content-Type": CONTENT_TYPE, "User-Agent": "crm-webhooks/1"}
        return await self._poster.post(parcel.webhook.url, headers, parcel.body)

    def _secrets(self, webhook: Webhook, now: datetime) -> list[str]:
        numbers = [webhook.secret_number]
        if webhook.old_secret_until is not None and now < webhook.old_secret_until:
            numbers.append(webhook.secret_number - 1)
        return [secret_of(self._link_key, webhook.id, number) for number in numbers]

    async def _settle(self, session: AsyncSession, parcel: Parcel, answer: Answer) -> None:
        delivery, webhook_id = parcel.delivery, parcel.webhook.id
        is_test = delivery["body"] is not None
        status, next_attempt_at = _verdict(delivery["attempts"], answer, is_test=is_test)
        # who switches it off writes into all that waits: first one, then the next
        await queries.hold_webhook(session, webhook_id)
        settled = await statements.settle(
            session, delivery, answer, status, next_attempt_at=next_attempt_at
        )
        if not settled or is_test:
            return
        failing_since = await statements.note_health(session, webhook_id, answer)
        if answer.is_gone:
            await disable_webhook(session, webhook_id, Reason.UNSUBSCRIBED)
        elif status is Status.DEAD and should_give_up(failing_since, answer.at):
            await disable_webhook(session, webhook_id, Reason.FAILING)


def _verdict(attempts: int, answer: Answer, *, is_test: bool) -> tuple[Status, datetime]:
    if answer.is_good:
        return Status.DELIVERED, answer.at
    pause = pause_after(attempts, answer)
    hopeless = answer.is_gone or answer.error == "event-not-kept"
    if is_test or hopeless or pause is None:
        return Status.DEAD, answer.at
    return Status.WAITING, answer.at + pause
