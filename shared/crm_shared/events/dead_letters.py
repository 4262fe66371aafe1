"""Dead letters: what a durable could not handle, kept in the consumer's own database."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, case, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_shared.db.infrastructure import DEAD_LETTERS
from crm_shared.errors import ConflictError, NotFoundError
from crm_shared.events.jetstream import Delivery
from crm_shared.ids import new_id

OPEN = ("open", "retrying")
_RETRYING = DEAD_LETTERS.c.state == "retrying"


class DeadLetterNotFoundError(NotFoundError):
    """No dead letter has this id."""

    problem = "dead-letter-not-found"

    def __init__(self, letter_id: UUID) -> None:
        super().__init__(f"There is no dead letter {letter_id}.", dead_letter_id=str(letter_id))


class DeadLetterSettledError(ConflictError):
    """It was already retried with success, or dropped."""

    problem = "dead-letter-settled"

    def __init__(self, letter_id: UUID) -> None:
        super().__init__("This dead letter is settled.", dead_letter_id=str(letter_id))


async def bury(
    session: AsyncSession,
    delivery: Delivery,
    *,
    durable: str,
    reason: str,
    error_class: str | None = None,
    event_id: UUID | None = None,
    subject: str | None = None,
) -> None:
    """Keep a message that cannot be handled; the same message twice is one letter."""
    row = insert(DEAD_LETTERS).values(
        id=new_id(),
        durable=durable,
        event_id=event_id,
        type=delivery.subject,
        subject=subject,
        stream=delivery.stream,
        stream_seq=delivery.stream_seq,
        payload=delivery.data,
        reason=reason,
        error_class=error_class,
        attempts=delivery.attempts,
    )
    # a redelivered message that was settled meanwhile must not ask for a decision again
    again = {"last_at": func.now(), "attempts": delivery.attempts, "reason": reason}
    await session.execute(
        row.on_conflict_do_update(
            index_elements=["durable", "stream", "stream_seq"],
            set_={
                **again,
                "state": case((DEAD_LETTERS.c.state == "done", "done"), else_="open"),
            },
        )
    )


async def list_open(
    session: AsyncSession, *, after: UUID | None = None, limit: int = 50
) -> Sequence[RowMapping]:
    """Return unsettled letters in order of their ids, without payloads."""
    # payloads hold whole events: a page of them could be megabytes
    columns = [c for c in DEAD_LETTERS.c if c.name != "payload"]
    query = select(*columns).where(DEAD_LETTERS.c.state.in_(OPEN))
    if after is not None:
        query = query.where(DEAD_LETTERS.c.id > after)
    rows = await session.execute(query.order_by(DEAD_LETTERS.c.id).limit(limit))
    return rows.mappings().all()


async def count_open(session: AsyncSession) -> int:
    """Return how many letters wait for a decision."""
    count = select(func.count()).where(DEAD_LETTERS.c.state.in_(OPEN))
    return int((await session.execute(count)).scalar_one())


async def get(session: AsyncSession, letter_id: UUID) -> RowMapping:
    """Return one letter with its payload."""
    found = await session.execute(select(DEAD_LETTERS).where(DEAD_LETTERS.c.id == letter_id))
    row = found.mappings().one_or_none()
    if row is None:
        raise DeadLetterNotFoundError(letter_id)
    return row


async def mark_retry(session: AsyncSession, letter_id: UUID) -> None:
    """Ask the worker to run the handler again; a letter being retried stays so."""
    await _settle(session, letter_id, {"state": "retrying"})


async def drop(session: AsyncSession, letter_id: UUID, reason: str) -> None:
    """Give a letter up, saying why."""
    await _settle(session, letter_id, {"state": "done", "note": reason})


async def wanted_retries(session: AsyncSession) -> set[str]:
    """Return the durables with letters that somebody asked to retry."""
    found = select(DEAD_LETTERS.c.durable).where(DEAD_LETTERS.c.state == "retrying").distinct()
    return set(await session.scalars(found))


async def list_retries(session: AsyncSession, durable: str) -> Sequence[RowMapping]:
    """Return the letters of a durable that somebody asked to retry, a hundred at most."""
    query = select(DEAD_LETTERS).where(_RETRYING, DEAD_LETTERS.c.durable == durable)
    found = await session.execute(query.order_by(DEAD_LETTERS.c.id).limit(100))
    return found.mappings().all()


async def hold_retry(session: AsyncSession, letter_id: UUID) -> bool:
    """Lock a letter that is still to be retried; False when another worker has it."""
    mine = select(DEAD_LETTERS.c.id).where(_RETRYING, DEAD_LETTERS.c.id == letter_id)
    return await session.scalar(mine.with_for_update(skip_locked=True)) is not None


async def settle_retry(session: AsyncSession, letter_id: UUID, error: str | None) -> None:
    """Write down how a retry went: done, or open again with the new reason."""
    values: dict[str, Any] = {"last_at": func.now(), "attempts": DEAD_LETTERS.c.attempts + 1}
    values |= {"state": "done", "note": "retried"} if error is None else {"state": "open"}
    if error is not None:
        values["reason"] = error
    # what another worker settled meanwhile stands
    mine = update(DEAD_LETTERS).where(_RETRYING, DEAD_LETTERS.c.id == letter_id)
    await session.execute(mine.values(values))


async def _settle(session: AsyncSession, letter_id: UUID, values: dict[str, Any]) -> None:
    changed = await session.execute(
        update(DEAD_LETTERS)
        .where(DEAD_LETTERS.c.id == letter_id, DEAD_LETTERS.c.state.in_(OPEN))
        .values(values)
        .returning(DEAD_LETTERS.c.id)
    )
    # missing and settled are told apart only now, when nothing was changed
    if changed.first() is None:
        await get(session, letter_id)
        raise DeadLetterSettledError(letter_id)
