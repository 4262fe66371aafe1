"""Routes of the message rules feature."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Response, status

from crm_notifications.message_rules import queries, use_cases
from crm_notifications.message_rules.errors import (
    MessageRuleNotFoundError,
    RuleRecipientError,
    RuleTemplateError,
    RuleTimingError,
    UnknownEventTypeError,
)
from crm_notifications.message_rules.fields import FIELDS, RULES_LISTED
from crm_notifications.message_rules.models import MessageRule
from crm_notifications.message_rules.schemas import (
    EventTypeOut,
    MessageRuleChangeIn,
    MessageRuleIn,
    MessageRuleOut,
    RunOut,
)
from crm_notifications.permissions import (
    READ_MESSAGE_RULES,
    WRITE_MESSAGE_RULES,
    WRITE_TEMPLATES,
)
from crm_notifications.sequences.fields import TIMED, days_of
from crm_notifications.sequences.rules import BEFORE_DATE, BY_TIME
from crm_notifications.templates import queries as templates
from crm_notifications.templates.errors import TemplateInUseError, TemplateNotFoundError
from crm_shared.http.auth import require
from crm_shared.http.batch import BatchIn, BatchOut, run_batch
from crm_shared.http.etag import IfMatch, check_revision, tag
from crm_shared.http.pagination import ListQuery, Page, SearchIn, list_page, listing
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep
from crm_shared.nouns import known_fields

router = service_router(prefix="/v1/message-rules", tags=["message rules"])
# a template goes only when no rule speaks through it: only this feature can tell
templates_router = service_router(prefix="/v1/templates", tags=["templates"])
LISTING = listing(RULES_LISTED, sort=("created_at", "updated_at", "name"))
READ = [require(READ_MESSAGE_RULES)]
WRITE = [require(WRITE_MESSAGE_RULES)]
REFUSALS = (UnknownEventTypeError, RuleTemplateError, RuleTimingError, RuleRecipientError)


@router.get("", response_model=Page[MessageRuleOut], dependencies=READ)
async def list_message_rules(
    query: Annotated[ListQuery, Depends(LISTING)], session: ReadSessionDep
) -> Any:
    """List message rules."""
    return await list_page(session, queries.message_rules(), query)


@router.post("/search", response_model=Page[MessageRuleOut], dependencies=READ)
async def search_message_rules(body: SearchIn, session: ReadSessionDep) -> Any:
    """List message rules by a filter tree."""
    return await list_page(session, queries.message_rules(), LISTING.search(body))


@router.get("/event-types", response_model=list[EventTypeOut], dependencies=READ)
async def list_rule_event_types(session: ReadSessionDep) -> list[EventTypeOut]:
    """List the events a rule can wait for, and the fields its conditions can ask."""
    askable = {
        name: await known_fields.askable(session, name, FIELDS[name]) for name in sorted(FIELDS)
    }
    told = [
        EventTypeOut(event_type=name, fields=sorted(fields)) for name, fields in askable.items()
    ]
    days = await days_of(session)
    timed = sorted(name for fields in TIMED.values() for name in fields)
    return told + [
        EventTypeOut(event_type=name, fields=timed, days=days if name == BEFORE_DATE else [])
        for name in BY_TIME
    ]


@router.post(
    "",
    response_model=MessageRuleOut,
    status_code=status.HTTP_201_CREATED,
    dependencies=WRITE,
    responses=responses(*REFUSALS),
)
async def create_message_rule(
    body: MessageRuleIn, response: Response, session: SessionDep
) -> MessageRule:
    """Make a rule; it acts on what is recorded from now on."""
    rule = await use_cases.create_message_rule(session, body.model_dump())
    tag(response, rule)
    return rule


@router.post("/batch", response_model=BatchOut, dependencies=WRITE)
async def create_message_rules(body: BatchIn[MessageRuleIn], session: SessionDep) -> BatchOut:
    """Make up to 500 rules, each with its own result."""

    async def one(item: MessageRuleIn) -> MessageRule:
        return await use_cases.create_message_rule(session, item.model_dump())

    return await run_batch(session, body.items, one, atomic=body.atomic)


@router.put(
    "/by-external/{system}/{external_id}",
    response_model=MessageRuleOut,
    dependencies=WRITE,
    responses=responses(*REFUSALS),
)
async def upsert_message_rule(
    system: str, external_id: str, body: MessageRuleIn, response: Response, session: SessionDep
) -> MessageRule:
    """Make or change the rule that another system calls by this name."""
    values = body.model_dump() | {"source_system": system, "external_id": external_id}
    rule = await use_cases.upsert_message_rule(session, values)
    tag(response, rule)
    return rule


@router.get(
    "/{rule_id}",
    response_model=MessageRuleOut,
    dependencies=READ,
    responses=responses(MessageRuleNotFoundError),
)
async def get_message_rule(
    rule_id: UUID, response: Response, session: ReadSessionDep
) -> MessageRule:
    """Read one rule."""
    rule = await queries.get_message_rule(session, rule_id)
    tag(response, rule)
    return rule


@router.get(
    "/{rule_id}/runs",
    response_model=list[RunOut],
    dependencies=READ,
    responses=responses(MessageRuleNotFoundError),
)
async def list_message_rule_runs(rule_id: UUID, session: ReadSessionDep) -> Any:
    """Read what a rule did last, newest first, and why it did nothing."""
    await queries.get_message_rule(session, rule_id)
    return await queries.list_runs(session, rule_id, limit=200)


@router.patch(
    "/{rule_id}",
    response_model=MessageRuleOut,
    dependencies=WRITE,
    responses=responses(MessageRuleNotFoundError, *REFUSALS),
)
async def change_message_rule(
    rule_id: UUID,
    body: MessageRuleChangeIn,
    if_match: IfMatch,
    response: Response,
    session: SessionDep,
) -> MessageRule:
    """Change a rule; its runs are counted anew under the new version."""
    rule = await queries.get_message_rule(session, rule_id)
    check_revision(rule, if_match)
    values = body.model_dump(exclude_unset=True)
    rule = await use_cases.change_message_rule(session, rule, values)
    tag(response, rule)
    return rule


@router.delete(
    "/{rule_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    dependencies=WRITE,
    responses=responses(MessageRuleNotFoundError),
)
async def delete_message_rule(rule_id: UUID, if_match: IfMatch, session: SessionDep) -> None:
    """Stop a rule for good; its messages and its run log stay."""
    rule = await queries.get_message_rule(session, rule_id)
    check_revision(rule, if_match)
    await use_cases.delete_message_rule(session, rule)


@templates_router.delete(
    "/{template_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    dependencies=[require(WRITE_TEMPLATES)],
    responses=responses(TemplateNotFoundError, TemplateInUseError),
)
async def delete_template(template_id: UUID, if_match: IfMatch, session: SessionDep) -> None:
    """Take a template out of use, unless a rule still speaks through it."""
    template = await templates.get_template(session, template_id)
    check_revision(template, if_match)
    await use_cases.delete_template(session, template)
