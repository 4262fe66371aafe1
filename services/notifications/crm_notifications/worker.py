"""What the notifications worker runs: rules on events, and letters on their way."""

from dataclasses import replace
from weakref import WeakKeyDictionary

from crm_notifications.agenda.queries import Agenda, sending_of
from crm_notifications.channels.rules import Channel
from crm_notifications.channels.senders import ASKED, senders_of
from crm_notifications.consumers import SUBSCRIPTIONS
from crm_notifications.deliveries.jobs import MessageSender, ask_about_strangers
from crm_notifications.deliveries.rules.links import Links
from crm_notifications.feed.jobs import trim_feed
from crm_notifications.inbound.jobs import JOBS as INBOUND_JOBS
from crm_notifications.inbound.queries import inbound_refs
from crm_notifications.inbox.jobs import JOBS as INBOX_JOBS
from crm_notifications.inbox.jobs import UPKEEP as INBOX_UPKEEP
from crm_notifications.mail_intake.jobs import read_mailbox
from crm_notifications.mailings.jobs import call_off_letters, fill_mailings, finish_mailings
from crm_notifications.persons.jobs import erase_again
from crm_notifications.persons.queries import person_refs
from crm_notifications.receipts.jobs import ask_provider
from crm_notifications.retention.catalogue import KEEPING
from crm_notifications.sequences.jobs import JOBS as SEQUENCE_JOBS
from crm_notifications.sequences.jobs import UPKEEP as SEQUENCE_UPKEEP
from crm_notifications.web_chats.jobs import UPKEEP as WEB_CHAT_UPKEEP
from crm_notifications.webhooks.jobs import JOBS as WEBHOOK_JOBS
from crm_notifications.webhooks.jobs import UPKEEP as WEBHOOK_UPKEEP
from crm_shared.db.engine import Sessions
from crm_shared.worker import Job, JobContext, WorkerParts

# connections to a provider live as long as the worker that opened them
_AGENDAS: WeakKeyDictionary[Sessions, Agenda] = WeakKeyDictionary()
_SENDERS: WeakKeyDictionary[Sessions, MessageSender] = WeakKeyDictionary()


def _sender_of(context: JobContext) -> MessageSender:
    sender = _SENDERS.get(context.sessions)
    if sender is None:
        sender = MessageSender(
            context.sessions,
            senders_of(context.settings, context.sessions),
            languages=context.settings.language_list,
            links=Links(context.settings.base_url, context.settings.link_key),
            zone=context.settings.zone,
        )
        _SENDERS[context.sessions] = sender
    return sender


def _sending(channel: Channel) -> Job:
    """A job for each channel: a provider that hangs holds up nobody else's letters."""

    async def send(context: JobContext) -> int:
        return await _sender_of(context).send_some(channel)

    return Job(sending_of(channel), 0.25, send, again_s=0.02)


def _when_on_the_agenda(job: Job) -> Job:
    """Ask for a job only when one look for all of them found something to do."""

    async def has_work(context: JobContext) -> bool:
        agenda = _AGENDAS.setdefault(context.sessions, Agenda(context.sessions))
        return await agenda.holds(job.name)

    return replace(job, has_work=has_work)


async def _sweep(context: JobContext) -> int:
    return await _sender_of(context).sweep()


async def _ask_providers(context: JobContext) -> int:
    asked = 0
    for channel, sender in _sender_of(context).senders.items():
        if sender.name in ASKED:
            asked += await ask_provider(context.sessions, channel, sender)
    return asked


async def _fill_mailings(context: JobContext) -> int:
    return await fill_mailings(context.sessions, context.bus, context.settings.link_key)


async def _finish_mailings(context: JobContext) -> int:
    called_off = await call_off_letters(context.sessions)
    return called_off + await finish_mailings(context.sessions)


async def _ask_about_strangers(context: JobContext) -> int:
    return await ask_about_strangers(context.sessions, context.bus)


PARTS = WorkerParts(
    subscriptions=SUBSCRIPTIONS,
    jobs=[
        *map(
            _when_on_the_agenda,
            [
                *(_sending(channel) for channel in Channel),
                Job("fill-mailings", 1.0, _fill_mailings),
                Job("finish-mailings", 2.0, _finish_mailings),
                *WEBHOOK_JOBS,
                *INBOX_JOBS,
                *SEQUENCE_JOBS,
            ],
        ),
        Job("ask-about-strangers", 5.0, _ask_about_strangers),
        Job("ask-providers", 30.0, _ask_providers),
        Job("erasures-again", 600.0, erase_again),
        Job("sweep-lost-messages", 10.0, _sweep),
        Job("read-mailbox", 15.0, read_mailbox),
        Job("trim-feed", 60.0, trim_feed),
        *INBOUND_JOBS,
        *WEB_CHAT_UPKEEP,
        *WEBHOOK_UPKEEP,
        *INBOX_UPKEEP,
        *SEQUENCE_UPKEEP,
        KEEPING.job(),
    ],
    refs={"person": person_refs, "inbound": inbound_refs},
)
