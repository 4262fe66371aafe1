"""What can be done to an approval policy."""

from collections.abc import Mapping
from typing import Any, Literal, cast

from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.approval_policies import queries
from crm_deals.approval_policies.errors import PolicyExistsError
from crm_deals.approval_policies.models import ApprovalPolicy
from crm_deals.approval_policies.rules import PolicyEntry
from crm_deals.configuration import use_cases as configuration
from crm_deals.configuration.statements import raise_guard_mark
from crm_deals.configuration.use_cases import Noun, Put
from crm_deals.events.automation import (
    ApprovalPolicyCreated,
    ApprovalPolicyDeleted,
    ApprovalPolicyFacts,
    ApprovalPolicyUpdated,
)
from crm_deals.pipelines.queries import fields_to_ask_for, must_know_places
from crm_deals.pipelines.rules import REQUIREMENT_FIELDS
from crm_shared.errors import FieldError, InvalidError
from crm_shared.filters import Fields, parse_surviving, parse_tree
from crm_shared.http.hiding import refuse_conditions
from crm_shared.ids import new_id

Values = Mapping[str, Any]
NOUN = Noun(
    "approval_policy",
    ApprovalPolicyFacts,
    ApprovalPolicyCreated,
    ApprovalPolicyUpdated,
    ApprovalPolicyDeleted,
    PolicyExistsError,
)


async def create_policy(session: AsyncSession, values: Values) -> ApprovalPolicy:
    """Ask for consent from now on."""
    policy = ApprovalPolicy(id=new_id(), **values)
    await must_know_places(session, values)
    _check(policy, values, await fields_to_ask_for(session))
    await configuration.add(session, NOUN, policy)
    await raise_guard_mark(session)
    return policy


async def update_policy(
    session: AsyncSession, policy: ApprovalPolicy, values: Values, *, expected: int | None
) -> bool:
    """Change a policy; tells whether anything changed. Open requests go by what it was."""
    await must_know_places(session, values, of=policy)
    _check(policy, values, await fields_to_ask_for(session))
    changed = await configuration.change(session, NOUN, policy, values, expected=expected)
    if changed:
        await raise_guard_mark(session)
    return changed


async def delete_policy(
    session: AsyncSession, policy: ApprovalPolicy, *, expected: int | None
) -> None:
    """Ask for consent no longer; open requests go on."""
    await configuration.remove(session, NOUN, policy, expected=expected)
    await raise_guard_mark(session)


async def put_policy(
    session: AsyncSession, named: tuple[str, str], values: Values
) -> tuple[ApprovalPolicy, Put]:
    """Create or change the policy that another system knows under this id."""
    system, external_id = named
    known = await queries.find_policy_by_external_id(session, system, external_id)
    if known is None:
        identified = {**values, "source_system": system, "external_id": external_id}
        return await create_policy(session, identified), "created"
    changed = await update_policy(session, known, {**values, "deleted_at": None}, expected=None)
    return known, "updated" if changed else "unchanged"


async def read_policies(session: AsyncSession) -> tuple[PolicyEntry, ...]:
    """Return the policies in force, as changes are held against them."""
    askable = await fields_to_ask_for(session)
    return tuple(entry_of(row, askable) for row in await queries.list_active_policies(session))


def entry_of(row: ApprovalPolicy, askable: Fields = REQUIREMENT_FIELDS) -> PolicyEntry:
    """Return a policy as moves and discounts are held against it."""
    return PolicyEntry(
        id=row.id,
        kind=cast("Literal['stage', 'discount']", row.kind),
        pipeline_id=row.pipeline_id,
        stage_ids=frozenset(row.stage_ids),
        limit_percent=row.limit_percent,
        # a part that names a field which was archived since is left out
        conditions=parse_surviving(row.conditions, askable)[0],
        askable=askable,
        steps=tuple(row.steps),
        automatic_for=frozenset(row.automatic_for),
    )


def _check(policy: ApprovalPolicy, values: Values, askable: Fields) -> None:
    tree = parse_tree(values.get("conditions"), askable, pointer="/conditions")
    refuse_conditions(tree, at="/conditions", noun="deal")
    kind = values.get("kind", policy.kind)
    if kind == "discount" and values.get("limit_percent", policy.limit_percent) is None:
        raise InvalidError(
            FieldError("/limit_percent", "required", "Say from which discount on consent is needed")
        )
