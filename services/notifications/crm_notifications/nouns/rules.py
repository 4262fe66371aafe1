"""What of a letter its reader's role may not see, left empty; and what of it is watched."""

from collections.abc import Iterable

from crm_notifications.templates.rules import Values
from crm_shared.policies import Names, covers

# What a variable tells when that is not the field of its own name.
TELLS: dict[str, tuple[str, ...]] = {
    "contact.full_name": ("contact.first_name", "contact.last_name"),
    "deal.stage": ("deal.stage_id", "deal.stage_label"),
    "from_stage.label": ("deal.stage_id", "deal.stage_label"),
    "to_stage.label": ("deal.stage_id", "deal.stage_label"),
    "owner.name": ("deal.owner_id",),
    "product.name": ("product.label",),
    # what an invoice comes to tells what its deal does
    "invoice.total": ("deal.amount",),
    "invoice.due": ("deal.amount",),
    "invoice.number": (),
    "invoice.due_date": (),
    "invoice.currency": (),
    "activity.date": ("activity.due_at",),
    "activity.time": ("activity.due_at",),
    # of the reader himself, and of the day
    "recipient.name": (),
    "recipient.unsubscribe_url": (),
    "event.date": (),
    "survey.url": (),
    # behind it stands what its reader may see himself
    "report.url": (),
    "report.title": (),
}


def without_hidden(values: Values, hidden: Names) -> Values:
    """Return what a letter's gaps are filled with, those of hidden fields empty."""
    if not hidden:
        return values
    return {
        noun: {
            field: None if is_hidden(f"{noun}.{field}", hidden) else value
            for field, value in fields.items()
        }
        for noun, fields in values.items()
    }


def is_hidden(variable: str, hidden: Names) -> bool:
    """Tell whether a variable tells a hidden field."""
    return bool(_among(variable, hidden))


def watched_in(
    variables: Iterable[str], values: Values, watched: Names
) -> dict[str, frozenset[str]]:
    """Return by noun what of watched fields a letter tells; an empty gap tells nothing."""
    found: dict[str, frozenset[str]] = {}
    for variable in variables if watched else ():
        noun, _dot, field = variable.partition(".")
        if values.get(noun, {}).get(field) is not None:
            for of, name in _among(variable, watched):
                found[of] = found.get(of, frozenset()) | {name}
    return found


def _among(variable: str, names: Names) -> list[tuple[str, str]]:
    told = (name.partition(".")[::2] for name in TELLS.get(variable, (variable,)))
    return [(noun, name) for noun, name in told if covers(names.get(noun, frozenset()), name)]
