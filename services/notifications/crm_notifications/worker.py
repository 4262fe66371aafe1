"""What the notifications worker runs: rules on events, and letters on their way."""

from weakref import WeakKeyDictionary

from crm_notifications.channels.senders import senders_of
from crm_notifications.consumers import SUBSCRIPTIONS
from crm_notifications.deliveries.jobs import MessageSender, ask_about_strangers
from crm_notifications.deliveries.rules import Links
from crm_notifications.feed.jobs import trim_feed
from crm_notifications.inbox.jobs import JOBS as INBOX_JOBS
from crm_notifications.persons.jobs import erase_again
from crm_notifications.persons.queries import person_refs
from crm_notifications.retention.catalogue import KEEPING
from crm_notifications.webhooks.jobs import JOBS as WEBHOOK_JOBS
from crm_shared.db.engine import Sessions
from crm_shared.worker import Job, JobContext, WorkerParts

# connections to a provider live as long as the worker that opened them
_SENDERS: WeakKeyDictionary[Sessions, MessageSender] = WeakKeyDictionary()


def _sender_of(context: JobContext) -> MessageSender:
    sender = _SENDERS.get(context.sessions)
    if sender is None:
        sender = MessageSender(
            context.sessions,
            senders_of(context.settings, context.sessions),
            languages=context.settings.language_list,
            links=Links(context.settings.base_url, context.settings.link_key),
        )
        _SENDERS[context.sessions] = sender
    return sender


async def _send_due(context: JobContext) -> int:
    return await _sender_of(context).send_due()


async def _sweep(context: JobContext) -> int:
    return await _sender_of(context).sweep()


async def _ask_about_strangers(context: JobContext) -> int:
    return await ask_about_strangers(context.sessions, context.bus)


PARTS = WorkerParts(
    subscriptions=SUBSCRIPTIONS,
    jobs=[
        Job("send-messages", 0.25, _send_due, again_s=0.1),
        Job("ask-about-strangers", 5.0, _ask_about_strangers),
        Job("erasures-again", 600.0, erase_again),
        Job("sweep-lost-messages", 10.0, _sweep),
        Job("trim-feed", 60.0, trim_feed),
        *WEBHOOK_JOBS,
        *INBOX_JOBS,
        KEEPING.job(),
    ],
    refs={"person": person_refs},
)
