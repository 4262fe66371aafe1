"""The rebuild's own statements: a schema beside the public one, and the exchange of the two."""

from collections.abc import Collection, Sequence
from typing import Any, cast
from uuid import UUID

from sqlalchemy import PrimaryKeyConstraint, Table, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.schema import CreateIndex, CreateTable

from crm_reporting.contributions.models import Channel, Contribution, Counter
from crm_reporting.custom_metrics.models import CustomFact
from crm_reporting.facts.models import DealFact, NounFact
from crm_reporting.rebuilds.models import Touched
from crm_reporting.summaries.models import BusySpan, CustomerDay, Decision, StaleCustomer
from crm_shared.events.envelope import Envelope

SHADOW, OLD = "rebuild", "rebuild_old"
_INDEX_MEMORY = "256MB"
# Everything that follows from the ledger; in this order it is made and exchanged.
COUNTED = [
    cast("Table", model.__table__)
    for model in (DealFact, NounFact, Contribution, Counter, Channel, CustomFact)
]
# they are found by their keys before the rest: what one says changes what another adds
FACTS, REST = COUNTED[:2], COUNTED[2:]
# of the rows of a customer together: summed over an index of them
SUMMED = [
    cast("Table", model.__table__) for model in (CustomerDay, Decision, BusySpan, StaleCustomer)
]
DERIVED = [*COUNTED, *SUMMED]

# the shadow's table is found first: see work_in_shadow
_KEEP_OTHERS = text("""
    INSERT INTO custom_facts SELECT * FROM public.custom_facts
    WHERE (metric_id, revision) NOT IN (
        SELECT * FROM unnest(CAST(:metrics AS uuid[]), CAST(:revisions AS int[])))
    ON CONFLICT DO NOTHING
""")


async def touch(session: AsyncSession, batch: Sequence[Envelope[Any]]) -> None:
    """Note events that come while a rebuild runs."""
    rows = [{"event_id": one.id, "recorded_at": one.recordedtime} for one in batch]
    await session.execute(upsert(Touched).on_conflict_do_nothing(), rows)


async def make_shadow(session: AsyncSession) -> None:
    """Make empty tables of the same names in a schema of their own, without keys and indexes."""
    await session.execute(text(f"DROP SCHEMA IF EXISTS {SHADOW} CASCADE"))
    await session.execute(text(f"CREATE SCHEMA {SHADOW}"))
    await work_in_shadow(session)
    for table in DERIVED:
        await session.execute(CreateTable(table))
        for key in _keys(table):
            await session.execute(text(f"ALTER TABLE {table.name} DROP CONSTRAINT {key.name}"))


async def make_indexes(session: AsyncSession, tables: Sequence[Table]) -> None:
    """Give filled shadow tables their keys and indexes: far cheaper than row by row."""
    await session.execute(text(f"SET LOCAL maintenance_work_mem = '{_INDEX_MEMORY}'"))
    for table in tables:
        for key in _keys(table):
            kind = "PRIMARY KEY" if isinstance(key, PrimaryKeyConstraint) else "UNIQUE"
            columns = ", ".join(key.columns.keys())
            await session.execute(
                text(f"ALTER TABLE {table.name} ADD CONSTRAINT {key.name} {kind} ({columns})")
            )
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            await session.execute(CreateIndex(index))
        await session.execute(text(f"ANALYZE {table.name}"))


def _keys(table: Table) -> list[PrimaryKeyConstraint | UniqueConstraint]:
    # labels come again and again: their key is what keeps them once
    if table is Channel.__table__:
        return []
    kinds = (PrimaryKeyConstraint, UniqueConstraint)
    found = [one for one in table.constraints if isinstance(one, kinds)]
    return sorted(found, key=lambda key: str(key.name))


async def work_in_shadow(session: AsyncSession) -> None:
    """Let this transaction read and write the shadow tables by their ordinary names."""
    await session.execute(text(f"SET LOCAL search_path TO {SHADOW}, public"))
    await session.execute(text("SET LOCAL statement_timeout = 0"))
    await session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
    # a crash ends the rebuild, whatever of it the disk had: the exchange itself waits for the disk
    await session.execute(text("SET LOCAL synchronous_commit = off"))


async def keep_others(session: AsyncSession, counted: Collection[tuple[UUID, int]]) -> None:
    """Take over what own metrics came to that were defined or changed while the rebuild ran."""
    # whoever counts their past waits until the exchange, and goes on in the new table
    await session.execute(text("LOCK TABLE public.custom_facts IN SHARE MODE"))
    metrics, revisions = [one for one, _ in counted], [revision for _, revision in counted]
    await session.execute(_KEEP_OTHERS, {"metrics": metrics, "revisions": revisions})


async def vacuum(engine: AsyncEngine) -> None:
    """Note of the new tables which pages all may see: lists are then read from indexes alone."""
    async with engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(text("SET statement_timeout = 0"))
        try:
            for table in DERIVED:
                # whoever holds it is PostgreSQL's own vacuum, at the same work
                await connection.execute(text(f"VACUUM (SKIP_LOCKED) {table.name}"))
        finally:
            await connection.execute(text("RESET statement_timeout"))


async def exchange(session: AsyncSession) -> None:
    """Put the shadow tables in the place of the kept ones, which are dropped."""
    await session.execute(text("SET LOCAL lock_timeout = '60s'"))
    await session.execute(text("SET LOCAL synchronous_commit = on"))
    await session.execute(text(f"DROP SCHEMA IF EXISTS {OLD} CASCADE"))
    await session.execute(text(f"CREATE SCHEMA {OLD}"))
    for table in DERIVED:
        await session.execute(text(f"ALTER TABLE public.{table.name} SET SCHEMA {OLD}"))
        await session.execute(text(f"ALTER TABLE {SHADOW}.{table.name} SET SCHEMA public"))
    await session.execute(text(f"DROP SCHEMA {OLD} CASCADE"))
    await session.execute(text(f"DROP SCHEMA {SHADOW} CASCADE"))
