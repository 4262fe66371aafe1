"""Which wins are purchases: those that were not paid back in full.

The few that were are looked up by themselves, so that lists of all others are still read from an
index alone.
"""

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import aliased

from crm_reporting.contributions.models import Contribution
from crm_reporting.contributions.rules import Part

_UNSOLD = f"SELECT subject_id FROM contributions WHERE part = {Part.UNSOLD:d}"  # noqa: S608
IS_PURCHASE = f"subject_id NOT IN ({_UNSOLD})"


def is_purchase() -> ColumnElement[bool]:
    """Return that a row is of a deal that was not paid back in full."""
    unsold = aliased(Contribution)
    found = select(unsold.subject_id).where(unsold.part == int(Part.UNSOLD))
    return Contribution.subject_id.not_in(found)
