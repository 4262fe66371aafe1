"""Who counts as one customer, for one transaction: without merges, or with the parent company."""

from sqlalchemy import DateTime, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.metrics.rules.asks import Ask

_HIDE = text(
    "CREATE TEMPORARY TABLE aliases (LIKE public.aliases INCLUDING INDEXES) ON COMMIT DROP"
)
# Up by merges and by parents, as far as it goes; twenty steps, for parents may stand in a ring.
_PARENTS = text("""
    INSERT INTO pg_temp.aliases (kind, loser_id, survivor_id, into_id, revision)
    WITH RECURSIVE merged AS (
        SELECT loser_id AS id, survivor_id AS up FROM public.aliases
        WHERE survivor_id <> loser_id AND NOT :as_was
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
""").bindparams(bindparam("as_of", type_=DateTime(timezone=True)))


async def regroup(session: AsyncSession, ask: Ask) -> None:
    """Hide who was merged into whom; in the roll-up each company stands for its topmost parent."""
    await session.execute(_HIDE)
    if ask.customers == "parent":
        await session.execute(_PARENTS, {"as_was": ask.as_was, "as_of": ask.as_of})
