"""Bodies of taking clients in."""

from pydantic import Field

from crm_contacts.companies.schemas import CompanyOut
from crm_contacts.contacts.schemas import ContactOut
from crm_contacts.duplicates.schemas import LikenessOut

WHO_ELSE = "who else might be the same, within one's scope, the likest first"


class ContactMadeOut(ContactOut):
    possible_duplicates: list[LikenessOut] = Field(description=WHO_ELSE)


class CompanyMadeOut(CompanyOut):
    possible_duplicates: list[LikenessOut] = Field(description=WHO_ELSE)
