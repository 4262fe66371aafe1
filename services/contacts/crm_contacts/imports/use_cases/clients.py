"""Bringing rows in: the same rules as the API's, many rows with few statements."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel

from crm_contacts.addresses.rules import normalise
from crm_contacts.companies import use_cases as companies
from crm_contacts.companies.models import Company
from crm_contacts.companies.schemas import CompanyIn
from crm_contacts.consents.rules import with_last_words
from crm_contacts.contacts import use_cases as contacts
from crm_contacts.contacts.models import Contact
from crm_contacts.contacts.schemas import ContactIn
from crm_contacts.customs.catalogue import BOOK
from crm_contacts.duplicates.catalogue import COMPANY, CONTACT, Kind
from crm_contacts.duplicates.queries import candidates, visible_by_id
from crm_contacts.duplicates.rules import Policy
from crm_contacts.events import CompanyFacts, ContactFacts
from crm_contacts.gates.use_cases import open_gates, refused_of
from crm_contacts.imports import queries
from crm_contacts.imports.errors import CONTACT_RESTRICTED, POSSIBLE_DUPLICATE
from crm_contacts.imports.use_cases.common import Incoming, checked, outcome, told, without_name
from crm_contacts.merging.use_cases import COMPANIES as MERGED_COMPANIES
from crm_contacts.merging.use_cases import CONTACTS as MERGED_CONTACTS
from crm_contacts.merging.use_cases import Noun, fill
from crm_contacts.teams import queries as team_queries
from crm_contacts.teams import use_cases as teams
from crm_contacts.teams.schemas import TeamIn
from crm_contacts.users import queries as user_queries
from crm_contacts.users import use_cases as users
from crm_contacts.users.schemas import UserIn
from crm_contacts.versions.statements import add_rows
from crm_contacts.versions.use_cases import Change, announce_many, changes_told
from crm_shared.errors import FieldError, InvalidError
from crm_shared.events.envelope import Event
from crm_shared.events.outbox import Changes
from crm_shared.imports.nouns import Desk, Outcome

ClientT = TypeVar("ClientT", Company, Contact)


@dataclass(frozen=True, slots=True)
class Clients(Generic[ClientT]):
    """What companies and contacts have in common when they come in numbers."""

    model: type[ClientT]
    facts: type[BaseModel]
    make: Callable[..., ClientT]
    created: Callable[[ClientT], Event]
    updated: Callable[[ClientT, Changes], Event]
    kind: Kind[ClientT]
    merging: Noun[ClientT]

    async def write(self, desk: Desk, batch: Sequence[Incoming]) -> list[Outcome]:
        """Put a batch in: new ones in one statement, changed ones with one flush."""
        # one after the other where rows mean the same person: the later one meets the earlier one
        return [
            outcome
            for part in self._parts(desk, batch)
            for outcome in await self._write(desk, part)
        ]

    def _parts(self, desk: Desk, batch: Sequence[Incoming]) -> list[Sequence[Incoming]]:
        """Cut a batch before each row that shares a number or an address with one before it."""
        if desk.settings.on_duplicate_import not in (Policy.REFUSE, Policy.LINK):
            return [batch]
        parts: list[Sequence[Incoming]] = []
        begin, seen = 0, set[str]()
        for place, one in enumerate(batch):
            card = self.kind.card(self._made(desk, one, {}))
            keys = card.emails | card.phones
            if keys & seen:
                parts.append(batch[begin:place])
                begin, seen = place, set()
            seen |= keys
        return [*parts, batch[begin:]]

    async def _write(self, desk: Desk, batch: Sequence[Incoming]) -> list[Outcome]:
        names = [one.name for one in batch if one.name]
        here = await queries.here(desk.session, self.model, desk.system, names)
        found = await queries.by_ids(desk.session, self.model, [one.record_id for one in batch])
        owners = {one.values["owner_id"] for one in batch if one.values.get("owner_id")}
        first_teams = await queries.first_teams(desk.session, owners)
        rows = [found.get(one.record_id) or here.get(one.name) for one in batch]
        ready = [await self._settled(desk, one, row) for one, row in zip(batch, rows, strict=True)]
        made = {
            place: self._made(desk, one, first_teams)
            for place, (one, row) in enumerate(zip(ready, rows, strict=True))
            if isinstance(one, Incoming) and row is None
        }
        coming: dict[int, Change] = {
            place: (fresh, self.created(fresh), batch[place].created_at)
            for place, fresh in made.items()
        }
        refused = await refused_of(desk.session, list(coming.values()))
        alike = await self._alike(desk, list(made.values()))
        new: list[Change] = []
        changed: list[Change] = []
        outcomes: list[Outcome] = []
        for place, (one, row) in enumerate(zip(ready, rows, strict=True)):
            if not isinstance(one, Incoming):
                outcomes.append(one)
            elif _is_restricted(row):
                outcomes.append([CONTACT_RESTRICTED])
            elif row is not None:
                is_changed = await self._changed(desk, row, one, changed)
                outcomes.append(outcome(False, is_changed))
            elif twins := alike.get(made[place].id):
                outcomes.append(self._met(desk, made[place], twins, changed))
            elif against := refused.get(made[place].id):
                outcomes.append(told(against))
            else:
                new.append(coming[place])
                outcomes.append("created")
        if new:
            # each has been asked about
            with open_gates():
                await add_rows(desk.session, new)
        await announce_many(desk.session, changed)
        return outcomes

    async def _settled(
        self, desk: Desk, one: Incoming, row: ClientT | None
    ) -> Incoming | list[FieldError]:
        """Return a row with its custom fields checked, or what is wrong with them."""
        try:
            values = await BOOK.settled(
                desk.session, self.kind.name, one.values, row, by_label=True
            )
        except InvalidError as refused:
            return list(refused.errors)
        return replace(one, values=values)

    async def _alike(self, desk: Desk, made: list[ClientT]) -> dict[UUID, list[ClientT]]:
        """Return whom new rows share a number or an address with, where the policy asks."""
        if desk.settings.on_duplicate_import not in (Policy.REFUSE, Policy.LINK):
            return {}
        cards = self.kind.cards(made)
        pairs = await candidates(desk.session, self.kind, cards, by_name=False)
        others = {other for _, other in pairs}
        rows = await visible_by_id(desk.session, self.kind, desk.access, others)
        known = {row.id: row for row in rows}
        alike: dict[UUID, list[ClientT]] = {}
        for one, other in pairs:
            if other in known:
                alike.setdefault(one, []).append(known[other])
        return alike

    def _met(
        self, desk: Desk, draft: ClientT, twins: list[ClientT], changed: list[Change]
    ) -> Outcome:
        if desk.settings.on_duplicate_import is Policy.REFUSE or len(twins) > 1:
            return [POSSIBLE_DUPLICATE]
        row = twins[0]
        if _is_restricted(row):
            return [CONTACT_RESTRICTED]
        if row.external_id is None:
            # so that the next import knows it by name
            row.source_system, row.external_id = draft.source_system, draft.external_id
        changes = fill(self.merging, row, draft)
        if not changes:
            return "unchanged"
        changed[:] = [change for change in changed if change[0] is not row]
        changed.append((row, self.updated(row, changes), None))
        return "updated"

    def _made(self, desk: Desk, one: Incoming, first_teams: Mapping[UUID, UUID | None]) -> ClientT:
        values = dict(one.values)
        if values.get("owner_id") and "team_id" not in values:
            values["team_id"] = first_teams.get(values["owner_id"])
        return self.make(values, region=desk.settings.phone_region, at=one.created_at)

    async def _changed(
        self, desk: Desk, row: ClientT, one: Incoming, changed: list[Change]
    ) -> bool:
        values = {**_unnamed(one, row), "deleted_at": None}
        region = desk.settings.phone_region
        parent_id = values.get("parent_id")
        if isinstance(row, Company) and parent_id not in (None, row.parent_id):
            # only the ordinary way looks for circles
            await companies.update_company(desk.session, desk.access, row, values, region=region)
            return True
        sent = normalise(values, region)
        known: list[dict[str, Any]] = row.consents if isinstance(row, Contact) else []
        row.apply(with_last_words(sent, known))
        changes = changes_told(row, self.facts)
        if changes:
            # two names of one merged record make one change of it
            changed[:] = [change for change in changed if change[0] is not row]
            changed.append((row, self.updated(row, changes), None))
        return bool(changes)


COMPANIES = Clients(
    Company,
    CompanyFacts,
    companies.new_company,
    companies.created,
    companies.updated,
    COMPANY,
    MERGED_COMPANIES,
)
CONTACTS = Clients(
    Contact,
    ContactFacts,
    contacts.new_contact,
    contacts.created,
    contacts.updated,
    CONTACT,
    MERGED_CONTACTS,
)


def check_company(_desk: Desk, values: dict[str, Any]) -> Incoming:
    """Return a company that the API would take."""
    return checked(CompanyIn, values)


def check_contact(_desk: Desk, values: dict[str, Any]) -> Incoming:
    """Return a contact that the API would take."""
    return checked(ContactIn, values)


def check_user(_desk: Desk, values: dict[str, Any]) -> Incoming:
    """Return a user that the API would take; a password cannot be imported."""
    return checked(UserIn, values)


def check_team(_desk: Desk, values: dict[str, Any]) -> Incoming:
    """Return a team that the API would take."""
    return checked(TeamIn, values)


async def write_users(desk: Desk, batch: Sequence[Incoming]) -> list[Outcome]:
    """Put users in, one after another: there are few, and each may be the last admin."""
    outcomes: list[Outcome] = []
    for one in batch:
        here = await user_queries.find_by_external(desk.session, desk.system, one.name)
        before = here.revision if here else 0
        user, is_new = await users.upsert_user(
            desk.session, desk.system, one.name, without_name(one)
        )
        outcomes.append(outcome(is_new, user.revision != before))
    return outcomes


async def write_teams(desk: Desk, batch: Sequence[Incoming]) -> list[Outcome]:
    """Put teams in, one after another: each may be the parent of the next."""
    outcomes: list[Outcome] = []
    for one in batch:
        here = await team_queries.find_by_external(desk.session, desk.system, one.name)
        before = here.revision if here else 0
        team, is_new = await teams.upsert_team(
            desk.session, desk.system, one.name, without_name(one)
        )
        outcomes.append(outcome(is_new, team.revision != before))
    return outcomes


def _is_restricted(row: Company | Contact | None) -> bool:
    return isinstance(row, Contact) and row.restricted_at is not None


def _unnamed(one: Incoming, row: Company | Contact) -> dict[str, Any]:
    """Return the values without a name that belongs to a record which was merged into this one."""
    return dict(one.values) if one.name == row.external_id else without_name(one)
