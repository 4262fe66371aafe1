"""M10: the log is read once for all who listen, and each hears only what he may."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.consumers import SUBSCRIPTIONS
from crm_notifications.inbox import use_cases
from crm_notifications.stream import queries
from crm_notifications.stream.queries import Wire
from crm_notifications.stream.rules import may_listen
from crm_notifications.testing import stage_moved
from crm_shared.actor import Access, Actor, Role, Scope
from crm_shared.db.engine import Sessions
from crm_shared.ids import new_id


async def told(session: AsyncSession, number: int) -> None:
    [feed] = [one for one in SUBSCRIPTIONS if one.durable == "notifications-deals-feed"]
    await feed.handle(session, [stage_moved() for _ in range(number)])
    while await use_cases.write_next(session):
        await session.commit()
    await session.commit()


class TestWire:
    async def test_is_read_once_for_many_and_by_oneself_when_one_lags(
        self, session: AsyncSession, sessions: Sessions
    ) -> None:
        await told(session, 2)
        wire = Wire(sessions)
        late = await wire.behind(0, within_s=5)
        assert late is not None
        assert len(late.rows) == 2
        listening = [asyncio.create_task(wire.behind(late.until, within_s=10)) for _ in range(20)]
        said: list[str] = []
        engine: Any = sessions.kw["bind"].sync_engine
        await told(session, 3)

        def heard(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
            said.append(statement)

        event.listen(engine, "before_cursor_execute", heard)
        found = await asyncio.gather(*listening)
        event.remove(engine, "before_cursor_execute", heard)

        assert all(one is found[0] for one in found)
        assert found[0] is not None
        assert len(found[0].rows) == 3
        # the place, the events, the notices: whoever listens
        assert len(said) <= 6
        behind = await wire.behind(0, within_s=5)
        assert behind is not None
        assert len(behind.rows) == 5
        assert await wire.behind(behind.until, within_s=0) is None

    async def test_is_at_its_end_at_once_whatever_came_while_nobody_listened(
        self, session: AsyncSession, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """An import of many pages is neither gone through by who comes, nor paced for who waits."""
        monkeypatch.setattr(queries, "PAGE", 2)
        await told(session, 1)
        wire = Wire(sessions)
        first = await wire.behind(0, within_s=5)
        assert first is not None
        await told(session, 7)
        end = first.until + 7
        await told(session, 1)

        news = await wire.behind(end, within_s=5)
        assert news is not None
        assert (news.until, len(news.rows)) == (end + 1, 1)

        # one who was there all the time: page after page, without a breath between
        await told(session, 9)
        position, seen = news.until, 0
        while position < end + 10:
            some = await wire.behind(position, within_s=5)
            assert some is not None
            position, seen = some.until, seen + len(some.rows)
            monkeypatch.setattr(queries, "LOOK_EVERY_S", 60)
        assert seen == 9


OWN, TEAM = new_id(), new_id()


class TestMayListen:
    @pytest.mark.parametrize(
        ("role", "scope", "noun", "owner", "team", "hears"),
        [
            (Role.SELLER, Scope.OWN, "deal", OWN, None, True),
            (Role.SELLER, Scope.OWN, "deal", new_id(), TEAM, False),
            (Role.HEAD, Scope.TEAM, "deal", new_id(), TEAM, True),
            (Role.HEAD, Scope.TEAM, "deal", new_id(), new_id(), False),
            (Role.VIEWER, Scope.ALL, "deal", None, None, True),
            # not everybody's daily work, however far one sees
            (Role.ADMIN, Scope.ALL, "user", None, None, False),
            (Role.MARKETING, Scope.ALL, "deal", new_id(), None, False),
            (Role.MARKETING, Scope.ALL, "task", OWN, None, True),
            (Role.ACCOUNTANT, Scope.ALL, "lead", new_id(), None, False),
            (Role.ACCOUNTANT, Scope.ALL, "invoice", new_id(), None, True),
        ],
    )
    def test_is_decided_by_scope_role_and_noun(
        self,
        role: Role,
        scope: Scope,
        noun: str,
        owner: UUID | None,
        team: UUID | None,
        hears: bool,
    ) -> None:
        access = Access(Actor(OWN, role, frozenset({TEAM})), scope)

        assert may_listen(access, noun, owner, team) is hears
