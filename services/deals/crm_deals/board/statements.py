"""Folding the board's tallies: thousands of small rows into one for each column and owner."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

# A board reads the unfolded ones too; below this it is not worth writing the folded ones anew.
FOLD_AT = 500
_KEY = "pipeline_id, stage_id, currency, owner_id, team_id"
_FOLD = text(f"""
    WITH enough AS (
        SELECT 1 FROM board_tallies WHERE NOT is_folded OFFSET :fold_at LIMIT 1
    ), gone AS (
        DELETE FROM board_tallies WHERE EXISTS (SELECT 1 FROM enough)
        RETURNING {_KEY}, deals, amounts, amount
    ), folded AS (
        INSERT INTO board_tallies ({_KEY}, deals, amounts, amount, is_folded)
        SELECT {_KEY}, sum(deals), sum(amounts), sum(amount), true FROM gone
        GROUP BY {_KEY}
        HAVING sum(deals) <> 0 OR sum(amounts) <> 0 OR sum(amount) <> 0
    )
    SELECT count(*) FROM gone
""")  # noqa: S608 - names of our own columns


async def fold_tallies(session: AsyncSession, *, fold_at: int = FOLD_AT) -> int:
    """Fold the tallies when there are many; return how many rows went.

    Two replicas may do it at once: a row that one has taken is none of the other's.
    """
    return int(await session.scalar(_FOLD, {"fold_at": fold_at}) or 0)
