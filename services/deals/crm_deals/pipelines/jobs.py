"""Timed work of the pipelines feature."""

from typing import Any

from crm_deals.pipelines import queries, use_cases
from crm_shared.worker import JobContext

SALES: list[dict[str, Any]] = [
    {"label": "New", "probability": 10},
    {"label": "Qualified", "probability": 25},
    {"label": "Proposal", "probability": 50},
    {"label": "Negotiation", "probability": 75},
    {"label": "Won", "probability": 100, "outcome": "won"},
    {"label": "Lost", "probability": 0, "outcome": "lost"},
]


async def set_up_first_pipeline(context: JobContext) -> int:
    """Give a fresh installation its first pipeline, announced like any other; once for good."""
    async with context.sessions.begin() as session:
        if await queries.was_ever_set_up(session):
            return 0
        # workers of a first start come here together; the second finds what the first has made
        await queries.lock_first_start(session)
        if await queries.was_ever_set_up(session):
            return 0
        await use_cases.create_pipeline(session, {"label": "Sales"}, SALES)
    return 1
