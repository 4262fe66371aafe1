"""What every route of leads needs."""

from typing import Annotated, Any

from fastapi import Depends

from crm_contacts.addresses.errors import InvalidAddressesError
from crm_contacts.leads.errors import LeadExistsError, LeadOutsideScopeError, NamelessLeadError
from crm_contacts.leads.models import Lead
from crm_contacts.leads.schemas import LeadOut
from crm_contacts.leads.use_cases import Duplicate, Terms
from crm_contacts.permissions import READ_LEADS, WRITE_LEADS
from crm_contacts.settings import SettingsDep
from crm_shared.actor import Access
from crm_shared.http.auth import require
from crm_shared.validations.errors import ForbiddenByValidationError

REFUSALS = (
    LeadExistsError,
    LeadOutsideScopeError,
    NamelessLeadError,
    InvalidAddressesError,
    ForbiddenByValidationError,
)
Reader = Annotated[Access, require(READ_LEADS)]
Writer = Annotated[Access, require(WRITE_LEADS)]


async def _terms(settings: SettingsDep) -> Terms:
    return Terms(region=settings.phone_region, respond_within=settings.lead_respond_within)


TermsDep = Annotated[Terms, Depends(_terms)]


def with_duplicates(lead: Lead, duplicates: list[Duplicate]) -> dict[str, Any]:
    """Return a lead as it is shown, with who might be the same."""
    shown = LeadOut.model_validate(lead).model_dump()
    return {**shown, "all_fields": lead.all_fields, "possible_duplicates": duplicates}
