"""Keeping the words of names."""

from collections.abc import Collection, Iterable
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.search import queries
from crm_contacts.search.models import SearchTerm
from crm_contacts.search.rules import name_words


async def learn_names(session: AsyncSession, kind: str, ids: Collection[UUID]) -> int:
    """Add the words of these records' names; return how many were not known."""
    words = name_words(await queries.texts_of(session, kind, ids))
    if not words:
        return 0
    # sorted: two workers that learn the same words wait for each other, not deadlock
    rows = [{"term": word} for word in sorted(words)]
    statement = insert(SearchTerm).on_conflict_do_nothing().returning(SearchTerm.term)
    return len((await session.scalars(statement, rows)).all())


async def forget_names(session: AsyncSession, texts: Iterable[str]) -> int:
    """Remove those words of these texts that stand in no record's name any more."""
    return await _remove(session, name_words(texts))


async def forget_unused(session: AsyncSession, *, after: str, limit: int) -> str | None:
    """Remove unused words among the next ones; return the last looked at, None at the end."""
    some = await queries.terms_after(session, after, limit=limit)
    await _remove(session, some)
    return some[-1] if len(some) == limit else None


async def _remove(session: AsyncSession, words: Collection[str]) -> int:
    unused = set(words) - await queries.words_in_use(session, words)
    if unused:
        await session.execute(delete(SearchTerm).where(SearchTerm.term.in_(sorted(unused))))
    return len(unused)
