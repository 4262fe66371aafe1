"""Refusing a validation that could never be met, or that asks what its writer may not see."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from crm_shared.errors import FieldError, InvalidError
from crm_shared.filters import Fields, parse_tree
from crm_shared.http.hiding import refuse_conditions
from crm_shared.nouns.fields import PREFIX, custom_name


def check_definition(
    *,
    noun: str,
    askable: Fields,
    known: Collection[str],
    conditions: Mapping[str, Any],
    demands: Sequence[Mapping[str, Any]],
    fields: Sequence[str],
) -> None:
    """Refuse conditions and names of fields that records of the noun do not have.

    `known` are its own fields; custom ones can be demanded, but not watched.
    """
    _check_tree(noun, askable, conditions, "/conditions")
    custom = {custom_name(name) for name in askable if name.startswith(PREFIX)}
    for index, demand in enumerate(demands):
        pointer = f"/demands/{index}"
        if demand["check"] == "holds":
            _check_tree(noun, askable, demand["conditions"], f"{pointer}/conditions")
        name = demand.get("field")
        if name is not None and name not in known and custom_name(name) not in custom:
            raise unknown("field", f"{pointer}/field", known)
    for index, name in enumerate(fields):
        if name not in known:
            raise unknown("field", f"/fields/{index}", known)


def _check_tree(noun: str, askable: Fields, raw: Mapping[str, Any], pointer: str) -> None:
    tree = parse_tree(raw, askable, pointer=pointer)
    refuse_conditions(tree, at=pointer, noun=noun)


def unknown(what: str, pointer: str, known: Collection[str]) -> InvalidError:
    """Return the refusal of a word that a noun does not have, with those it has."""
    words = f"Known are: {', '.join(sorted(known)) or 'none'}."
    return InvalidError(FieldError(pointer, f"unknown-{what}", words))
