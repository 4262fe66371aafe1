"""S3: no body leaves a service before somebody said which noun's fields it shows, or that it shows
none: what is not named here is refused, so that a field that is hidden has no new way out."""

from collections.abc import Iterator
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin

import pytest
from fastapi.routing import APIRoute
from pydantic import BaseModel

from crm_contacts.nouns.catalogue.bodies import SHOWN as of_contacts
from crm_deals.nouns.catalogue.bodies import SHOWN as of_deals
from crm_notifications.nouns.catalogue import SHOWN as of_notifications
from crm_shared.program import app_of
from crm_shared.settings import ServiceSettings

PACKAGES = ("crm_contacts", "crm_deals", "crm_notifications", "crm_reporting")
# bodies in which nothing stands that a role could be kept from: configuration, ids, counts
TELLS_NOTHING = Path(__file__).with_name("tells_nothing.txt")
each_service = pytest.mark.parametrize("package", PACKAGES, scope="session")


def models_in(kind: Any) -> Iterator[type[BaseModel]]:
    """Yield every model that an answer is made of."""
    if get_origin(kind) is not None:
        for inner in get_args(kind):
            yield from models_in(inner)
    elif isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind
        for one in kind.model_fields.values():
            if kind not in models_in_fields(one.annotation):
                yield from models_in(one.annotation)


def models_in_fields(kind: Any) -> set[type[BaseModel]]:
    """Return the models that a field names itself: one that nests itself is looked at once."""
    if get_origin(kind) in (Union, UnionType, list, dict, tuple):
        return set().union(*(models_in_fields(inner) for inner in get_args(kind)))
    return {kind} if isinstance(kind, type) and issubclass(kind, BaseModel) else set()


@each_service
def test_every_body_says_what_it_shows(package: str, settings: ServiceSettings) -> None:
    app = app_of(package, settings)
    shown = app.state.resources.shown
    said = {*shown.nouns, *shown.told_by, *shown.several}
    known = set(TELLS_NOTHING.read_text().split())
    answers = [one.response_model for one in app.routes if isinstance(one, APIRoute)]

    bodies = {
        model
        for answer in answers
        for model in models_in(answer)
        if not said.intersection(model.__mro__) and not model.__pydantic_generic_metadata__["args"]
    }

    silent = {f"{one.__module__.split('.')[0]}.{one.__name__}" for one in bodies}
    assert sorted(silent - known) == []


def test_events_and_letters_hide_what_the_owners_of_nouns_hide() -> None:
    heard = of_notifications.follows
    for owner in (of_contacts, of_deals):
        for noun, told in owner.follows.items():
            for name, more in told.items():
                assert more <= heard[noun][name], f"{noun}.{name}"
