"""Saved views: who may see them, and what they still mean when fields have come and gone."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_shared.actor import Actor
from crm_shared.errors import FieldError
from crm_shared.filters import Fields, Tree, parse_surviving
from crm_shared.nouns.errors import ViewNotFoundError

DEFAULT = "default"
MOST_SORT_KEYS = 3


@dataclass(frozen=True, slots=True)
class Kept:
    """What a view asks for now: the parts of its filter that can still be asked."""

    filter: Tree
    sort: str | None


@dataclass(frozen=True, slots=True)
class ViewEntry:
    """A view as it is read for one request."""

    filter: Any
    columns: Sequence[str]
    sort: str | None

    def checked(
        self, fields: Fields, sortable: Collection[str], shown: Collection[str] | None = None
    ) -> tuple[Kept, list[FieldError]]:
        """Return what is left of the view, and every fault; `shown` are names for its columns."""
        tree, found = parse_surviving(self.filter, fields)
        faults = [FieldError(f"/filter{one.pointer}", one.code, one.detail) for one in found]
        sort, names = self.sort, [part.lstrip("-") for part in (self.sort or "").split(",")]
        if sort is not None and not _is_order(names, {*sortable, "id"}):
            words = f"Up to {MOST_SORT_KEYS} of: {', '.join(sorted({*sortable, 'id'}))}."
            faults.append(FieldError("/sort", "invalid-sort", words))
            sort = None
        if shown is not None:
            faults += [
                FieldError(f"/columns/{index}", "unknown-field", "There is no such field.")
                for index, name in enumerate(self.columns)
                if name not in shown
            ]
        return Kept(tree, sort), faults


def _is_order(names: Sequence[str], known: Collection[str]) -> bool:
    return len(names) <= MOST_SORT_KEYS and len(set(names)) == len(names) and set(names) <= {*known}


class ViewShelf:
    """The views of one service and who takes which by default."""

    def __init__(self, model: type[Any], defaults: type[Any]) -> None:
        self.model: Any = model
        self.defaults: Any = defaults

    def visible(self, actor: Actor, noun: str) -> Select[Any]:
        """Select the views of a noun that somebody may use."""
        view = self.model
        return select(view).where(view.noun == noun, view.deleted_at.is_(None), self._is_for(actor))

    def _is_for(self, actor: Actor) -> ColumnElement[bool]:
        view = self.model
        teams = sorted(actor.team_ids)
        return or_(
            view.owner_id == actor.id,
            view.sharing == "all",
            and_(view.sharing == "team", view.team_id.in_(teams)),
        )

    async def find(
        self, session: AsyncSession, actor: Actor, noun: str, name: str
    ) -> ViewEntry | None:
        """Return the view of this id, or somebody's default one; None when he has none."""
        views = self.visible(actor, noun)
        if name == DEFAULT:
            chosen = select(self.defaults.view_id).where(
                self.defaults.user_id == actor.id, self.defaults.noun == noun
            )
            views = views.where(self.model.id == chosen.scalar_subquery())
        else:
            views = views.where(self.model.id == _uuid(name))
        found = await session.scalar(views)
        if found is None:
            # to have none is usual; to name one that is not there is a mistake
            if name == DEFAULT:
                return None
            raise ViewNotFoundError(name)
        return entry_of(found)


def entry_of(view: Any) -> ViewEntry:
    """Return a view's row as it is read."""
    return ViewEntry(view.filter, view.columns, view.sort)


def _uuid(name: str) -> UUID:
    try:
        return UUID(name)
    except ValueError as strange:
        # what was typed is not repeated: problems carry no input
        raise ViewNotFoundError("of that name") from strange
