"""Timed work of the board."""

from crm_deals.board.statements import fold_tallies
from crm_shared.worker import Job, JobContext


async def fold(context: JobContext) -> int:
    """Fold the board's tallies; done for now when it is done once."""
    async with context.sessions.begin() as session:
        await fold_tallies(session)
    return 0


JOBS = [Job("board-tallies", 5.0, fold)]
