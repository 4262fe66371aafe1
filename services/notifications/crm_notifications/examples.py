"""One example of each published event."""

from datetime import UTC, datetime, time
from decimal import Decimal
from uuid import UUID

from crm_notifications import events
from crm_shared.events.envelope import Event
from crm_shared.policies import ReadingFacts
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


MAILING = events.MailingFacts(
    label="Spring news",
    segment_id=EXAMPLE_ID,
    channel="email",
    purpose="marketing",
    template_id=EXAMPLE_ID,
    template_b_id=EXAMPLE_ID,
    share_of_b=50,
    per_minute=600,
    window_from=time(9, 0),
    window_until=time(18, 0),
    expires_after_s=604_800,
    status="running",
    reason=None,
    starts_at=None,
    started_at=datetime(2026, 11, 21, 8, 0, tzinfo=UTC),
    paused_at=None,
    finished_at=None,
    is_filled=True,
    members=10_000,
    recipients=9_950,
)
MOVES = {
    events.MailingCreated: "draft",
    events.MailingUpdated: "draft",
    events.MailingDeleted: "draft",
    events.MailingStarted: "running",
    events.MailingFilled: "running",
    events.MailingPaused: "paused",
    events.MailingResumed: "running",
    events.MailingCancelled: "cancelled",
    events.MailingFinished: "finished",
    events.MailingFailed: "failed",
}


def _mailings() -> list[events.MailingEvent]:
    return [
        event(
            mailing=MAILING.model_copy(update={"status": status}),
            changed=["status"],
            previous={"status": "draft"},
        )
        for event, status in MOVES.items()
    ]


def _message(
    status: str, reason: str | None = None, cost: Decimal | None = None
) -> events.MessageFacts:
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
        mailing_id=None,
        variant=None,
        provider=None if status == "queued" else "smtp",
        cost=cost,
        currency="UAH" if cost is not None else None,
    )


def _incoming() -> list[Event]:
    talk = events.ConversationFacts(
        owner_id=EXAMPLE_ID,
        team_id=EXAMPLE_ID,
        channel="email",
        status="waiting",
        contact_id=EXAMPLE_ID,
        company_id=None,
        lead_id=None,
        deal_id=EXAMPLE_ID,
        waiting_since=datetime(2026, 11, 21, 8, 0, tzinfo=UTC),
        first_received_at=datetime(2026, 11, 21, 8, 0, tzinfo=UTC),
        first_answered_at=None,
    )
    answered = talk.model_copy(
        update={
            "status": "answered",
            "waiting_since": None,
            "first_answered_at": datetime(2026, 11, 21, 8, 20, tzinfo=UTC),
        }
    )
    closed = answered.model_copy(update={"status": "closed"})
    return [
        *_inbound_systems(),
        *_web_chats(),
        events.InboundReceived(inbound=events.InboundFacts(system="telephony", kind=None)),
        events.InboundMapped(inbound=events.InboundFacts(system="telephony", kind="call")),
        events.MessageReceived(message=_received()),
        events.ConversationOpened(conversation=talk, changed=[], previous={}),
        events.ConversationUpdated(conversation=talk, changed=["contact_id"], previous={}),
        events.ConversationAnswered(
            conversation=answered,
            changed=["status"],
            previous={"status": "waiting"},
            message_id=EXAMPLE_ID,
            waited_s=1200,
            is_first=True,
        ),
        events.ConversationClosed(conversation=closed, changed=["status"], previous={}),
    ]


def _web_chats() -> list[Event]:
    chat = events.WebChatFacts(
        label="Shop",
        languages=["en", "uk"],
        origins=["https://shop.example.org"],
        is_active=True,
        unknown="lead",
        needs_address=False,
        asks_consent=True,
        per_minute=120,
        per_address_hour=20,
    )
    return [
        events.WebChatCreated(web_chat=chat, changed=[], previous={}),
        events.WebChatUpdated(web_chat=chat, changed=["titles"], previous={}),
        events.WebChatDeleted(web_chat=chat, changed=["deleted_at"], previous={}),
    ]


def _inbound_systems() -> list[Event]:
    system = events.InboundSystemFacts(
        system="telephony",
        label="Telephone system",
        kinds=["call"],
        is_active=True,
        per_minute=600,
        old_secret_until=None,
    )
    return [
        events.InboundSystemCreated(inbound_system=system, changed=[], previous={}),
        events.InboundSystemUpdated(inbound_system=system, changed=["mapping"], previous={}),
        events.InboundSystemDeleted(inbound_system=system, changed=["deleted_at"], previous={}),
    ]


def _received() -> events.ReceivedFacts:
    return events.ReceivedFacts(
        owner_id=EXAMPLE_ID,
        team_id=EXAMPLE_ID,
        channel="email",
        purpose="service",
        status="received",
        recipient_kind="house",
        direction="inbound",
        conversation_id=EXAMPLE_ID,
        contact_id=EXAMPLE_ID,
        company_id=None,
        lead_id=None,
        deal_id=EXAMPLE_ID,
        answers_message_id=EXAMPLE_ID,
        mailing_id=None,
        variant=None,
        is_automatic=False,
        is_first=True,
        files=1,
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
    events.ChannelUpdated(
        channel=events.ChannelFacts(
            channel="sms",
            is_stopped=False,
            rate_per_s=20.0,
            quiet_from=time(21, 0),
            quiet_until=time(9, 0),
            cap_messages=2,
            cap_days=7,
            price=Decimal("0.85"),
            currency="UAH",
        ),
        changed=["rate_per_s"],
        previous={"rate_per_s": 50.0},
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
    events.WatchedFieldsRead(
        reading=ReadingFacts(noun="deal", fields=["amount"], count=1, ids=[str(EXAMPLE_ID)])
    ),
    *_mailings(),
    events.MessageOpened(message=_message("sent"), is_machine=False),
    events.MessageClicked(message=_message("sent"), is_machine=False),
    events.MessageUnsubscribed(message=_message("sent")),
    events.MessageDelivered(message=_message("delivered", cost=Decimal("0.85"))),
    events.MessageBounced(message=_message("bounced", "dsn-5.1.1")),
    events.MessageComplained(message=_message("delivered", "complaint")),
    events.MessagePriced(message=_message("sent", cost=Decimal("0.85"))),
    *_incoming(),
]
