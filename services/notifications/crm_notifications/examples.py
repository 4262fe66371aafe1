"""One example of each published event."""

from datetime import UTC, datetime
from uuid import UUID

from crm_notifications import events
from crm_shared.retention import RetentionFacts

EXAMPLE_ID = UUID("01920000-0000-7000-8000-000000000001")
TEMPLATE = events.TemplateFacts(label="Deal moved", channel="email", languages=["en", "ru", "uk"])
RULE = events.MessageRuleFacts(
    label="Tell the client that the deal is won",
    event_type="crm.deals.deal.stage_changed.v1",
    is_active=True,
    active_from=datetime(2026, 11, 21, 8, 0, tzinfo=UTC),
    on_bulk=False,
    template_id=EXAMPLE_ID,
    recipient="client",
    recipient_user_id=None,
    channel="email",
    purpose="service",
    expires_after_s=259_200,
)

WEBHOOK = events.WebhookFacts(
    label="Deals for the warehouse",
    event_types=["crm.deals.deal.>"],
    payload="full",
    skip_own=False,
    on_bulk=True,
    is_active=True,
    disabled_reason=None,
    made_by_id=EXAMPLE_ID,
)
DISABLED = WEBHOOK.model_copy(update={"is_active": False, "disabled_reason": "unsubscribed"})


def _message(status: str, reason: str | None = None) -> events.MessageFacts:
    return events.MessageFacts(
        owner_id=EXAMPLE_ID,
        team_id=EXAMPLE_ID,
        channel="email",
        purpose="service",
        status=status,
        reason=reason,
        recipient_kind="contact",
        recipient_id=EXAMPLE_ID,
        template_id=EXAMPLE_ID,
        rule_id=EXAMPLE_ID,
        rule_version=1,
        source_event_id=EXAMPLE_ID,
        source_type="crm.deals.deal.stage_changed.v1",
        source_revision=2,
        deal_id=EXAMPLE_ID,
        contact_id=EXAMPLE_ID,
    )


EXAMPLES = [
    events.TemplateCreated(template=TEMPLATE, changed=[], previous={}),
    events.TemplateUpdated(template=TEMPLATE, changed=["texts"], previous={}),
    events.TemplateDeleted(template=TEMPLATE, changed=["deleted_at"], previous={}),
    events.MessageRuleCreated(message_rule=RULE, changed=[], previous={}),
    events.MessageRuleUpdated(
        message_rule=RULE, changed=["is_active"], previous={"is_active": False}
    ),
    events.MessageRuleDeleted(message_rule=RULE, changed=["deleted_at"], previous={}),
    events.ErasureCompleted(
        erasure=events.ErasureFacts(person_id=EXAMPLE_ID, emptied={"letters": 3})
    ),
    events.RetentionCompleted(
        retention=RetentionFacts(
            removed={"message_texts": 240},
            before={"message_texts": datetime(2026, 1, 1, tzinfo=UTC)},
            is_dry_run=False,
        )
    ),
    events.MessageQueued(message=_message("queued")),
    events.MessageSent(message=_message("sent")),
    events.MessageFailed(message=_message("failed", "smtp-550")),
    events.MessageUnknown(message=_message("unknown", "smtp-lost")),
    events.MessageExpired(message=_message("expired", "late-event")),
    events.MessageCancelled(message=_message("cancelled", "no-consent")),
    events.WebhookCreated(webhook=WEBHOOK, changed=[], previous={}),
    events.WebhookUpdated(webhook=WEBHOOK, changed=["payload"], previous={"payload": "thin"}),
    events.WebhookDisabled(
        webhook=DISABLED,
        changed=["disabled_reason", "is_active"],
        previous={"disabled_reason": None, "is_active": True},
    ),
    events.WebhookDeleted(webhook=WEBHOOK, changed=["deleted_at"], previous={}),
    events.NoticeEscalated(
        notice=events.NoticeFacts(
            owner_id=EXAMPLE_ID,
            team_id=EXAMPLE_ID,
            kind="overdue",
            noun="task",
            record_id=EXAMPLE_ID,
            contact_id=None,
            company_id=None,
            lead_id=None,
            deal_id=EXAMPLE_ID,
            case_id=None,
            escalated_to_id=EXAMPLE_ID,
        )
    ),
    events.DigestDue(
        digest=events.DigestFacts(
            owner_id=EXAMPLE_ID,
            team_id=EXAMPLE_ID,
            every="daily",
            unread=3,
            by_kind={"assigned": 2, "overdue": 1},
        )
    ),
]
