"""Timed work of the pipelines feature."""

from crm_deals.pipelines import catalogue, queries, use_cases
from crm_deals.reasons.queries import all_reasons
from crm_deals.reasons.use_cases import create_reason
from crm_shared.worker import JobContext


async def set_up_first_pipeline(context: JobContext) -> int:
    """Give a fresh installation a pipeline and reasons to close its deals with; once for good.

    They speak the first of `CRM_LANGUAGES`, and are announced like any other.
    """
    language = context.settings.language_list[0]
    async with context.sessions.begin() as session:
        if await queries.was_ever_set_up(session):
            return 0
        # workers of a first start come here together; the second finds what the first has made
        await queries.lock_first_start(session)
        if await queries.was_ever_set_up(session):
            return 0
        named = {"label": catalogue.first_label(language)}
        await use_cases.create_pipeline(session, named, catalogue.first_stages(language))
        # whoever brought reasons before the first start is asked for his own ones only
        if await session.scalar(all_reasons().limit(1)) is None:
            for reason in catalogue.first_reasons(language):
                await create_reason(session, reason)
    return 1
