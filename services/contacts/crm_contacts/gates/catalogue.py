"""What validations may say of each noun, and the ones in force as this process knows them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import ARRAY, Pool
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.inspection import inspect

from crm_contacts.cases.models import Case
from crm_contacts.cases.rules import CaseStatus
from crm_contacts.companies.models import Company
from crm_contacts.contacts.models import Contact
from crm_contacts.customs.catalogue import BOOK
from crm_contacts.leads.models import Lead, LeadStatus
from crm_contacts.validations.queries import list_active_validations, validation_mark
from crm_shared.filters import Field, Fields
from crm_shared.validations.rules import ValidationEntry, entry_of

Row = Contact | Company | Lead | Case
ADDRESSES = ("emails", "phones")
# what is computed, or is not the record's own word
INNER = frozenset(
    {"revision", "search_text", "email_keys", "phone_keys", "custom_fields", "personal_fields"}
)
ALWAYS = frozenset({"create", "stage", "archive", "field"})
CHECKS = frozenset({"field_filled", "owner_present", "tags_present", "holds", "limit_per_user"})


@dataclass(frozen=True, slots=True)
class GuardedNoun:
    """One noun: what its rows hold, what can happen to them, what can be demanded."""

    name: str
    model: type[Any]
    stage: str
    triggers: frozenset[str]
    checks: frozenset[str]
    outcomes: frozenset[str] = frozenset()

    @property
    def fields(self) -> frozenset[str]:
        """Every field of a row that a validation may name."""
        return _columns(self.model)

    @property
    def askable(self) -> Fields:
        """What conditions may ask of a row; lists of documents cannot be asked."""
        return Fields(_askable(self.model, self.fields))

    def values_of(self, row: Row) -> dict[str, Any]:
        """Return how a row stands, custom fields and bare addresses with it."""
        values = {name: getattr(row, name) for name in self.fields}
        values["custom"] = row.all_fields
        if not isinstance(row, Case):
            values |= {"emails": row.email_keys, "phones": row.phone_keys}
        return values


_columns_of: dict[type[Any], frozenset[str]] = {}


def _columns(model: type[Any]) -> frozenset[str]:
    if model not in _columns_of:
        _columns_of[model] = frozenset(one.key for one in inspect(model).column_attrs) - INNER
    return _columns_of[model]


def _askable(model: type[Any], names: Iterable[str]) -> Iterable[tuple[str, Field]]:
    for name in names:
        kind = inspect(model).columns[name].type
        if name in ADDRESSES:
            yield name, Field(list[str])
        elif isinstance(kind, ARRAY):
            yield name, Field(list[kind.item_type.python_type])  # type: ignore[name-defined]
        elif not isinstance(kind, JSONB):
            yield name, Field(getattr(kind, "impl_instance", kind).python_type)


WORK = frozenset({"task_present", "call_present"})
NOUNS: Mapping[str, GuardedNoun] = {
    noun.name: noun
    for noun in (
        GuardedNoun("contact", Contact, "lifecycle_stage", ALWAYS | {"merge"}, CHECKS | WORK),
        GuardedNoun("company", Company, "lifecycle_stage", ALWAYS | {"merge"}, CHECKS | WORK),
        GuardedNoun(
            "lead",
            Lead,
            "status",
            ALWAYS | {"outcome"},
            CHECKS,
            frozenset({LeadStatus.CONVERTED, LeadStatus.DISQUALIFIED}),
        ),
        GuardedNoun(
            "case", Case, "status", ALWAYS | {"outcome"}, CHECKS, frozenset({"success", "failure"})
        ),
    )
}
OF_MODEL = {noun.model: noun for noun in NOUNS.values()}


def outcome_of(row: Row) -> str | None:
    """Return how a record ended, when it stands where things end."""
    if isinstance(row, Lead):
        return row.status if row.status in NOUNS["lead"].outcomes else None
    if isinstance(row, Case):
        return row.outcome if row.status == CaseStatus.SOLVED else None
    return None


@dataclass(frozen=True, slots=True)
class Guards:
    """What is in force; without any of it there is nothing to ask."""

    mark: int = 0
    entries: tuple[ValidationEntry, ...] = ()


_known: WeakKeyDictionary[Pool, Guards] = WeakKeyDictionary()


async def guards_now(session: AsyncSession) -> Guards:
    """Return what is in force at this moment: read anew when anything about it changed."""
    mark = await validation_mark(session)
    known = guards_known(session)
    if known.mark != mark:
        # the mark was read first: entries can only be newer than it says
        known = _known[_pool_of(session)] = Guards(mark, await _entries(session))
    return known


def guards_known(session: AsyncSession) -> Guards:
    """Return what this process knows, for a write that refuses another mark by itself."""
    return _known.get(_pool_of(session), Guards())


def _pool_of(session: AsyncSession) -> Pool:
    bind = session.bind
    if bind is None:
        raise TypeError("a session without a database")
    return bind.engine.pool


async def _entries(session: AsyncSession) -> tuple[ValidationEntry, ...]:
    # the mark may have been raised by a field that this process still knows as it was
    await BOOK.reload(session, "contact")
    askable = {noun.name: await askable_of(session, noun) for noun in NOUNS.values()}
    rows = await list_active_validations(session)
    return tuple(
        entry_of(row, askable[row.noun], within=row.noun, stages=row.stages) for row in rows
    )


async def askable_of(session: AsyncSession, noun: GuardedNoun) -> Fields:
    """Return what conditions may name: a noun's own fields and custom ones."""
    return Fields({**noun.askable, **await BOOK.filters(session, noun.name, None)})
