"""Who counts as one customer, for one transaction: without merges, by those then, with parents."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.metrics.rules.asks import Ask
from crm_shared.db.aliases import roots_of

_HIDE = text(
    "CREATE TEMPORARY TABLE aliases (LIKE public.aliases INCLUDING INDEXES) ON COMMIT DROP"
)
_KEPT = text("INSERT INTO pg_temp.aliases SELECT * FROM public.aliases")
_INTO = text("SELECT kind, loser_id, into_id FROM public.aliases")
# of each record that merges or unmerges named later: what the last word before then was, if any
_THEN = text("""
    WITH told AS (
        SELECT (envelope -> 'data' ->> 'loser_id')::uuid AS loser_id,
               (envelope -> 'data' ->> 'survivor_id')::uuid AS into_id,
               split_part(type, '.', 3) AS kind, split_part(type, '.', 4) AS verb,
               recorded_at, event_id
        FROM ledger
        WHERE split_part(type, '.', 4) IN ('merged', 'unmerged')
          AND split_part(type, '.', 3) IN ('company', 'contact')
    )
    SELECT DISTINCT ON (later.loser_id) later.kind, later.loser_id,
           CASE WHEN before.verb = 'merged' THEN before.into_id ELSE later.loser_id END AS into_id
    FROM told later
    LEFT JOIN told before
        ON before.loser_id = later.loser_id AND before.recorded_at <= :as_of
    WHERE later.recorded_at > :as_of
    ORDER BY later.loser_id, before.recorded_at DESC NULLS LAST, before.event_id DESC
""").bindparams(bindparam("as_of", type_=DateTime(timezone=True)))
_WRITE = text("""
    INSERT INTO pg_temp.aliases (kind, loser_id, survivor_id, into_id, revision)
    SELECT kind, loser, survivor, goes_into, 1
    FROM unnest(:kinds ::text[], :losers ::uuid[], :survivors ::uuid[], :intos ::uuid[])
        AS known (kind, loser, survivor, goes_into)
""")
# Up by merges and by parents, as far as it goes; twenty steps, for parents may stand in a ring.
_PARENTS = text("""
    INSERT INTO pg_temp.aliases (kind, loser_id, survivor_id, into_id, revision)
    WITH RECURSIVE merged AS (
        SELECT loser_id AS id, survivor_id AS up FROM pg_temp.aliases
        WHERE survivor_id <> loser_id
    ), newest AS (
        SELECT DISTINCT ON (id) id, (data ->> 'parent_id')::uuid AS up FROM noun_facts
        WHERE kind = 'company' AND (:as_of IS NULL OR recorded_at <= :as_of)
        ORDER BY id, revision DESC
    ), step AS (
        SELECT id, up FROM merged
        UNION ALL
        SELECT id, up FROM newest WHERE up IS NOT NULL AND id NOT IN (SELECT id FROM merged)
    ), way AS (
        SELECT id, up, 1 AS steps FROM step
        UNION ALL
        SELECT way.id, step.up, steps + 1 FROM way JOIN step ON step.id = way.up WHERE steps < 20
    )
    SELECT DISTINCT ON (id) 'company', id, up, up, 1 FROM way ORDER BY id, steps DESC
    ON CONFLICT (loser_id) DO UPDATE SET survivor_id = excluded.survivor_id
""").bindparams(bindparam("as_of", type_=DateTime(timezone=True)))


async def regroup(session: AsyncSession, ask: Ask) -> None:
    """Hide who was merged into whom; in the roll-up each company stands for its topmost parent.

    With `as_of` the merges that were known by then stay, and no later ones.
    """
    await session.execute(_HIDE)
    if not ask.as_was and ask.as_of is None:
        await session.execute(_KEPT)
    if not ask.as_was and ask.as_of is not None:
        await _recall_merges(session, ask.as_of)
    if ask.customers == "parent":
        await session.execute(_PARENTS, {"as_of": ask.as_of})


async def _recall_merges(session: AsyncSession, as_of: datetime) -> None:
    later = (await session.execute(_THEN, {"as_of": as_of})).all()
    if not later:
        await session.execute(_KEPT)
        return
    kinds: dict[UUID, str] = {}
    edges: dict[UUID, UUID] = {}
    for row in (*(await session.execute(_INTO)).all(), *later):
        kinds[row.loser_id], edges[row.loser_id] = row.kind, row.into_id
    roots = roots_of(edges)
    losers = list(edges)
    rows = {
        "kinds": [kinds[one] for one in losers],
        "losers": losers,
        "survivors": [roots[one] for one in losers],
        "intos": [edges[one] for one in losers],
    }
    await session.execute(_WRITE, rows)
