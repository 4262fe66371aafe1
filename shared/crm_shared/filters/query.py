"""The same filter as query parameters: `stage_id=…`, `amount[gte]=100`, `tags[has_any]=a,b`."""

import re
from collections.abc import Iterable

from crm_shared.errors import FieldError
from crm_shared.filters.fields import Fields
from crm_shared.filters.tree import LIST_OPS, Comparison, parse_comparison

_NAME = re.compile(r"[a-z][a-z_]{0,39}(?:\.[a-z_]{1,40})*(?:\[[a-z_]{1,20}\])?")
_PARAMETER = re.compile(r"([^\[\]]+)(?:\[([a-z_]+)\])?")


def parse_query(
    parameters: Iterable[tuple[str, str]], fields: Fields
) -> tuple[list[Comparison], list[FieldError]]:
    """Read comparisons from query parameters; returns them and what is wrong with the rest.

    Lists are separated by commas; repeating a list parameter adds to it.
    """
    gathered: dict[str, list[str]] = {}
    for key, value in parameters:
        gathered.setdefault(key, []).append(value)
    comparisons, errors = [], []
    for key, values in gathered.items():
        result = _comparison(key, values, fields)
        if isinstance(result, FieldError):
            errors.append(result)
        else:
            comparisons.extend(result)
    return comparisons, errors


def _comparison(key: str, values: list[str], fields: Fields) -> list[Comparison] | FieldError:
    match = _PARAMETER.fullmatch(key)
    name, op = (match[1], match[2] or "eq") if match else (key, "eq")
    if name not in fields:
        # what is no name at all may be a value that slipped out of its place: not told back
        where = f"/query/{key}" if _NAME.fullmatch(key) else "/query"
        return FieldError(where, "unknown-parameter", "Nobody knows this parameter here.")
    pointer = f"/query/{name}"
    raws: list[object] = list(values)
    if op in LIST_OPS or op == "between":
        raws = [[part for value in values for part in value.split(",") if part]]
    results = [parse_comparison(name, op, raw, fields, pointer=pointer) for raw in raws]
    fault = next((one for one in results if isinstance(one, FieldError)), None)
    return fault or [one for one in results if isinstance(one, Comparison)]
