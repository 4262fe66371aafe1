"""A mapping must not name what its maker may not see: what became of a row would tell it."""

from collections.abc import Iterator, Mapping

from crm_shared.http.hiding import NOTHING, FieldHiddenError, hidden_of
from crm_shared.imports.mapping import CellRule, ImportMapping, Items
from crm_shared.imports.nouns import Field, Noun
from crm_shared.policies import covers


def refuse_hidden(mapping: ImportMapping, noun: Noun) -> None:
    """Refuse to fill hidden fields from a file, or to find records by them."""
    faults = [*_fields(mapping.fields, noun.fields, noun.name, "/mapping/fields")]
    if mapping.key is not None and _finds_by(mapping.key.by, noun.name):
        faults.append("/mapping/key/by")
    if faults:
        raise FieldHiddenError(*faults)


def _fields(
    rules: Mapping[str, CellRule | Items], fields: Mapping[str, Field], noun: str, at: str
) -> Iterator[str]:
    hidden = hidden_of(noun)
    for name, rule in rules.items():
        known, where = fields.get(name), f"{at}/{name}"
        if covers(hidden, name):
            yield where
        elif isinstance(rule, list):
            # rows within a row are called as the noun is, in the plural
            inner = known.items if known else {}
            for index, item in enumerate(rule):
                yield from _fields(item, inner, name.removesuffix("s"), f"{where}/{index}")
        elif known is not None and known.of and _finds_by(rule.by, known.of):
            yield f"{where}/by"


def _finds_by(name: str, noun: str) -> bool:
    """Tell whether records are found by a hidden field: `phone` is one of `phones`."""
    hidden = hidden_of(noun)
    return hidden != NOTHING and (covers(hidden, name) or covers(hidden, f"{name}s"))
