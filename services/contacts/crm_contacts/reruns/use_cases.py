"""Asking a rule how it was at a past moment; nothing is changed by that."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.reruns import queries
from crm_contacts.reruns.errors import (
    NotReconstructableError,
    RuleInTheFutureError,
    RuleNotInForceError,
)
from crm_contacts.reruns.rules import approximations, present_only
from crm_contacts.segments.catalogue import KINDS
from crm_contacts.segments.models import Segment
from crm_contacts.segments.queries import next_ids
from crm_contacts.segments.use_cases import rule_of
from crm_shared.actor import Access
from crm_shared.clock import utc_now

PORTION = 2000
# a rule that holds for few would walk a whole base of a million in one request
MOST_PORTIONS = 25


@dataclass(frozen=True)
class Past:
    """Which moment is asked, by which version of the rule, and from where the page begins."""

    at: datetime
    version: int | None
    after: UUID | None
    limit: int


async def rerun(
    session: AsyncSession, access: Access, segment: Segment, asked: Past
) -> dict[str, Any]:
    """Return whom a rule held for at a past moment, by what versions of the records tell."""
    if asked.at > utc_now():
        raise RuleInTheFutureError
    old = await queries.rule_at(session, segment, asked.at, asked.version)
    if old is None:
        raise RuleNotInForceError(asked.at)
    if hidden := present_only(old.filter):
        raise NotReconstructableError(hidden)
    kind = KINDS[segment.noun]
    await queries.set_moment(session, asked.at)
    rule = await rule_of(session, kind, old.filter)
    found: list[UUID] = []
    after = asked.after
    is_over = False
    for _ in range(MOST_PORTIONS):
        ids = await next_ids(session, kind, after, PORTION)
        is_over = len(ids) < PORTION
        if not ids:
            break
        after = ids[-1]
        seen = await queries.those_seen(session, access, kind, ids)
        found += await queries.matching(session, kind, rule, at=asked.at, ids=seen)
        if is_over or len(found) > asked.limit:
            break
    shown = found[: asked.limit]
    recorded = await queries.recorded_then(session, segment, asked.at, shown)
    return {
        "at": asked.at,
        "rule_version": old.rule_version,
        "filter": old.filter,
        "items": [{"member_id": one, "was_recorded": one in recorded} for one in shown],
        "next_after": shown[-1] if len(found) > asked.limit else None if is_over else after,
        "approximations": approximations(old.filter),
    }
