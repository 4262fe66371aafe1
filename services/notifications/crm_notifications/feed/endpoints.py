"""Routes of the feed."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any
from uuid import UUID
from weakref import WeakKeyDictionary

from fastapi import Query, Request, Response

from crm_notifications.feed import queries
from crm_notifications.feed.errors import EventPatternError, PositionAheadError, PositionGoneError
from crm_notifications.feed.queries import Tail, Wanted
from crm_notifications.feed.rules import is_pattern, seen_in, veiled
from crm_notifications.feed.schemas import FeedPageOut, FeedPositionOut
from crm_notifications.permissions import READ_EVENTS
from crm_shared import context
from crm_shared.actor import Access
from crm_shared.db.engine import Sessions
from crm_shared.http.auth import require
from crm_shared.http.exchange import Exchange, exchange_of
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionsDep
from crm_shared.http.veil import take_note

router = service_router(prefix="/v1/events", tags=["events"])
ReadAccess = Annotated[Access, require(READ_EVENTS)]
MOST_POSITION = 2**62
# positions that one look goes over
AT_ONCE = 50_000
# one for all who wait in this process; a process may serve several databases (tests do)
_TAILS: WeakKeyDictionary[Sessions, Tail] = WeakKeyDictionary()


def tail_of(sessions: Sessions) -> Tail:
    """Return the process's look at the end of a database's log."""
    return _TAILS.setdefault(sessions, Tail(sessions))


def read_patterns(types: str | None) -> tuple[str, ...]:
    """Return the patterns of a `types` parameter, or refuse what fits no type."""
    patterns = tuple(filter(None, map(str.strip, (types or "").split(","))))
    if not all(map(is_pattern, patterns)):
        raise EventPatternError("/query/types")
    return patterns


@router.get(
    "",
    response_model=FeedPageOut,
    responses=responses(PositionGoneError, PositionAheadError, EventPatternError),
)
async def read_events(
    request: Request,
    access: ReadAccess,
    sessions: SessionsDep,
    after: Annotated[
        int | None,
        Query(ge=0, le=MOST_POSITION, description="From the oldest event kept when absent"),
    ] = None,
    types: Annotated[
        str | None,
        Query(max_length=1000, description="Patterns, separated by commas: `crm.deals.deal.>`"),
    ] = None,
    subject: Annotated[UUID | None, Query(description="Only events of this record")] = None,
    wait: Annotated[
        int, Query(ge=0, le=60, description="Seconds to wait when there is nothing yet")
    ] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Response:
    """Read events behind a position, in order; with `wait` the answer comes with the next event.

    Every event comes at least once and has one id: keep `next` together with what you did. 410
    when the position is older than what is kept, or the log never came so far. A page may be empty
    and `more` true all the same: so far there was nothing for you, read on from `next`.
    """
    patterns = read_patterns(types)
    after = await begin_behind(sessions, after)
    wanted = Wanted(after, patterns, subject, limit)
    deadline = _now() + wait
    rows, stretch = await _look(sessions, access, wanted)
    while not rows and _now() < deadline:
        left = deadline - _now()
        if not await tail_of(sessions).moves_beyond(stretch.until, within_s=left):
            break
        wanted = replace(wanted, after=stretch.until)
        rows, stretch = await _look(sessions, access, wanted)
    return await _page(exchange_of(request), rows, wanted, stretch)


async def begin_behind(sessions: Sessions, after: int | None) -> int:
    """Return where a reader begins: the oldest event kept, unless he says; refuse what is gone."""
    async with sessions() as session:
        oldest, newest = await queries.floor(session), await queries.newest_position(session)
    if after is None:
        return oldest
    if after < oldest:
        raise PositionGoneError(after, oldest)
    if after > newest:
        raise PositionAheadError(after, newest)
    return after


@router.get("/position", response_model=FeedPositionOut)
async def read_event_position(_access: ReadAccess, session: ReadSessionDep) -> FeedPositionOut:
    """Read where the log ends: note it, load the lists, then read events behind it."""
    return FeedPositionOut(
        position=await queries.newest_position(session), oldest=await queries.floor(session)
    )


@dataclass(frozen=True, slots=True)
class _Stretch:
    """How far a look went, and whether the log goes on behind it."""

    until: int
    goes_on: bool


async def _look(
    sessions: Sessions, access: Access, wanted: Wanted
) -> tuple[Sequence[Any], _Stretch]:
    async with sessions() as session:
        # read before the events: what comes in between is for the next look
        newest = max(await queries.newest_position(session), wanted.after)
        # who may hear of little would have the whole log read for him, until the statement's time
        # is over; of one record an index knows them all
        far = newest if wanted.subject is not None else wanted.after + AT_ONCE
        stretch = _Stretch(min(newest, far), goes_on=far < newest)
        return await queries.events_after(session, access, wanted, until=stretch.until), stretch


async def _page(
    exchange: Exchange, rows: Sequence[Any], wanted: Wanted, stretch: _Stretch
) -> Response:
    is_full = len(rows) == wanted.limit
    shown = [_shown(row) for row in rows]
    if watched := exchange.resources.policies.watched:
        await take_note(exchange, seen_in(map(json.loads, shown), watched))
    following = rows[-1].position if is_full else stretch.until
    more = is_full or stretch.goes_on
    # envelopes go out as they are kept: reading and writing each again would take the most time
    events = ",".join(
        f'{{"position":{row.position},"event":{event}}}'
        for row, event in zip(rows, shown, strict=True)
    )
    content = f'{{"events":[{events}],"next":{following},"more":{json.dumps(more)}}}'
    return Response(content, media_type="application/json")


def _shown(row: Any) -> str:
    hidden = context.current().hidden
    if not hidden:
        return str(row.envelope)
    shown = veiled(json.loads(row.envelope), hidden)
    return json.dumps(shown, ensure_ascii=False, separators=(",", ":"))


def _now() -> float:
    return asyncio.get_running_loop().time()
