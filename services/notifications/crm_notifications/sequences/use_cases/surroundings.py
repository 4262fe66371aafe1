"""Everything that a batch of sequences is led by, looked up in a few questions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.messages.rules import Recipient, RecipientKind, last_word
from crm_notifications.sequences import queries
from crm_notifications.sequences.models import Enrolment
from crm_notifications.sequences.rules import Begun, Stand, State, template_facts
from crm_notifications.subjects import queries as subjects
from crm_notifications.subjects.models import Subject
from crm_shared.db import aliases
from crm_shared.events import known_calendar, refs
from crm_shared.working_time import WorkingCalendar

ABOUT = ("owner_id", "team_id", "contact_id", "company_id", "deal_id")


def begun(one: Enrolment) -> Begun:
    """Return how things stood when a sequence began."""
    return Begun(one.started_at, frozenset(one.stop_on), one.stage_id, one.outcome)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known of the rules, records and persons of a batch."""

    calendar: WorkingCalendar
    rules: frozenset[UUID]
    survivors: Mapping[UUID, UUID]
    contacts: Mapping[UUID, Subject]
    deals: Mapping[UUID, Subject]
    invoices: Mapping[UUID, Subject]
    answers: Mapping[UUID, datetime]
    labels: Mapping[UUID, Mapping[str, Any]]
    twins: frozenset[UUID]

    def about(self, one: Enrolment) -> dict[str, UUID | None]:
        """Return whom it is about now: merged records live on in others, deals change hands."""
        found = {name: getattr(one, name) for name in ABOUT}
        record = self._record(one)
        if record is not None:
            told = {name: record.facts.get(name) for name in ("owner_id", "team_id")}
            found |= {name: UUID(str(id_)) if id_ else None for name, id_ in told.items()}
        return {name: self._living(id_) for name, id_ in found.items()}

    def facts(self, one: Enrolment) -> dict[str, dict[str, Any]]:
        """Return what letters tell of the record: as it stands now, else as it stood."""
        deal = self.deals.get(one.deal_id) if one.deal_id else None
        now = {} if deal is None else template_facts({"deal": deal.facts})
        return {**one.facts, **now}

    def stand(self, one: Enrolment) -> Stand:
        """Return everything that may end a sequence."""
        contact_id = self._living(one.contact_id)
        contact = self.contacts.get(contact_id) if contact_id else None
        deal = self.deals.get(one.deal_id) if one.deal_id else None
        record = self._record(one)
        # a copy may be older than the event that began it
        told = deal.facts if deal is not None and self._is_newer(deal, one) else {}
        heard = [self.answers.get(id_) for id_ in (one.contact_id, contact_id, one.deal_id) if id_]
        stage_id = told.get("stage_id")
        return Stand(
            is_rule_active=one.rule_id in self.rules,
            is_gone=any(each is not None and each.is_gone for each in (contact, record)),
            is_twin=one.id in self.twins,
            stage_id=UUID(str(stage_id)) if stage_id else None,
            outcome=told.get("outcome"),
            answered_at=max((at for at in heard if at is not None), default=None),
        )

    def has_refused(self, recipient: Recipient, step: Mapping[str, Any]) -> bool:
        """Tell whether a client said that he wants no such letters; not that he never agreed."""
        if recipient.kind is not RecipientKind.CONTACT:
            return False
        said = self.labels.get(recipient.id, {}).get("consents")
        return last_word(said, purpose=step["purpose"], channel=step["channel"]) is False

    def _record(self, one: Enrolment) -> Subject | None:
        if one.noun == "contact":
            living = self._living(one.subject_id)
            return self.contacts.get(living) if living else None
        kept = {"deal": self.deals, "invoice": self.invoices}.get(one.noun, {})
        return kept.get(one.subject_id)

    def _living(self, id_: UUID | None) -> UUID | None:
        return self.survivors.get(id_, id_) if id_ else None

    @staticmethod
    def _is_newer(deal: Subject, one: Enrolment) -> bool:
        return one.noun != "deal" or deal.revision >= one.source_revision


async def look_around(
    session: AsyncSession, batch: Sequence[Enrolment], zone: ZoneInfo
) -> Surroundings:
    """Return what a batch is led by."""
    named = {id_ for one in batch for id_ in (one.contact_id, one.company_id) if id_}
    survivors = await aliases.survivors(session, named | _subjects(batch, "contact"))
    contacts = named | _subjects(batch, "contact") | set(survivors.values())
    deals = {one.deal_id for one in batch if one.deal_id} | _subjects(batch, "deal")
    return Surroundings(
        calendar=await known_calendar.known_calendar(session, zone),
        rules=frozenset(await queries.active_rules(session, {one.rule_id for one in batch})),
        survivors=survivors,
        contacts=await subjects.subjects(session, "contact", contacts),
        deals=await subjects.subjects(session, "deal", deals),
        invoices=await subjects.subjects(session, "invoice", _subjects(batch, "invoice")),
        answers={
            **await subjects.answers(session, "contact", contacts),
            **await subjects.answers(session, "deal", deals),
        },
        labels=await refs.labels(session, "contact", contacts),
        twins=await _twins(session, batch, survivors),
    )


def _subjects(batch: Sequence[Enrolment], noun: str) -> set[UUID]:
    return {one.subject_id for one in batch if one.noun == noun}


async def _twins(
    session: AsyncSession, batch: Sequence[Enrolment], survivors: Mapping[UUID, UUID]
) -> frozenset[UUID]:
    """Sequences of merged persons that another record of the same person goes through as well."""
    merged = [one for one in batch if one.subject_id in survivors and one.noun == "contact"]
    groups = await aliases.groups(session, {one.subject_id for one in merged})
    everybody = {id_ for group in groups.values() for id_ in group}
    others = await queries.of_subjects(session, {one.rule_id for one in merged}, everybody)
    return frozenset(
        one.id
        for one in merged
        for other in others
        if other.rule_id == one.rule_id
        and other.id != one.id
        and other.subject_id in groups[one.subject_id]
        and (other.status == State.ACTIVE or other.occasion == one.occasion)
        # of two that were both merged away the older one goes on
        and (other.subject_id == survivors[one.subject_id] or other.id < one.id)
    )
