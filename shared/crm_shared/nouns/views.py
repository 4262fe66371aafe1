"""What can be done to a saved view."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_shared.actor import Actor, Role
from crm_shared.clock import utc_now
from crm_shared.errors import FieldError, InvalidError
from crm_shared.events import outbox
from crm_shared.events.outbox import ChangedMeanwhileError
from crm_shared.ids import new_id
from crm_shared.nouns.errors import (
    NotYourTeamError,
    NotYourViewError,
    ViewExistsError,
    ViewNotFoundError,
)
from crm_shared.nouns.events import SavedViewEvent, SavedViewFacts
from crm_shared.nouns.listing import NounListing
from crm_shared.nouns.shelf import ViewShelf, entry_of

SAME_NAME = 7_274_117
PLAIN: Mapping[str, Any] = {
    "sharing": "private",
    "team_id": None,
    "filter": None,
    "columns": [],
    "sort": None,
}


@dataclass(frozen=True, slots=True)
class ViewEvents:
    """The service's own names of what happens to a view."""

    created: type[SavedViewEvent]
    updated: type[SavedViewEvent]
    deleted: type[SavedViewEvent]


class Views:
    """The verbs over the views of one noun."""

    def __init__(
        self, shelf: ViewShelf, events: ViewEvents, listing: NounListing, shown: frozenset[str]
    ) -> None:
        self.shelf = shelf
        self.noun = listing.noun
        self._events = events
        self._listing = listing
        self._shown = shown

    async def get(self, session: AsyncSession, actor: Actor, view_id: UUID) -> Any:
        """Return a view that somebody may use."""
        visible = self.shelf.visible(actor, self.noun)
        view = await session.scalar(visible.where(self.shelf.model.id == view_id))
        if view is None:
            raise ViewNotFoundError(view_id)
        return view

    async def faults(self, session: AsyncSession, view: Any) -> list[FieldError]:
        """Return what a view asks for and the noun does not have (any more)."""
        # asked anew each time: custom fields come and go after a view was saved
        whole = await self._listing.whole(session)
        shown = self._shown | whole.fields.keys()
        return entry_of(view).checked(whole.fields, whole.sortable, shown)[1]

    async def create(self, session: AsyncSession, actor: Actor, values: Mapping[str, Any]) -> Any:
        """Save a view; it is its maker's own unless he shares it."""
        model = self.shelf.model
        view = model(id=new_id(), noun=self.noun, owner_id=actor.id, **{**PLAIN, **values})
        await self._check(session, actor, view)
        await self._be_the_only_one(session, view)
        session.add(view)
        await self._record(session, view, self._events.created, outbox.Changes([], {}))
        return view

    async def update(
        self,
        session: AsyncSession,
        actor: Actor,
        view: Any,
        values: Mapping[str, Any],
        *,
        expected: int | None,
    ) -> Any:
        """Change a view; what it asks for must be there."""
        _check_change(actor, view, expected)
        for name, value in values.items():
            setattr(view, name, value)
        changes = outbox.changes_of(view, SavedViewFacts)
        if changes:
            await self._check(session, actor, view)
            if "name" in changes.changed:
                await self._be_the_only_one(session, view)
            await self._record(session, view, self._events.updated, changes)
        return view

    async def delete(
        self, session: AsyncSession, actor: Actor, view: Any, *, expected: int | None
    ) -> None:
        """Put a view away; who had it by default has none."""
        _check_change(actor, view, expected)
        view.deleted_at = utc_now()
        defaults = self.shelf.defaults
        # also other people's: a default that is gone would refuse each of their lists
        await session.execute(delete(defaults).where(defaults.view_id == view.id))
        changes = outbox.Changes(["deleted_at"], {})
        await self._record(session, view, self._events.deleted, changes)

    async def choose(self, session: AsyncSession, actor: Actor, view_id: UUID | None) -> None:
        """Take a view by default, or none."""
        defaults = self.shelf.defaults
        if view_id is None:
            await session.execute(
                delete(defaults).where(defaults.user_id == actor.id, defaults.noun == self.noun)
            )
            return
        # nobody's default may be a view that is not shown to him
        await self.get(session, actor, view_id)
        chosen = insert(defaults).values(user_id=actor.id, noun=self.noun, view_id=view_id)
        await session.execute(
            chosen.on_conflict_do_update(
                index_elements=["user_id", "noun"], set_={"view_id": chosen.excluded.view_id}
            )
        )

    async def default_id(self, session: AsyncSession, actor: Actor) -> UUID | None:
        """Return the view that somebody takes by default."""
        defaults = self.shelf.defaults
        chosen = select(defaults.view_id).where(
            defaults.user_id == actor.id, defaults.noun == self.noun
        )
        found: UUID | None = await session.scalar(chosen)
        return found

    async def _check(self, session: AsyncSession, actor: Actor, view: Any) -> None:
        if (view.sharing == "team") != (view.team_id is not None):
            raise InvalidError(
                FieldError("/team_id", "mismatch", "Named when shared with a team, and only then.")
            )
        # a view shared with a strange team would put words before people whom one does not work
        # with
        if view.team_id not in (None, *actor.team_ids) and actor.role is not Role.ADMIN:
            raise NotYourTeamError
        faults = await self.faults(session, view)
        if faults:
            raise InvalidError(*faults)

    async def _be_the_only_one(self, session: AsyncSession, view: Any) -> None:
        # held instead of a unique index: views of one name from before must not stop an upgrade
        key = func.hashtextextended(f"{self.noun}|{view.owner_id}", SAME_NAME)
        await session.execute(select(func.pg_advisory_xact_lock(key)))
        model = self.shelf.model
        other = select(model.id).where(
            model.owner_id == view.owner_id,
            model.noun == self.noun,
            model.deleted_at.is_(None),
            model.id != view.id,
            func.lower(model.name) == view.name.lower(),
        )
        if await session.scalar(other.limit(1)) is not None:
            raise ViewExistsError

    async def _record(
        self, session: AsyncSession, view: Any, kind: type[SavedViewEvent], changes: outbox.Changes
    ) -> None:
        event = kind(
            saved_view=SavedViewFacts.model_validate(view),
            changed=changes.changed,
            previous=changes.previous,
        )
        await outbox.record(session, view, event)


def _check_change(actor: Actor, view: Any, expected: int | None) -> None:
    if view.owner_id != actor.id and actor.role is not Role.ADMIN:
        raise NotYourViewError
    if expected not in (None, view.revision):
        raise ChangedMeanwhileError
