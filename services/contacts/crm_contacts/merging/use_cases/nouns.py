"""What can be merged: contacts and companies, and how their fields come together."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel, TypeAdapter
from pydantic_core import to_jsonable_python
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.inspection import inspect

from crm_contacts.companies.errors import CompanyNotFoundError
from crm_contacts.companies.models import Company
from crm_contacts.contacts.errors import ContactNotFoundError
from crm_contacts.contacts.models import Contact
from crm_contacts.events import (
    CompanyFacts,
    CompanyMerged,
    CompanyUnmerged,
    ContactFacts,
    ContactMerged,
    ContactUnmerged,
)
from crm_contacts.merging.rules import Key, Shape
from crm_contacts.versions.use_cases import announce, changes_told, snapshot
from crm_shared.db import aliases
from crm_shared.db.refusals import not_unique
from crm_shared.events.envelope import Event
from crm_shared.nouns.columns import CUSTOM_COLUMNS

ClientT = TypeVar("ClientT", Contact, Company)
BELONGING = ("owner_id", "team_id")


def _itself(item: Any) -> Any:
    return item


def _value(item: Mapping[str, Any]) -> Any:
    return item["value"]


def _consent(item: Mapping[str, Any]) -> Any:
    return item["channel"], item["purpose"]


_COMMON: dict[str, Key] = {
    "emails": _value,
    "phones": _value,
    "tags": _itself,
    "preferences": _itself,
    **dict.fromkeys(sorted(CUSTOM_COLUMNS), _itself),
}


@dataclass(frozen=True, slots=True)
class Noun(Generic[ClientT]):
    """One kind of client: its rows, its fields and its events."""

    kind: str
    model: type[ClientT]
    shape: Shape
    facts: type[BaseModel]
    merged: type[Event]
    unmerged: type[Event]
    not_found: type[ContactNotFoundError] | type[CompanyNotFoundError]

    def fields_of(self, row: ClientT) -> dict[str, Any]:
        """Return the fields of a row as versions write them."""
        # as versions hold them: an unmerge compares with what was written then
        kept: dict[str, Any] = to_jsonable_python(snapshot(row))
        return {name: kept.get(name) for name in self.shape.names}

    def put(self, row: ClientT, values: Mapping[str, Any]) -> None:
        """Set those fields of a row that differ, from JSON values."""
        now = self.fields_of(row)
        columns = inspect(self.model).columns
        differing = {name: value for name, value in values.items() if value != now[name]}
        if not CUSTOM_COLUMNS.isdisjoint(differing):
            # what is told of a record and what is personal are put together
            differing |= {name: values[name] or {} for name in CUSTOM_COLUMNS}
        row.apply(
            {
                name: _read(columns[name].type.python_type, value)
                for name, value in differing.items()
            }
        )

    async def announce(
        self,
        session: AsyncSession,
        kind: type[Event],
        row: ClientT,
        survivor_id: UUID,
        loser_id: UUID,
    ) -> None:
        """Let one of the two tell what became of it, and write it."""
        changes = changes_told(row, self.facts)
        said = {
            self.kind: self.facts.model_validate(row),
            "changed": changes.changed,
            "previous": changes.previous,
            "survivor_id": survivor_id,
            "loser_id": loser_id,
        }
        try:
            await announce(session, row, kind.model_validate(said))
        except IntegrityError as taken:
            # both may hold a value that must be unique: the survivor cannot have two
            raise not_unique(taken) or taken from taken

    async def remember(self, session: AsyncSession, loser: ClientT, into_id: UUID) -> None:
        """Let whatever names the loser mean the other from now on, or itself again."""
        alias = aliases.Alias(self.kind, loser.id, into_id, loser.revision)
        await aliases.keep(session, [alias])


def _read(kind: type[Any], value: Any) -> Any:
    if value is None or kind in (list, dict):
        return value
    return TypeAdapter(kind).validate_python(value)


CONTACTS = Noun(
    kind="contact",
    model=Contact,
    shape=Shape(
        single=(
            "first_name",
            "middle_name",
            "last_name",
            "job_title",
            "company_id",
            "client_class",
            "lifecycle_stage",
            "source",
            "channel",
            "utm",
            "language",
            "time_zone",
            "birth_date",
            "sex",
            "country",
            "city",
            "district",
            "income_band",
            "education",
            "marital_status",
            "occupation",
        ),
        # together: an owner of one record in the team of the other would see nothing
        joined=(BELONGING,),
        # who asked one of the two records not to be called asked the company
        either=("do_not_call", "is_key"),
        many={**_COMMON, "consents": _consent},
    ),
    facts=ContactFacts,
    merged=ContactMerged,
    unmerged=ContactUnmerged,
    not_found=ContactNotFoundError,
)
COMPANIES = Noun(
    kind="company",
    model=Company,
    shape=Shape(
        single=(
            "name",
            "sector",
            "country",
            "city",
            "address",
            "website",
            "founded_year",
            "employees",
            "revenue",
            "parent_id",
            "client_class",
            "lifecycle_stage",
            "source",
        ),
        joined=(BELONGING,),
        either=("do_not_call", "is_key"),
        many={**_COMMON, "kinds": _itself},
    ),
    facts=CompanyFacts,
    merged=CompanyMerged,
    unmerged=CompanyUnmerged,
    not_found=CompanyNotFoundError,
)
