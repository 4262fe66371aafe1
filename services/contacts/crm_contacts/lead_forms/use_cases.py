"""What can be done to a web form, and what comes through it."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.addresses.rules import normal_email
from crm_contacts.events import (
    LeadFormCreated,
    LeadFormDeleted,
    LeadFormFacts,
    LeadFormUpdated,
)
from crm_contacts.gates.use_cases import open_gates
from crm_contacts.lead_forms import queries, rules
from crm_contacts.lead_forms.errors import HoneypotIsAFieldError, OptInWithoutEmailError
from crm_contacts.lead_forms.models import LeadForm
from crm_contacts.lead_forms.statements import count_hit
from crm_contacts.leads.errors import NamelessLeadError
from crm_contacts.leads.use_cases import Terms, create_lead
from crm_contacts.versions.use_cases import announce, changes_told
from crm_shared.actor import SYSTEM_ACCESS
from crm_shared.clock import utc_now
from crm_shared.ids import new_id

Values = Mapping[str, Any]
STANDARD: Values = {
    "is_active": True,
    "channel": "web",
    "double_opt_in": False,
    "sends_letter": True,
    # more than a page of a small company gets in a day, less than a script sends in a second
    "per_minute": 60,
    # an office shares one address: its colleagues may each fill the form in
    "per_address_hour": 10,
}


def new_lead_form(values: Values) -> tuple[LeadForm, str]:
    """Make the row and its key; only the key's hash stays."""
    # 192 bits: the key is public in a page and still not to be guessed for another form
    key = secrets.token_urlsafe(24)
    form = LeadForm(id=new_id(), created_at=utc_now(), key_hash=rules.key_hash(key))
    fresh = {"fields": ["first_name", "last_name", "email", "phone", "message"], "utm_labels": {}}
    _apply(form, {**STANDARD, **fresh, **values})
    return form, key


async def create_lead_form(session: AsyncSession, values: Values) -> tuple[LeadForm, str]:
    """Set up a form and announce it; its key is told this once."""
    form, key = new_lead_form(values)
    session.add(form)
    event = LeadFormCreated(lead_form=facts_of(form), changed=[], previous={})
    await announce(session, form, event)
    return form, key


async def update_lead_form(session: AsyncSession, form: LeadForm, values: Values) -> LeadForm:
    """Change a form and announce it; a change that changes nothing says nothing."""
    _apply(form, values)
    if changes := changes_told(form, LeadFormFacts):
        event = LeadFormUpdated(
            lead_form=facts_of(form), changed=changes.changed, previous=changes.previous
        )
        await announce(session, form, event)
    return form


async def renew_key(session: AsyncSession, form: LeadForm) -> str:
    """Give a form another key; the old one brings nothing any more."""
    key = secrets.token_urlsafe(24)
    form.key_hash = rules.key_hash(key)
    event = LeadFormUpdated(lead_form=facts_of(form), changed=["key"], previous={})
    await announce(session, form, event)
    return key


async def delete_lead_form(session: AsyncSession, form: LeadForm) -> None:
    """Put a form away; the leads it brought stay."""
    form.deleted_at = utc_now()
    event = LeadFormDeleted(lead_form=facts_of(form), changed=["deleted_at"], previous={})
    await announce(session, form, event)


async def capture(
    session: AsyncSession, key: str, body: Values, *, visitor: str, terms: Terms
) -> None:
    """Make a lead of what a visitor filled in; whatever is wrong with it, nothing is said."""
    form = await queries.find_by_key(session, rules.key_hash(key))
    # a machine is told the same as a person: it must not learn which field gave it away
    if form is None or (form.honeypot and body.get(form.honeypot)):
        return
    if not await _may_come(session, form, visitor):
        return
    answers = rules.read_answers(body, form.fields)
    values = {
        **rules.lead_values(answers, region=terms.region),
        "labels": rules.labels_of(answers, form.campaign, form.utm_labels),
        "form_id": form.id,
        "awaits_confirmation": form.double_opt_in,
        **{name: getattr(form, name) for name in ("source", "channel", "campaign", "owner_id")},
    }
    if form.team_id is not None:
        values["team_id"] = form.team_id
    try:
        # a visitor is never lost to a rule that people can meet later
        with open_gates():
            await create_lead(
                session,
                SYSTEM_ACCESS,
                values,
                terms=terms,
                demanding=False,
                by_letter=await _may_write_to(session, form, values.get("emails")),
            )
    except NamelessLeadError:
        return  # nobody could be answered


async def _may_come(session: AsyncSession, form: LeadForm, visitor: str) -> bool:
    now = utc_now()
    # the visitor first: one who sends too often must not use up the form for the others
    of_visitor = await count_hit(session, form.id, visitor, now=now, window=rules.ADDRESS_WINDOW)
    if of_visitor > form.per_address_hour:
        return False
    of_all = await count_hit(session, form.id, "all", now=now, window=rules.FORM_WINDOW)
    return of_all <= form.per_minute


async def _may_write_to(
    session: AsyncSession, form: LeadForm, emails: Sequence[Mapping[str, str]] | None
) -> bool:
    """Tell whether a visitor is asked by letter to confirm, and count it."""
    if not (emails and form.double_opt_in and form.sends_letter):
        return False
    # whoever types in a stranger's address time and again must not fill his mailbox through us
    address = rules.address_hash(form.key_hash, normal_email(emails[0]["value"]) or "")
    written = await count_hit(session, form.id, address, now=utc_now(), window=rules.LETTERS_WINDOW)
    return written <= rules.MOST_LETTERS


def facts_of(form: LeadForm) -> LeadFormFacts:
    return LeadFormFacts.model_validate(form)


def _apply(form: LeadForm, values: Values) -> None:
    for name, value in values.items():
        setattr(form, name, value)
    # a field that people fill in would throw all of them away
    if form.honeypot in rules.FIELD_NAMES:
        raise HoneypotIsAFieldError
    if form.double_opt_in and "email" not in form.fields:
        raise OptInWithoutEmailError
