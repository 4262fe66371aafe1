"""Two records that were merged by mistake are two again."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Generic
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.companies.errors import CompanyCircleError
from crm_contacts.companies.models import Company
from crm_contacts.companies.queries import ancestors
from crm_contacts.contacts.models import Contact
from crm_contacts.duplicates.use_cases import keep_apart
from crm_contacts.merging import queries
from crm_contacts.merging.errors import MergedElsewhereError, NotMergedError
from crm_contacts.merging.models import Merge
from crm_contacts.merging.rules import Step, Undone, replay
from crm_contacts.merging.use_cases.nouns import ClientT, Noun
from crm_shared import context
from crm_shared.actor import Access
from crm_shared.clock import utc_now
from crm_shared.db import aliases
from crm_shared.events.outbox import ChangedMeanwhileError


@dataclass(frozen=True, slots=True)
class Unmerged(Generic[ClientT]):
    """Both records as they are again, and what was changed since and therefore kept."""

    survivor: ClientT
    loser: ClientT
    kept: list[str]


async def unmerge(
    session: AsyncSession,
    access: Access,
    noun: Noun[ClientT],
    survivor_id: UUID,
    loser_id: UUID,
    *,
    expected: int | None,
) -> Unmerged[ClientT]:
    """Take a record out of the one it went into: both as they were, later changes kept."""
    await aliases.hold(session)
    survivor_id = await aliases.survivor_of(session, survivor_id)
    rows = await queries.hold(session, noun.model, {survivor_id, loser_id})
    survivor, loser = rows.get(survivor_id), rows.get(loser_id)
    if survivor is None or survivor.deleted_at is not None or not _sees(access, survivor):
        raise noun.not_found(survivor_id)
    # nothing is left of who was erased that could come back
    is_erased = isinstance(loser, Contact) and loser.erased_at is not None
    if loser is None or is_erased or not _sees(access, loser):
        raise noun.not_found(loser_id)
    if expected not in (None, survivor.revision):
        raise ChangedMeanwhileError
    merge = await _standing(session, noun, survivor_id, loser_id)
    undone = await _without(session, noun, merge)
    if isinstance(survivor, Company) and isinstance(loser, Company):
        await _mind_the_tree(session, survivor, loser, undone.values["parent_id"])
    noun.put(survivor, undone.values)
    await noun.announce(session, noun.unmerged, survivor, survivor_id, loser_id)
    loser.deleted_at = loser.merged_into_id = None
    await noun.announce(session, noun.unmerged, loser, survivor_id, loser_id)
    await noun.remember(session, loser, loser.id)
    merge.unmerged_at, merge.unmerged_by = utc_now(), context.current().actor.id
    merge.unmerged_revision = survivor.revision
    await keep_apart(session, noun.kind, survivor_id, loser_id)
    return Unmerged(survivor, loser, undone.kept)


async def _mind_the_tree(
    session: AsyncSession, survivor: Company, loser: Company, parent_id: str | None
) -> None:
    """Refuse when the former parent stands under the survivor by now: change that first."""
    above = None if parent_id is None else UUID(parent_id)
    if above == loser.id:
        above = loser.parent_id
    if above is not None and survivor.id in await ancestors(session, above):
        raise CompanyCircleError


def _sees(access: Access, row: ClientT) -> bool:
    return access.may_see(row.owner_id, row.team_id)


async def _standing(
    session: AsyncSession, noun: Noun[ClientT], survivor_id: UUID, loser_id: UUID
) -> Merge:
    merge = await queries.find_merge(session, noun.kind, loser_id)
    if merge is None:
        raise NotMergedError(loser_id)
    if merge.survivor_id != survivor_id:
        raise MergedElsewhereError(loser_id, merge.survivor_id)
    return merge


async def _without(session: AsyncSession, noun: Noun[ClientT], leaving: Merge) -> Undone:
    """Go through the survivor's versions again from before its first merge, without this one."""
    merges = await queries.list_merges(session, leaving.survivor_id)
    first = min(one.survivor_revision for one in merges) - 1
    versions = await queries.versions_since(session, leaving.survivor_id, first)
    left_out = {one.survivor_revision for one in merges if one is leaving or not one.stands}
    left_out |= {one.unmerged_revision for one in merges if one.unmerged_revision is not None}
    brought = {one.survivor_revision for one in merges}
    steps = [
        Step(
            before,
            after,
            is_left_out=revision in left_out,
            is_edit=revision not in brought and revision > leaving.survivor_revision,
        )
        for (_, before), (revision, after) in pairwise(versions)
    ]
    return replay(noun.shape, versions[0][1], steps)
