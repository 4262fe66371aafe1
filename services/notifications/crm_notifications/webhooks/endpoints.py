"""Routes of the webhooks feature."""

from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query, Response, status

from crm_notifications.feed.endpoints import read_patterns
from crm_notifications.feed.errors import EventPatternError
from crm_notifications.permissions import READ_WEBHOOKS, WRITE_WEBHOOKS
from crm_notifications.settings import Settings
from crm_notifications.webhooks import queries
from crm_notifications.webhooks.errors import (
    DeliveryNotFoundError,
    DeliveryWaitsError,
    ReplayRangeError,
    TooManyWebhooksError,
    WebhookInactiveError,
    WebhookNotFoundError,
    WebhookUrlError,
)
from crm_notifications.webhooks.fields import DELIVERIES_LISTED, WEBHOOKS_LISTED, askable
from crm_notifications.webhooks.models import Webhook, WebhookDelivery, WebhookReplay
from crm_notifications.webhooks.rules.signing import secret_of
from crm_notifications.webhooks.schemas import (
    DeliveryOut,
    ReplayIn,
    ReplayOut,
    RotateIn,
    WebhookChangeIn,
    WebhookFieldsOut,
    WebhookHealthOut,
    WebhookIn,
    WebhookOut,
    WebhookSecretOut,
)
from crm_notifications.webhooks.use_cases import changing as use_cases
from crm_shared.http.auth import ActorDep, require
from crm_shared.http.etag import IfMatch, check_revision, tag
from crm_shared.http.idempotency import answer_is_not_kept
from crm_shared.http.pagination import ListQuery, Page, SearchIn, list_page, listing
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep, SettingsDep

router = service_router(prefix="/v1/webhooks", tags=["webhooks"])
LISTING = listing(WEBHOOKS_LISTED, sort=("created_at", "updated_at", "name"))
LOG = listing(DELIVERIES_LISTED, sort=("created_at",))
READ = [require(READ_WEBHOOKS)]
WRITE = [require(WRITE_WEBHOOKS)]
FAULTS = (WebhookUrlError, EventPatternError)


@router.get("", response_model=Page[WebhookOut], dependencies=READ)
async def list_webhooks(
    query: Annotated[ListQuery, Depends(LISTING)], session: ReadSessionDep
) -> Any:
    """List webhooks."""
    return await list_page(session, queries.webhooks(), query)


@router.post("/search", response_model=Page[WebhookOut], dependencies=READ)
async def search_webhooks(body: SearchIn, session: ReadSessionDep) -> Any:
    """List webhooks by a filter tree."""
    return await list_page(session, queries.webhooks(), LISTING.search(body))


@router.get(
    "/fields",
    response_model=WebhookFieldsOut,
    dependencies=READ,
    responses=responses(EventPatternError),
)
async def list_webhook_fields(
    types: Annotated[str, Query(max_length=1000, description="Patterns, separated by commas")],
    session: ReadSessionDep,
) -> WebhookFieldsOut:
    """List what conditions may ask of events that fit these patterns."""
    patterns = read_patterns(types)
    fields = await askable(session, patterns)
    operators = {name: sorted(field.ops) for name, field in sorted(fields.items())}
    return WebhookFieldsOut(event_types=list(patterns), fields=operators)


@router.post(
    "",
    response_model=WebhookSecretOut,
    status_code=status.HTTP_201_CREATED,
    dependencies=WRITE,
    responses=responses(*FAULTS, TooManyWebhooksError),
)
@answer_is_not_kept
async def create_webhook(
    body: WebhookIn,
    actor: ActorDep,
    response: Response,
    session: SessionDep,
    settings: SettingsDep,
) -> WebhookSecretOut:
    """Make a webhook; the answer holds its secret, which is not shown again."""
    webhook = await use_cases.create_webhook(
        session, actor, body.model_dump(), allowed=settings.webhook_host_list
    )
    tag(response, webhook)
    return _with_secret(webhook, settings)


@router.get(
    "/{webhook_id}",
    response_model=WebhookOut,
    dependencies=READ,
    responses=responses(WebhookNotFoundError),
)
async def get_webhook(webhook_id: UUID, response: Response, session: ReadSessionDep) -> Webhook:
    """Read one webhook."""
    webhook = await queries.get_webhook(session, webhook_id)
    tag(response, webhook)
    return webhook


@router.patch(
    "/{webhook_id}",
    response_model=WebhookOut,
    dependencies=WRITE,
    responses=responses(WebhookNotFoundError, *FAULTS),
)
async def change_webhook(
    webhook_id: UUID,
    body: WebhookChangeIn,
    if_match: IfMatch,
    actor: ActorDep,
    response: Response,
    session: SessionDep,
    settings: SettingsDep,
) -> Webhook:
    """Change a webhook; switched off it hears of nothing, and what waited is given up."""
    webhook = await queries.get_webhook(session, webhook_id)
    check_revision(webhook, if_match)
    values = body.model_dump(exclude_unset=True)
    webhook = await use_cases.change_webhook(
        session, actor, webhook, values, allowed=settings.webhook_host_list
    )
    tag(response, webhook)
    return webhook


