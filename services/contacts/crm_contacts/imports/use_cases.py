"""Bringing rows in: the same rules as the API's, many rows with few statements."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel

from crm_contacts.addresses.rules import normalise
from crm_contacts.companies import use_cases as companies
from crm_contacts.companies.models import Company
from crm_contacts.companies.schemas import CompanyIn
from crm_contacts.contacts import use_cases as contacts
from crm_contacts.contacts.models import Contact
from crm_contacts.contacts.schemas import ContactIn
from crm_contacts.customs.catalogue import BOOK
from crm_contacts.events import CompanyFacts, ContactFacts
from crm_contacts.imports import queries
from crm_contacts.imports.errors import CREATED_IN_THE_FUTURE
from crm_contacts.teams import queries as team_queries
from crm_contacts.teams import use_cases as teams
from crm_contacts.teams.schemas import TeamIn
from crm_contacts.users import queries as user_queries
from crm_contacts.users import use_cases as users
from crm_contacts.users.schemas import UserIn
from crm_contacts.versions.statements import add_rows
from crm_contacts.versions.use_cases import Change, announce_many, changes_told
from crm_shared.clock import utc_now
from crm_shared.errors import InvalidError
from crm_shared.events.envelope import Event
from crm_shared.events.outbox import Changes
from crm_shared.imports.nouns import Desk, Outcome

ClientT = TypeVar("ClientT", Company, Contact)


@dataclass(frozen=True, slots=True)
class Incoming:
    """A row that passed the rules of the API, with the date it had elsewhere."""

    values: dict[str, Any]
    created_at: datetime | None

    @property
    def name(self) -> str:
        """The id under which the other system knows it."""
        return str(self.values["external_id"])


@dataclass(frozen=True, slots=True)
class Clients(Generic[ClientT]):
    """What companies and contacts have in common when they come in numbers."""

    noun: str
    model: type[ClientT]
    facts: type[BaseModel]
    make: Callable[..., ClientT]
    created: Callable[[ClientT], Event]
    updated: Callable[[ClientT, Changes], Event]

    async def write(self, desk: Desk, batch: Sequence[Incoming]) -> list[Outcome]:
        """Put a batch in: new ones in one statement, changed ones with one flush."""
        names = [one.name for one in batch]
        here = await queries.here(desk.session, self.model, desk.system, names)
        owners = {one.values["owner_id"] for one in batch if one.values.get("owner_id")}
        first_teams = await queries.first_teams(desk.session, owners)
        new: list[Change] = []
        changed: list[Change] = []
        outcomes: list[Outcome] = []
        for told in batch:
            one = told
            row = here.get(one.name)
            try:
                settled = await BOOK.settled(
                    desk.session, self.noun, one.values, row, by_label=True
                )
            except InvalidError as refused:
                outcomes.append(list(refused.errors))
                continue
            one = replace(one, values=settled)
            if row is None:
                row = self._made(desk, one, first_teams)
                new.append((row, self.created(row), one.created_at))
                outcomes.append("created")
            elif await self._changed(desk, row, one, changed):
                outcomes.append("updated")
            else:
                outcomes.append("unchanged")
        if new:
            await add_rows(desk.session, new)
        await announce_many(desk.session, changed)
        return outcomes

    def _made(self, desk: Desk, one: Incoming, first_teams: Mapping[UUID, UUID | None]) -> ClientT:
        values = dict(one.values)
        if values.get("owner_id") and "team_id" not in values:
            values["team_id"] = first_teams.get(values["owner_id"])
        return self.make(values, region=desk.settings.phone_region, at=one.created_at)

    async def _changed(
        self, desk: Desk, row: ClientT, one: Incoming, changed: list[Change]
    ) -> bool:
        values = {**one.values, "deleted_at": None}
        region = desk.settings.phone_region
        parent_id = values.get("parent_id")
        if isinstance(row, Company) and parent_id not in (None, row.parent_id):
            # only the ordinary way looks for circles
            await companies.update_company(desk.session, desk.access, row, values, region=region)
            return True
        row.apply(normalise(values, region))
        changes = changes_told(row, self.facts)
        if changes:
            changed.append((row, self.updated(row, changes), None))
        return bool(changes)


COMPANIES = Clients(
    "company", Company, CompanyFacts, companies.new_company, companies.created, companies.updated
)
CONTACTS = Clients(
    "contact", Contact, ContactFacts, contacts.new_contact, contacts.created, contacts.updated
)


def check_company(_desk: Desk, values: dict[str, Any]) -> Incoming:
    """Return a company that the API would take."""
    return _checked(CompanyIn, values)


def check_contact(_desk: Desk, values: dict[str, Any]) -> Incoming:
    """Return a contact that the API would take."""
    return _checked(ContactIn, values)


def check_user(_desk: Desk, values: dict[str, Any]) -> Incoming:
    """Return a user that the API would take; a password cannot be imported."""
    return _checked(UserIn, values)


def check_team(_desk: Desk, values: dict[str, Any]) -> Incoming:
    """Return a team that the API would take."""
    return _checked(TeamIn, values)


async def write_users(desk: Desk, batch: Sequence[Incoming]) -> list[Outcome]:
    """Put users in, one after another: there are few, and each may be the last admin."""
    outcomes: list[Outcome] = []
    for one in batch:
        here = await user_queries.find_by_external(desk.session, desk.system, one.name)
        before = here.revision if here else 0
        user, is_new = await users.upsert_user(
            desk.session, desk.system, one.name, _without_name(one)
        )
        outcomes.append(_outcome(is_new, user.revision != before))
    return outcomes


async def write_teams(desk: Desk, batch: Sequence[Incoming]) -> list[Outcome]:
    """Put teams in, one after another: each may be the parent of the next."""
    outcomes: list[Outcome] = []
    for one in batch:
        here = await team_queries.find_by_external(desk.session, desk.system, one.name)
        before = here.revision if here else 0
        team, is_new = await teams.upsert_team(
            desk.session, desk.system, one.name, _without_name(one)
        )
        outcomes.append(_outcome(is_new, team.revision != before))
    return outcomes


def _checked(body: type[BaseModel], values: dict[str, Any]) -> Incoming:
    created_at = values.pop("created_at", None)
    given = body.model_validate(values).model_dump(exclude_unset=True)
    if created_at is not None and created_at > utc_now():
        raise InvalidError(CREATED_IN_THE_FUTURE)
    return Incoming(given, created_at)


def _without_name(one: Incoming) -> dict[str, Any]:
    return {k: v for k, v in one.values.items() if k not in ("source_system", "external_id")}


def _outcome(is_new: bool, is_changed: bool) -> Outcome:
    if is_new:
        return "created"
    return "updated" if is_changed else "unchanged"
