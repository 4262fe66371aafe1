"""Of what there are segments, and what their rules may ask."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.companies.fields import LISTING as COMPANY_LISTING
from crm_contacts.companies.models import Company
from crm_contacts.contacts.fields import LISTING as CONTACT_LISTING
from crm_contacts.contacts.models import Contact
from crm_contacts.purchases.fields import won_sums
from crm_contacts.purchases.models import CustomerDeal
from crm_shared.actor import Access
from crm_shared.db.scope import visible
from crm_shared.filters import Fields
from crm_shared.nouns.listing import NounListing

# A rule that asks who is in segments would have to be asked again whenever another one was.
NOT_ASKED = frozenset({"segment_ids"})


@dataclass(frozen=True)
class Kind:
    """One noun that segments or call lists are of; `whose_deal`: the column of its deals."""

    noun: str
    model: type[Any]
    listing: NounListing
    whose_deal: Any | None

    async def askable(self, session: AsyncSession, raw: object) -> Fields:
        """Return what a rule may ask: fields, custom fields, figures of purchases."""
        whole = (await self.listing.whole(session)).fields
        known = {name: field for name, field in whole.items() if name not in NOT_ASKED}
        if self.whose_deal is None:
            return Fields(known)
        return Fields({**known, **won_sums(self.model.id, self.whose_deal, raw)})

    def is_there(self) -> ColumnElement[bool]:
        """Return the condition that a record can be in a segment: there, and of use."""
        there: ColumnElement[bool] = self.model.deleted_at.is_(None)
        # a person whose data is restricted is kept and not used
        return and_(there, Contact.restricted_at.is_(None)) if self.model is Contact else there

    def may_see(self, access: Access) -> ColumnElement[bool]:
        """Return the condition that a record lies within somebody's scope."""
        return visible(access, self.model.owner_id, self.model.team_id)


KINDS: Mapping[str, Kind] = {
    "contact": Kind("contact", Contact, CONTACT_LISTING, CustomerDeal.contact_id),
    "company": Kind("company", Company, COMPANY_LISTING, CustomerDeal.company_id),
}