@router.delete(
    "/{webhook_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    dependencies=WRITE,
    responses=responses(WebhookNotFoundError),
)
async def delete_webhook(webhook_id: UUID, if_match: IfMatch, session: SessionDep) -> None:
    """Stop a webhook for good."""
    webhook = await queries.get_webhook(session, webhook_id)
    check_revision(webhook, if_match)
    await use_cases.delete_webhook(session, webhook)


@router.post(
    "/{webhook_id}/rotate-secret",
    response_model=WebhookSecretOut,
    dependencies=WRITE,
    responses=responses(WebhookNotFoundError),
)
@answer_is_not_kept
async def rotate_webhook_secret(
    webhook_id: UUID,
    body: RotateIn,
    if_match: IfMatch,
    response: Response,
    session: SessionDep,
    settings: SettingsDep,
) -> WebhookSecretOut:
    """Exchange the secret; until the overlap is over every delivery carries both signatures."""
    webhook = await queries.get_webhook(session, webhook_id)
    check_revision(webhook, if_match)
    overlap = timedelta(hours=body.overlap_hours)
    webhook = await use_cases.rotate_secret(session, webhook, overlap)
    tag(response, webhook)
    return _with_secret(webhook, settings)


@router.get(
    "/{webhook_id}/health",
    response_model=WebhookHealthOut,
    dependencies=READ,
    responses=responses(WebhookNotFoundError),
)
async def get_webhook_health(webhook_id: UUID, session: ReadSessionDep) -> WebhookHealthOut:
    """Read how the receiver is doing and how much waits for it."""
    await queries.get_webhook(session, webhook_id)
    health = await queries.get_health(session, webhook_id)
    return WebhookHealthOut(
        waiting=await queries.count_waiting(session, webhook_id),
        failures=0 if health is None else health.failures,
        failing_since=None if health is None else health.failing_since,
        delivered_at=None if health is None else health.delivered_at,
    )


@router.post(
    "/{webhook_id}/test",
    response_model=DeliveryOut,
    status_code=status.HTTP_202_ACCEPTED,
    dependencies=WRITE,
    responses=responses(WebhookNotFoundError),
)
async def send_webhook_test(
    webhook_id: UUID, actor: ActorDep, session: SessionDep
) -> WebhookDelivery:
    """Send a test event, once; the delivery log says what came of it."""
    webhook = await queries.get_webhook(session, webhook_id)
    return await use_cases.test_webhook(session, actor, webhook)


@router.get(
    "/{webhook_id}/deliveries",
    response_model=Page[DeliveryOut],
    dependencies=READ,
    responses=responses(WebhookNotFoundError),
)
async def list_webhook_deliveries(
    webhook_id: UUID, query: Annotated[ListQuery, Depends(LOG)], session: ReadSessionDep
) -> Any:
    """Read the delivery log, newest first."""
    await queries.get_webhook(session, webhook_id)
    return await list_page(session, queries.deliveries(webhook_id), query)


@router.post(
    "/{webhook_id}/deliveries/{delivery_id}/retry",
    response_model=DeliveryOut,
    dependencies=WRITE,
    responses=responses(
        WebhookNotFoundError, DeliveryNotFoundError, DeliveryWaitsError, WebhookInactiveError
    ),
)
async def retry_webhook_delivery(
    webhook_id: UUID, delivery_id: UUID, session: SessionDep
) -> WebhookDelivery:
    """Send one event once more, under the id it had."""
    webhook = await queries.get_webhook(session, webhook_id)
    delivery = await queries.get_delivery(session, webhook_id, delivery_id)
    return await use_cases.retry_delivery(session, webhook, delivery)


@router.post(
    "/{webhook_id}/replays",
    response_model=ReplayOut,
    status_code=status.HTTP_202_ACCEPTED,
    dependencies=WRITE,
    responses=responses(WebhookNotFoundError, WebhookInactiveError, ReplayRangeError),
)
async def replay_webhook(
    webhook_id: UUID, body: ReplayIn, actor: ActorDep, session: SessionDep
) -> WebhookReplay:
    """Send a stretch of the log once more: everything, or what was not delivered."""
    webhook = await queries.get_webhook(session, webhook_id)
    return await use_cases.replay(session, actor, webhook, **body.model_dump())


@router.get(
    "/{webhook_id}/replays",
    response_model=list[ReplayOut],
    dependencies=READ,
    responses=responses(WebhookNotFoundError),
)
async def list_webhook_replays(webhook_id: UUID, session: ReadSessionDep) -> list[WebhookReplay]:
    """Read how far replays have come, newest first."""
    await queries.get_webhook(session, webhook_id)
    return await queries.list_replays(session, webhook_id)


def _with_secret(webhook: Webhook, settings: Settings) -> WebhookSecretOut:
    shown = WebhookOut.model_validate(webhook).model_dump()
    secret = secret_of(settings.link_key, webhook.id, webhook.secret_number)
    return WebhookSecretOut(**shown, secret=secret)
