"""The kinds of records that are compared, and what of each."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from crm_contacts.companies.models import Company
from crm_contacts.contacts.models import Contact
from crm_contacts.duplicates.rules import Card
from crm_contacts.folding.rules import fold
from crm_contacts.leads.models import Lead

RowT = TypeVar("RowT", Contact, Company, Lead)


@dataclass(frozen=True, slots=True)
class Kind(Generic[RowT]):
    """One kind of record: where it lies and what its card says."""

    name: str
    model: type[RowT]
    card: Callable[[RowT], Card]

    def cards(self, rows: list[RowT]) -> dict[Any, Card]:
        """Return the card of each row by its id."""
        return {row.id: self.card(row) for row in rows}


def _card(row: Any, names: list[str | None], place: str | None, place_kind: str) -> Card:
    return Card(
        name=" ".join(fold(name) for name in names if name),
        emails=frozenset(row.email_keys),
        phones=frozenset(row.phone_keys),
        place=place,
        place_kind=place_kind,
    )


def _of_contact(row: Contact) -> Card:
    place = None if row.company_id is None else str(row.company_id)
    return _card(row, [row.last_name, row.first_name], place, "company")


def _of_company(row: Company) -> Card:
    return _card(row, [row.name], fold(row.city) if row.city else None, "city")


def _of_lead(row: Lead) -> Card:
    place = fold(row.company_name) if row.company_name else None
    return _card(row, [row.last_name, row.first_name], place, "company")


CONTACT = Kind("contact", Contact, _of_contact)
COMPANY = Kind("company", Company, _of_company)
LEAD = Kind("lead", Lead, _of_lead)
KINDS: dict[str, Kind[Any]] = {kind.name: kind for kind in (CONTACT, COMPANY, LEAD)}
