"""The rule shape: what wakes a rule, what leaves it asleep, and that each runs once."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase

from crm_shared.clock import utc_now
from crm_shared.db.engine import make_engine, make_sessions
from crm_shared.db.types import Aggregate
from crm_shared.events.envelope import Envelope
from crm_shared.events.rules import RuleBook, RuleColumns, Run, log_runs
from crm_shared.filters import fields_of
from crm_shared.testing.events import envelope_of
from crm_shared.testing.street import Street, ToySeen

FIELDS = {ToySeen.type: fields_of(ToySeen)}
FAR = {"field": "place", "op": "gte", "value": 5}


class Base(DeclarativeBase):
    pass


class ToyRule(Base, Aggregate, RuleColumns):
    __tablename__ = "toy_rules"


@pytest.fixture
async def rules(street: Street) -> AsyncIterator[AsyncSession]:
    engine = make_engine(street.counter_url, application="tests")
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    async with make_sessions(engine)() as session:
        yield session
    await engine.dispose()


def rule(**given: object) -> ToyRule:
    fields = {"name": "far", "event_type": ToySeen.type, "conditions": FAR, "revision": 1}
    return ToyRule(**{**fields, "active_from": utc_now() - timedelta(hours=1), **given})


def moved(place: int, *, bulk: bool = False) -> Envelope[ToySeen]:
    return envelope_of(ToySeen(place=place), bulk=bulk)


class TestMatching:
    async def test_finds_the_events_whose_conditions_hold(self, rules: AsyncSession) -> None:
        rules.add(rule())
        await rules.flush()

        found = await RuleBook(ToyRule, FIELDS).matching(rules, [moved(1), moved(5), moved(9)])

        assert [match.envelope.data.place for match in found] == [5, 9]

    async def test_is_asked_first_in_a_savepoint_too(self, rules: AsyncSession) -> None:
        """A letter that is tried again is handled inside one."""
        rules.add(rule())
        await rules.commit()

        async with rules.begin_nested():
            found = await RuleBook(ToyRule, FIELDS).matching(rules, [moved(5)])

        assert len(found) == 1

    @pytest.mark.parametrize(
        "given",
        [
            {"is_active": False},
            {"deleted_at": utc_now()},
            {"active_from": utc_now() + timedelta(hours=1)},
            {"event_type": "crm.toys.toy.created.v1"},
        ],
    )
    async def test_leaves_out_rules_that_are_not_in_force(
        self, rules: AsyncSession, given: dict[str, object]
    ) -> None:
        rules.add(rule(**given))
        await rules.flush()

        assert await RuleBook(ToyRule, FIELDS).matching(rules, [moved(9)]) == []

    async def test_a_mass_change_wakes_only_rules_that_ask_for_it(
        self, rules: AsyncSession
    ) -> None:
        rules.add_all([rule(name="quiet"), rule(name="loud", on_bulk=True)])
        await rules.flush()

        found = await RuleBook(ToyRule, FIELDS).matching(rules, [moved(9, bulk=True)])

        assert [match.rule.name for match in found] == ["loud"]

    async def test_sees_a_change_at_the_next_batch(self, rules: AsyncSession) -> None:
        one = rule()
        rules.add(one)
        await rules.flush()
        book = RuleBook(ToyRule, FIELDS)
        assert len(await book.matching(rules, [moved(5)])) == 1

        await rules.execute(
            text("UPDATE toy_rules SET revision = 2, conditions = '{}' WHERE id = :id"),
            {"id": one.id},
        )
        rules.info.clear()  # a batch is a session of its own

        assert len(await book.matching(rules, [moved(1)])) == 1


async def test_a_version_of_a_rule_has_one_line_per_event(rules: AsyncSession) -> None:
    one = Run(rule().id or envelope_of(ToySeen(place=1)).id, 1, moved(9), "done")

    await log_runs(rules, [one, replace(one, outcome="skipped", reason="again")])
    await log_runs(rules, [one])

    lines = (await rules.execute(text("SELECT outcome FROM rule_runs"))).all()
    assert [line.outcome for line in lines] == ["done"]
