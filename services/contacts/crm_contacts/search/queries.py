"""The one search over persons and organisations, typos and both alphabets included."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    String,
    and_,
    bindparam,
    cast,
    func,
    literal,
    or_,
    select,
    text,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.companies.models import Company
from crm_contacts.contacts.models import Contact
from crm_shared.actor import Access
from crm_shared.db.scope import visible

# how alike a word and a part of the text must be; one typo in six letters still passes
LIKENESS = 0.4
_SET_LIKENESS = text("SELECT set_config('pg_trgm.word_similarity_threshold', :likeness, true)")


async def search(
    session: AsyncSession,
    words: Sequence[str],
    *,
    contacts: Access | None,
    companies: Access | None,
    limit: int,
) -> Sequence[Row[Any]]:
    """Return what fits all words, the likest first; `None` leaves a kind out."""
    await session.execute(_SET_LIKENESS, {"likeness": str(LIKENESS)})
    parts = []
    if contacts is not None:
        parts.append(_contacts(contacts, words, limit))
    if companies is not None:
        parts.append(_companies(companies, words, limit))
    hits = union_all(*parts).subquery("hits")
    ranked = select(hits).order_by(hits.c.score.desc(), hits.c.id.desc()).limit(limit)
    return (await session.execute(ranked)).all()


def _contacts(access: Access, words: Sequence[str], limit: int) -> Select[Any]:
    name = func.concat_ws(" ", Contact.first_name, Contact.middle_name, Contact.last_name)
    return _ranked(
        select(
            literal("contact").label("kind"),
            Contact.id,
            cast(name, String).label("name"),
            Contact.email_keys.label("emails"),
            Contact.phone_keys.label("phones"),
            Contact.company_id,
            Contact.owner_id,
            _likeness(Contact.search_text, words).label("score"),
        ).where(
            visible(access, Contact.owner_id, Contact.team_id),
            Contact.deleted_at.is_(None),
            _fits(Contact.search_text, words),
        ),
        limit,
    )


def _companies(access: Access, words: Sequence[str], limit: int) -> Select[Any]:
    return _ranked(
        select(
            literal("company").label("kind"),
            Company.id,
            Company.name.label("name"),
            Company.email_keys.label("emails"),
            Company.phone_keys.label("phones"),
            Company.id.label("company_id"),
            Company.owner_id,
            _likeness(Company.search_text, words).label("score"),
        ).where(
            visible(access, Company.owner_id, Company.team_id),
            Company.deleted_at.is_(None),
            _fits(Company.search_text, words),
        ),
        limit,
    )


def _ranked(found: Select[*tuple[Any, ...]], limit: int) -> Select[Any]:
    best = found.order_by(text("score DESC"), text("id DESC")).limit(limit).subquery()
    return select(best)


def _fits(column: Any, words: Sequence[str]) -> ColumnElement[bool]:
    # the pattern finds parts of addresses and numbers, the likeness forgives typos; both use
    # the trigram index
    return and_(
        *(
            or_(
                column.contains(word, autoescape=True),
                bindparam(None, word, String).op("<%", is_comparison=True)(column),
            )
            for word in words
        )
    )


def _likeness(column: Any, words: Sequence[str]) -> ColumnElement[float]:
    found: ColumnElement[float] = literal(0.0)
    for word in words:
        found = found + func.word_similarity(word, column)
    return found / len(words)
