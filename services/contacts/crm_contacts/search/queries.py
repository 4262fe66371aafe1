"""The one search over persons, organisations, leads and cases: typos and both alphabets."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    String,
    Text,
    and_,
    cast,
    func,
    literal,
    literal_column,
    or_,
    select,
    text,
    union_all,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.cases.models import Case
from crm_contacts.companies.models import Company
from crm_contacts.contacts.models import Contact
from crm_contacts.folding.rules import WORDS, words_of
from crm_contacts.leads.models import Lead
from crm_contacts.search.models import SearchTerm
from crm_contacts.search.rules import patterns_of
from crm_shared.actor import Access
from crm_shared.db.scope import visible

# how alike two words must be; one typo in six letters still passes
LIKENESS = 0.4
# a common first name stands in a hundred thousand texts: so many are ranked, no more
RANKED = 200
# so many as typed, and nobody asks whether there was a typo
ENOUGH = 5
ADDRESS_SIGN = "@"
# more words that are a little alike find everybody and help nobody
_ALIKE = 8
_SET_LIKENESS = text("SELECT set_config('pg_trgm.similarity_threshold', :likeness, true)")
_WORDS = postgresql.ARRAY(Text)
_TEXTS: Mapping[str, Any] = {
    "contact": Contact,
    "company": Company,
    "lead": Lead,
    "case": Case,
}
# what has no addresses of its own
_NONE: Any = literal_column("'{}'::text[]")


async def search(
    session: AsyncSession,
    words: Sequence[str],
    *,
    access: Mapping[str, Access],
    limit: int,
) -> Sequence[Row[Any]]:
    """Return what fits all words, the likest first, of the kinds that `access` names.

    A whole address is looked up. Else: what holds the words as they are typed, and if that is
    little, what holds words that are alike.
    """
    if any(ADDRESS_SIGN in word for word in words):
        whole = [_typed(word) if ADDRESS_SIGN not in word else _whole(word) for word in words]
        # an address that is nobody's may still be half of one: then it is sought as text
        if found := await _ranked(session, words, access, limit, whole):
            return found
    typed = await _ranked(session, words, access, limit, [_typed(word) for word in words])
    if len(typed) >= min(ENOUGH, limit):
        return typed
    alike = await _alike(session, words)
    if not alike:
        return typed
    meant = [_one_of(alike[word]) if word in alike else _typed(word) for word in words]
    hits = {(hit.kind, hit.id): hit for hit in typed}
    for hit in await _ranked(session, words, access, limit, meant):
        # as typed goes first: its own score stands
        hits.setdefault((hit.kind, hit.id), hit)
    return sorted(hits.values(), key=lambda hit: (-hit.score, hit.id))[:limit]


async def texts_of(session: AsyncSession, kind: str, ids: Collection[UUID]) -> list[str]:
    """Return what the search knows of these records."""
    model = _TEXTS[kind]
    return list(await session.scalars(select(model.search_text).where(model.id.in_(ids))))


async def terms_after(session: AsyncSession, after: str, *, limit: int) -> list[str]:
    """Return the next words of names, in their order."""
    some = select(SearchTerm.term).where(SearchTerm.term > after).order_by(SearchTerm.term)
    return list(await session.scalars(some.limit(limit)))


async def words_in_use(session: AsyncSession, words: Collection[str]) -> set[str]:
    """Return those of these words that stand in a record's name, deleted records included."""
    asked = select(func.unnest(cast(sorted(words), _WORDS)).label("word")).subquery()
    stands = or_(
        *(
            select(literal(1))
            .select_from(model)
            .where(_words_of(model).contains(postgresql.array([asked.c.word])))
            .exists()
            for model in _TEXTS.values()
        )
    )
    return set(await session.scalars(select(asked.c.word).where(stands)))


async def _alike(session: AsyncSession, words: Sequence[str]) -> Mapping[str, list[str]]:
    # for this transaction only: the scan for duplicates has a threshold of its own
    await session.execute(_SET_LIKENESS, {"likeness": str(LIKENESS)})
    alike = {}
    for word in words:
        near = (
            select(SearchTerm.term)
            .where(SearchTerm.term.op("%", is_comparison=True)(word))
            .order_by(func.similarity(SearchTerm.term, word).desc(), SearchTerm.term)
            .limit(_ALIKE)
        )
        if terms := list(await session.scalars(near)):
            alike[word] = terms
    return alike


async def _ranked(
    session: AsyncSession,
    words: Sequence[str],
    access: Mapping[str, Access],
    limit: int,
    conditions: Sequence[ColumnElement[bool]],
) -> Sequence[Row[Any]]:
    parts = [_hits(kind, whose, words, conditions, limit) for kind, whose in access.items()]
    hits = union_all(*parts).subquery("hits")
    ranked = select(hits).order_by(hits.c.score.desc(), hits.c.id).limit(limit)
    return (await session.execute(ranked)).all()


def _hits(
    kind: str,
    access: Access,
    words: Sequence[str],
    conditions: Sequence[ColumnElement[bool]],
    limit: int,
) -> Select[Any]:
    model = _TEXTS[kind]
    some = (
        select(
            literal(kind).label("kind"),
            model.id,
            _NAMES[kind].label("name"),
            (_NONE if kind == "case" else model.email_keys).label("emails"),
            (_NONE if kind == "case" else model.phone_keys).label("phones"),
            (model.id if kind == "company" else model.company_id).label("company_id"),
            model.owner_id,
            model.search_text,
        )
        .where(visible(access, model.owner_id, model.team_id), model.deleted_at.is_(None))
        .where(and_(*conditions))
        .limit(RANKED)
        .subquery()
    )
    score = _likeness(some.c.search_text, words).label("score")
    told = [column for column in some.c if column.name != "search_text"]
    best = select(*told, score).order_by(text("score DESC"), some.c.id).limit(limit).subquery()
    return select(best)


def _typed(word: str) -> ColumnElement[bool]:
    held = literal_column("search_text", Text)
    return or_(*(held.like(pattern) for pattern in patterns_of(word)))


def _whole(word: str) -> ColumnElement[bool]:
    words: Any = literal_column(WORDS, _WORDS)
    found: ColumnElement[bool] = words.contains(cast(words_of(word), _WORDS))
    return found


def _one_of(terms: Iterable[str]) -> ColumnElement[bool]:
    words: Any = literal_column(WORDS, _WORDS)
    alike: ColumnElement[bool] = words.overlap(cast(list(terms), _WORDS))
    return alike


def _words_of(model: Any) -> Any:
    table = model.__tablename__
    return literal_column(WORDS.replace("search_text", f"{table}.search_text"), _WORDS)


def _likeness(column: Any, words: Sequence[str]) -> ColumnElement[float]:
    found: ColumnElement[float] = literal(0.0)
    for word in words:
        found = found + func.word_similarity(word, column)
    return found / len(words)


def _person(model: Any, *parts: Any) -> ColumnElement[str]:
    return cast(func.concat_ws(" ", *parts), String)


_NAMES: Mapping[str, ColumnElement[Any]] = {
    "contact": _person(Contact, Contact.first_name, Contact.middle_name, Contact.last_name),
    "company": cast(Company.name, String),
    "lead": func.coalesce(
        func.nullif(_person(Lead, Lead.first_name, Lead.last_name), ""), Lead.company_name, ""
    ),
    "case": _person(Case, Case.number, Case.subject),
}
