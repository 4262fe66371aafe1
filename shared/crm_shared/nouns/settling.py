"""Custom fields of one record: what was sent, over what it held, split into its two columns."""

from collections.abc import Mapping
from typing import Any, TypeAlias

from crm_shared.errors import FieldError, InvalidError
from crm_shared.nouns.kinds import Definition
from crm_shared.nouns.values import ValueFault, read

Values: TypeAlias = Mapping[str, Any]
Columns: TypeAlias = dict[str, dict[str, Any]]
Known: TypeAlias = Mapping[str, Definition]


def settle(
    known: Known,
    given: Values,
    held: Values | None,
    *,
    demanding: bool = True,
    by_label: bool = False,
) -> Columns:
    """Return the two columns after `given` was put over `held`; InvalidError names every fault.

    A new record (`held` None) gets defaults and, if `demanding`, must have what is required. What
    is not sent stays; null empties a field. Values of archived fields stay and cannot be changed.
    """
    faults: list[FieldError] = []
    result = dict(held or {})
    for key, raw in given.items():
        _put(result, known.get(key), key, raw, faults, by_label=by_label)
    for key, field in known.items():
        if field.is_archived:
            continue
        if held is None and key not in given and field.default is not None:
            result[key] = field.default
        is_asked = demanding and field.is_required and (held is None or key in given)
        is_refused = any(fault.pointer.startswith(pointer_of(key)) for fault in faults)
        if is_asked and key not in result and not is_refused:
            faults.append(FieldError(pointer_of(key), "required", f"{key} is required."))
    if faults:
        raise InvalidError(*faults)
    return _split(known, result)


def _put(
    result: dict[str, Any],
    field: Definition | None,
    key: str,
    raw: object,
    faults: list[FieldError],
    *,
    by_label: bool,
) -> None:
    if field is None:
        words = "There is no such custom field."
        faults.append(FieldError(pointer_of(key), "unknown-field", words))
        return
    had = result.get(key)
    try:
        value = read(field, raw, had=had, by_label=by_label)
    except ValueFault as wrong:
        faults.append(FieldError(pointer_of(key) + wrong.inside, wrong.code, wrong.detail))
        return
    if field.is_archived and value != had:
        words = "The field is archived: its values can no longer be changed."
        faults.append(FieldError(pointer_of(key), "archived-field", words))
    elif value is None:
        result.pop(key, None)
    else:
        result[key] = value


def _split(known: Known, values: Values) -> Columns:
    columns: Columns = {"custom_fields": {}, "personal_fields": {}}
    for key, value in values.items():
        field = known.get(key)
        # what nobody can explain any more is kept, and told to nobody
        columns[field.column if field else "personal_fields"][key] = value
    return columns


def pointer_of(key: str) -> str:
    """Return the place of a custom field in a body; a strange key is the caller's text."""
    shown = key if key.isascii() and key.replace("_", "").isalnum() and len(key) <= 64 else "?"  # noqa: PLR2004
    return f"/custom_fields/{shown}"
