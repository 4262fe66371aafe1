"""Whom lists call: of each noun its records, its filter, and why one of them must not be called."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    TIMESTAMP,
    ColumnElement,
    Text,
    and_,
    case,
    cast,
    false,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.orm import aliased

from crm_contacts.call_lists.models import CallList, CallListEntry
from crm_contacts.call_lists.rules import Exclusion
from crm_contacts.consents.rules import CALLS
from crm_contacts.contacts.models import Contact
from crm_contacts.leads.fields import LISTING as LEAD_LISTING
from crm_contacts.leads.models import Lead, LeadStatus
from crm_contacts.permissions import READ_COMPANIES, READ_CONTACTS, READ_LEADS
from crm_contacts.segments.catalogue import KINDS, Kind
from crm_shared.actor import Permission

Refusals = list[tuple[ColumnElement[bool], Exclusion]]


@dataclass(frozen=True)
class Callee:
    """One noun that lists are of; `refusals` are the reasons which only this noun has."""

    kind: Kind
    read: Permission
    refusals: Callable[[Any, Any], Refusals]

    @property
    def model(self) -> type[Any]:
        return self.kind.model

    @property
    def named_by(self) -> Any:
        """Return the column of entries that names such a record."""
        return getattr(CallListEntry, f"{self.kind.noun}_id")

    def exclusion(self, purpose: Any, needs_consent: Any) -> ColumnElement[Any]:
        """Return why a record must not be called for a purpose, null if it may, as SQL."""
        model = self.model
        reasons: Refusals = [
            (or_(model.id.is_(None), model.deleted_at.is_not(None)), Exclusion.GONE),
            (model.do_not_call.is_(True), Exclusion.DO_NOT_CALL),
            *self.refusals(purpose, needs_consent),
            (func.cardinality(model.phone_keys) == 0, Exclusion.NO_PHONE),
        ]
        told = [(condition, literal(str(reason), Text())) for condition, reason in reasons]
        return case(*told, else_=None)

    def exclusion_from(self, call_list: CallList) -> ColumnElement[Any]:
        """Return the same for one list."""
        needs_consent = true() if call_list.needs_consent else false()
        return self.exclusion(literal(call_list.purpose, Text()), needs_consent)


def _contact(purpose: Any, needs_consent: Any) -> Refusals:
    word = func.jsonb_array_elements(Contact.consents).column_valued("word")
    last = (
        select(word.op("->>")("granted"))
        .where(word.op("->>")("channel") == CALLS, word.op("->>")("purpose") == purpose)
        # the instant, not its text: words are kept with the offsets they were sent with
        .order_by(cast(word.op("->>")("at"), TIMESTAMP(timezone=True)).desc())
        .limit(1)
        .correlate(Contact)
        .scalar_subquery()
    )
    return [
        (Contact.restricted_at.is_not(None), Exclusion.RESTRICTED),
        (last == "false", Exclusion.CONSENT_WITHDRAWN),
        (and_(needs_consent, last.is_(None)), Exclusion.NO_CONSENT),
    ]


def _lead(_: Any, __: Any) -> Refusals:
    # who refused as a client would be called all the same when he came in once more as a lead
    known = aliased(Contact)
    refused = select(known.id).where(
        known.phone_keys.op("&&")(Lead.phone_keys),
        or_(known.do_not_call.is_(True), known.restricted_at.is_not(None)),
        known.deleted_at.is_(None),
    )
    return [
        (Lead.status == LeadStatus.CONVERTED, Exclusion.CONVERTED),
        (refused.correlate(Lead).exists(), Exclusion.DO_NOT_CALL),
    ]


def _company(_: Any, __: Any) -> Refusals:
    return []


CALLEES: Mapping[str, Callee] = {
    "contact": Callee(KINDS["contact"], READ_CONTACTS, _contact),
    "company": Callee(KINDS["company"], READ_COMPANIES, _company),
    "lead": Callee(Kind("lead", Lead, LEAD_LISTING, None), READ_LEADS, _lead),
}
