"""Timed work of the search."""

from crm_contacts.search import use_cases
from crm_shared.worker import Job, JobContext

A_PAGE = 500


async def forget_unused_words(context: JobContext) -> int:
    """Go once through the words of names and remove those that nobody bears any more."""
    after: str | None = ""
    while after is not None:
        async with context.sessions.begin() as session:
            after = await use_cases.forget_unused(session, after=after, limit=A_PAGE)
    return 0


JOBS = [Job("search-words", 6 * 3600.0, forget_unused_words)]
