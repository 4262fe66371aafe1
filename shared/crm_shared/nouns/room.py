"""The nouns of one service as it wires them: what hangs under `/v1/<noun>` for each of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel
from sqlalchemy import ColumnElement, Select, true

from crm_shared.actor import Access, Permission
from crm_shared.nouns.book import FieldBook
from crm_shared.nouns.definitions import Definitions, FieldChanged, FieldEvents
from crm_shared.nouns.endpoints import definitions, schema, tags, views
from crm_shared.nouns.listing import NounListing
from crm_shared.nouns.shelf import ViewShelf
from crm_shared.nouns.tags import Announce, Tagging
from crm_shared.nouns.views import ViewEvents, Views


@dataclass(frozen=True, slots=True)
class Noun:
    """One noun: where it hangs, who may see it, what it has.

    `announce` says what changed about rows whose tags changed; without it there are no tags. Of
    many rows at once, those that `may_change` are changed.
    `shown`, `taken` and `changed` are its bodies: the schema is read off them.
    """

    name: str
    path: str
    model: Any
    listing: NounListing
    read: Permission
    write: Permission
    visible: Callable[[Access], Select[Any]]
    shown: type[BaseModel]
    taken: type[BaseModel]
    changed: type[BaseModel]
    personal: frozenset[str] = frozenset()
    references: Mapping[str, str] = field(default_factory=dict)
    announce: Announce | None = None
    may_change: ColumnElement[bool] = field(default_factory=true)
    is_customised: bool = True


@dataclass(frozen=True, slots=True)
class NounRoom:
    """Everything that one service says of its nouns.

    `field_changed` tells whoever keeps in memory what may be asked of custom fields.
    """

    nouns: Sequence[Noun]
    book: FieldBook
    shelf: ViewShelf
    field_events: FieldEvents
    view_events: ViewEvents
    configure: Permission
    labels: Mapping[str, Mapping[str, str]]
    references: frozenset[str]
    field_changed: FieldChanged

    def bodies(self) -> dict[type[BaseModel], str]:
        """Return which noun each body shows or takes."""
        return {
            body: noun.name
            for noun in self.nouns
            for body in (noun.shown, noun.taken, noun.changed)
        }

    def routers(self) -> list[APIRouter]:
        """Return the routes; they come before those of the nouns: `tags` is no id."""
        return [router for noun in self.nouns for router in self._of(noun)]

    def definitions(self, noun: Noun) -> Definitions:
        """Return what can be done to a noun's custom fields."""
        return Definitions(
            self.book,
            self.field_events,
            noun.name,
            noun.model,
            self.references,
            self.field_changed,
        )

    def _of(self, noun: Noun) -> list[APIRouter]:
        plural = noun.path.rpartition("/")[2].replace("-", "_")
        made = [
            schema.router(noun, self.book if noun.is_customised else None, self.labels, plural),
            views.router(
                noun.path,
                Views(self.shelf, self.view_events, noun.listing, _names(noun)),
                noun.read,
                noun.name,
            ),
        ]
        if noun.is_customised:
            verbs = self.definitions(noun)
            made.append(definitions.router(noun.path, verbs, noun.read, self.configure, noun.name))
        if noun.announce is not None:
            tagging = Tagging(noun.model, noun.announce, noun.may_change)
            made.append(tags.router(noun, tagging, self.configure))
        return made


def _names(noun: Noun) -> frozenset[str]:
    return frozenset(noun.shown.model_fields)
