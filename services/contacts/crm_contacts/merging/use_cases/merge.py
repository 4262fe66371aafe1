"""One record goes into another."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.companies.errors import CompanyCircleError, CompanyOutsideScopeError
from crm_contacts.companies.models import Company
from crm_contacts.companies.queries import ancestors
from crm_contacts.contacts.errors import ContactOutsideScopeError, ContactRestrictedError
from crm_contacts.contacts.models import Contact
from crm_contacts.merging import queries
from crm_contacts.merging.errors import (
    AlreadyMergedError,
    LoserChangedError,
    SameRecordError,
    UnknownChoiceError,
)
from crm_contacts.merging.models import Merge
from crm_contacts.merging.rules import Combined, Side, combine
from crm_contacts.merging.use_cases.nouns import ClientT, Noun
from crm_shared import context
from crm_shared.actor import Access
from crm_shared.clock import utc_now
from crm_shared.db import aliases
from crm_shared.events.outbox import ChangedMeanwhileError


@dataclass(frozen=True, slots=True)
class MergeOrder:
    """What is to become one: the revisions are those the caller has read, None for any."""

    survivor_id: UUID
    loser_id: UUID
    take: Mapping[str, UUID] = field(default_factory=dict)
    survivor_revision: int | None = None
    loser_revision: int | None = None


@dataclass(frozen=True, slots=True)
class Merged(Generic[ClientT]):
    """Both records and what became of the survivor's fields."""

    survivor: ClientT
    loser: ClientT
    combined: Combined
    changed: list[str]

    @property
    def id(self) -> UUID:
        return self.survivor.id

    @property
    def revision(self) -> int:
        return self.survivor.revision


async def preview(
    session: AsyncSession, access: Access, noun: Noun[ClientT], order: MergeOrder
) -> Merged[ClientT]:
    """Return what a merge would make of two records, and change nothing."""
    survivor, loser = await _both(session, access, noun, order)
    combined = await _combined(session, noun, survivor, loser, order)
    return Merged(survivor, loser, combined, _differing(noun, survivor, combined))


async def merge(
    session: AsyncSession, access: Access, noun: Noun[ClientT], order: MergeOrder
) -> Merged[ClientT]:
    """Make one record of two; whatever names the other one is found under the survivor."""
    survivor, loser = await _both(session, access, noun, order)
    combined = await _combined(session, noun, survivor, loser, order)
    changed = _differing(noun, survivor, combined)
    # what may stand only once, a custom field perhaps, leaves the one before it comes to the other
    loser.deleted_at, loser.merged_into_id = utc_now(), survivor.id
    # two aggregates, two events: whoever follows one of the records alone hears of it
    await noun.announce(session, noun.merged, loser, survivor.id, loser.id)
    noun.put(survivor, combined.values)
    if not access.may_see(survivor.owner_id, survivor.team_id):
        raise _outside_scope(survivor)
    await noun.announce(session, noun.merged, survivor, survivor.id, loser.id)
    await noun.remember(session, loser, survivor.id)
    session.add(
        Merge(
            kind=noun.kind,
            survivor_id=survivor.id,
            survivor_revision=survivor.revision,
            loser_id=loser.id,
            loser_revision=loser.revision,
            merged_at=utc_now(),
            merged_by=context.current().actor.id,
        )
    )
    await session.flush()
    return Merged(survivor, loser, combined, changed)


def _outside_scope(row: object) -> ContactOutsideScopeError | CompanyOutsideScopeError:
    return CompanyOutsideScopeError() if isinstance(row, Company) else ContactOutsideScopeError()


async def _both(
    session: AsyncSession, access: Access, noun: Noun[ClientT], order: MergeOrder
) -> tuple[ClientT, ClientT]:
    """Hold both rows; a survivor that lives on in another is the other, as with every write."""
    # merges are rare and order matters: one at a time, or A into B and B into A could both succeed
    await aliases.hold(session)
    survivor_id = await aliases.survivor_of(session, order.survivor_id)
    if survivor_id == order.loser_id:
        raise SameRecordError
    rows = await queries.hold(session, noun.model, {survivor_id, order.loser_id})
    for wanted in (survivor_id, order.loser_id):
        row = rows.get(wanted)
        if row is None or not access.may_see(row.owner_id, row.team_id):
            raise noun.not_found(wanted)
        # only the loser: a survivor that was merged has been replaced above
        if row.merged_into_id is not None:
            raise AlreadyMergedError(row.id, row.merged_into_id)
        if row.deleted_at is not None:
            raise noun.not_found(wanted)
    survivor, loser = rows[survivor_id], rows[order.loser_id]
    _spare_restricted(survivor, loser)
    if order.survivor_revision not in (None, survivor.revision):
        raise ChangedMeanwhileError
    if order.loser_revision not in (None, loser.revision):
        raise LoserChangedError
    return survivor, loser


def _spare_restricted(*both: Company | Contact) -> None:
    # his data would stand in the other, and be used there
    if any(isinstance(row, Contact) and row.restricted_at is not None for row in both):
        raise ContactRestrictedError


async def _combined(
    session: AsyncSession, noun: Noun[ClientT], survivor: ClientT, loser: ClientT, order: MergeOrder
) -> Combined:
    sides: dict[UUID, Side] = {
        # the caller may have named a record that lives on in another: its choices mean that one
        order.survivor_id: "survivor",
        survivor.id: "survivor",
        loser.id: "loser",
    }
    unknown = order.take.keys() - set(noun.shape.names)
    wrong = [name for name, one in order.take.items() if name not in unknown and one not in sides]
    if unknown or wrong:
        raise UnknownChoiceError(sorted(unknown), wrong)
    take = {name: sides[one] for name, one in order.take.items()}
    combined = combine(noun.shape, noun.fields_of(survivor), noun.fields_of(loser), take)
    if isinstance(survivor, Company):
        await _mind_the_tree(session, combined.values, {survivor.id, loser.id})
    return combined


async def _mind_the_tree(session: AsyncSession, values: dict[str, Any], both: set[UUID]) -> None:
    """A company that went into its own parent stands under nobody; longer circles are refused."""
    if values["parent_id"] is None:
        return
    parent_id = await aliases.survivor_of(session, UUID(values["parent_id"]))
    if parent_id in both:
        values["parent_id"] = None
    elif both & await ancestors(session, parent_id):
        raise CompanyCircleError


def _differing(noun: Noun[ClientT], survivor: ClientT, combined: Combined) -> list[str]:
    now = noun.fields_of(survivor)
    return [name for name in noun.shape.names if combined.values[name] != now[name]]
