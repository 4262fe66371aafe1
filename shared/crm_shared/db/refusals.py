"""What the database refused, in the words of who asked."""

import re

from sqlalchemy.exc import DBAPIError

from crm_shared.errors import ConflictError, FieldError

# as `crm_shared.nouns.indexes` calls them
_OF_CUSTOM_FIELD = re.compile(r"uq_[a-z_]+?_custom_([a-z0-9_]+)")


class UniqueConflictError(ConflictError):
    """Something that must be unique is taken."""

    problem = "already-exists"


def constraint_of(error: DBAPIError) -> str | None:
    """Return the name of the constraint that was broken, if the driver tells it."""
    cause = error.orig.__cause__ if error.orig is not None else None
    name = getattr(cause, "constraint_name", None)
    return str(name) if name else None


def not_unique(error: DBAPIError) -> UniqueConflictError | None:
    """Return the refusal of a custom field's value that another record has, if it is that."""
    found = _OF_CUSTOM_FIELD.fullmatch(constraint_of(error) or "")
    if found is None:
        return None
    words = "Another record has this value."
    refused = UniqueConflictError(words)
    refused.errors = (FieldError(f"/custom_fields/{found[1]}", "not-unique", words),)
    return refused
