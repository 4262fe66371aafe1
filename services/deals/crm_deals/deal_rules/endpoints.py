"""Routes of the deal rules feature."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response

from crm_deals.deal_rules import queries, use_cases
from crm_deals.deal_rules.errors import (
    DealRuleExistsError,
    DealRuleNotFoundError,
    UnknownTriggerError,
)
from crm_deals.deal_rules.fields import DEAL_RULE_LISTING
from crm_deals.deal_rules.models import DealRule, DealRuleRun
from crm_deals.deal_rules.schemas import (
    ChangeOut,
    DealRuleIn,
    DealRuleOut,
    FaultOut,
    PatchDealRuleIn,
    PreviewIn,
    RunOut,
    TrialOut,
    TryIn,
    stored,
)
from crm_deals.deals import queries as deals
from crm_deals.deals.errors import DealNotFoundError
from crm_deals.permissions import READ_CONFIGURATION, WRITE_CONFIGURATION
from crm_shared.actor import SYSTEM_ACCESS
from crm_shared.events.outbox import ChangedMeanwhileError
from crm_shared.http.auth import require
from crm_shared.http.etag import IfMatch, tag
from crm_shared.http.pagination import ListQuery, Page, Rows, list_page
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep

router = service_router(prefix="/v1/deal-rules", tags=["deal rules"])
Reading = [require(READ_CONFIGURATION)]
Writing = [require(WRITE_CONFIGURATION)]
REFUSALS = (DealRuleExistsError, UnknownTriggerError)


@router.get(
    "", response_model=Page[DealRuleOut], dependencies=Reading, operation_id="list_deal_rules"
)
async def list_deal_rules(
    session: ReadSessionDep, query: Annotated[ListQuery, Depends(DEAL_RULE_LISTING)]
) -> Rows[DealRule]:
    """List the rules that change deals by themselves."""
    return await list_page(session, queries.all_deal_rules(), query)


@router.post(
    "",
    response_model=DealRuleOut,
    status_code=201,
    dependencies=Writing,
    responses=responses(*REFUSALS),
    operation_id="create_deal_rule",
)
async def create_deal_rule(session: SessionDep, body: DealRuleIn, response: Response) -> DealRule:
    """Write a rule: on an event or at a time, if conditions hold, change the deal."""
    rule = await use_cases.create_deal_rule(session, stored(body))
    response.headers["Location"] = f"/v1/deal-rules/{rule.id}"
    tag(response, rule)
    return rule


@router.post(
    "/preview",
    response_model=TrialOut,
    dependencies=Writing,
    responses=responses(UnknownTriggerError, DealNotFoundError),
    operation_id="preview_deal_rule",
)
async def preview_deal_rule(session: SessionDep, body: PreviewIn) -> TrialOut:
    """Try a rule that is not kept yet on a deal: everything is checked, nothing is changed."""
    deal = await deals.get_deal(session, SYSTEM_ACCESS, body.deal_id)
    rule = await use_cases.new_deal_rule(session, stored(body.rule))
    return _shown(await use_cases.try_rule(session, rule, deal, event=body.event))


@router.get(
    "/{rule_id}",
    response_model=DealRuleOut,
    dependencies=Reading,
    responses=responses(DealRuleNotFoundError),
    operation_id="get_deal_rule",
)
async def get_deal_rule(rule_id: UUID, session: ReadSessionDep, response: Response) -> DealRule:
    """Read one rule."""
    rule = await queries.get_deal_rule(session, rule_id)
    tag(response, rule)
    return rule


@router.get(
    "/{rule_id}/runs",
    response_model=list[RunOut],
    dependencies=Reading,
    responses=responses(DealRuleNotFoundError),
    operation_id="list_deal_rule_runs",
)
async def list_deal_rule_runs(
    rule_id: UUID,
    session: ReadSessionDep,
    deal_id: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> list[DealRuleRun]:
    """List what a rule did with its last events and moments, and why it did nothing."""
    await queries.get_deal_rule(session, rule_id)
    return list(await queries.list_runs(session, rule_id, deal_id=deal_id, limit=limit))


@router.post(
    "/{rule_id}/dry-run",
    response_model=TrialOut,
    dependencies=Writing,
    responses=responses(DealRuleNotFoundError, DealNotFoundError),
    operation_id="try_deal_rule",
)
async def try_deal_rule(rule_id: UUID, session: SessionDep, body: TryIn) -> TrialOut:
    """Try a rule on a deal: everything is checked, nothing is changed or announced."""
    rule = await queries.get_deal_rule(session, rule_id)
    deal = await deals.get_deal(session, SYSTEM_ACCESS, body.deal_id)
    return _shown(await use_cases.try_rule(session, rule, deal, event=body.event))


@router.patch(
    "/{rule_id}",
    response_model=DealRuleOut,
    dependencies=Writing,
    responses=responses(DealRuleNotFoundError, ChangedMeanwhileError, *REFUSALS),
    operation_id="update_deal_rule",
)
async def update_deal_rule(
    rule_id: UUID,
    body: PatchDealRuleIn,
    expected: IfMatch,
    session: SessionDep,
    response: Response,
) -> DealRule:
    """Change a rule or switch it off: it stops with the next event."""
    rule = await queries.get_deal_rule(session, rule_id)
    await use_cases.update_deal_rule(session, rule, stored(body), expected=expected)
    tag(response, rule)
    return rule


@router.put(
    "/by-external/{system}/{external_id}",
    response_model=DealRuleOut,
    dependencies=Writing,
    responses=responses(*REFUSALS),
    operation_id="put_deal_rule",
)
async def put_deal_rule(
    system: str, external_id: str, body: DealRuleIn, session: SessionDep, response: Response
) -> DealRule:
    """Create or change the rule that another system knows under this id."""
    rule, result = await use_cases.put_deal_rule(session, (system, external_id), stored(body))
    response.status_code = 201 if result == "created" else 200
    response.headers["Crm-Result"] = result
    tag(response, rule)
    return rule


@router.delete(
    "/{rule_id}",
    status_code=204,
    dependencies=Writing,
    responses=responses(DealRuleNotFoundError, ChangedMeanwhileError),
    operation_id="delete_deal_rule",
)
async def delete_deal_rule(rule_id: UUID, expected: IfMatch, session: SessionDep) -> None:
    """Remove a rule; what it did stays."""
    rule = await queries.get_deal_rule(session, rule_id)
    await use_cases.delete_deal_rule(session, rule, expected=expected)


def _shown(trial: use_cases.Trial) -> TrialOut:
    return TrialOut(
        conditions_hold=trial.conditions_hold,
        would_act=trial.would_act,
        archives=trial.archives,
        reason=trial.reason,
        errors=[FaultOut.model_validate(fault) for fault in trial.errors],
        changes=[
            ChangeOut(field=name, before=before, after=after)
            for name, (before, after) in sorted(trial.changes.items())
        ],
        due_now=trial.due_now,
    )
