"""C16: kept answers are forgotten in portions, and at once when they speak of somebody erased."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_shared.clock import utc_now
from crm_shared.db.engine import Sessions
from crm_shared.db.infrastructure import IDEMPOTENCY_KEYS, INBOX
from crm_shared.events.erasure import forget_answers
from crm_shared.events.housekeeping import forget_old
from crm_shared.ids import new_id


def kept(body: bytes | None, **given: Any) -> dict[str, Any]:
    told = {"actor_id": new_id(), "route": "r", "key": "k", "body_hash": b"x"}
    return {**told, "body": body, "created_at": utc_now(), **given}


async def test_kept_answers_and_the_inbox_are_forgotten(
    session: AsyncSession, sessions: Sessions
) -> None:
    who, other = new_id(), new_id()
    # in a file beside bytes of any kind, behind other hexadecimal digits, or not at all
    bodies = [b'{"id": "%s"}', b"\xff\x00\\%s\x80", b"abc%s,", b"%s-"]
    rows = [kept(body % str(who).encode()) for body in bodies]
    rows += [kept(str(other).encode()), kept(None), kept(str(who).upper().encode())]
    await session.execute(insert(IDEMPOTENCY_KEYS), rows)
    ids: list[UUID] = [new_id() for _ in range(2000)]
    assert await forget_answers(session, [*ids, who]) == len(bodies)

    old = utc_now() - timedelta(days=60)
    await session.execute(insert(IDEMPOTENCY_KEYS), [kept(None, created_at=old) for _ in range(3)])
    seen = [{"durable": "d", "event_id": new_id(), "handled_at": old} for _ in range(5)]
    await session.execute(
        insert(INBOX), [*seen, {**seen[0], "event_id": new_id(), "handled_at": utc_now()}]
    )
    await session.commit()
    done = [await forget_old(sessions, stream_days=30, portion=2) for _ in range(4)]

    assert done == [2, 2, 1, 0]
    left = [
        await session.scalar(select(func.count()).select_from(one))
        for one in (IDEMPOTENCY_KEYS, INBOX)
    ]
    assert left == [3, 1]
