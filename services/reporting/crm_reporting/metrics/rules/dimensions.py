"""By what metrics can be cut, and in what they are told."""

from enum import StrEnum


class Dimension(StrEnum):
    OWNER = "owner"
    TEAM = "team"
    PRODUCT = "product"
    SECTOR = "sector"
    PIPELINE = "pipeline"
    COMPANY = "company"
    CUSTOMER = "customer"
    CHANNEL = "channel"
    STAGE = "stage"
    REASON = "reason"
    DEPARTMENT = "department"
    COMPETITOR = "competitor"
    SOURCE = "source"
    TOPIC = "topic"
    MAILING = "mailing"
    KIND = "kind"
    CATEGORY = "category"
    CAMPAIGN = "campaign"
    PURPOSE = "purpose"


class Direction(StrEnum):
    UP = "up"
    DOWN = "down"
    NONE = "none"


# One column by several names: what a part is sorted by.
KINDS = frozenset(
    {
        Dimension.KIND, Dimension.REASON, Dimension.COMPETITOR, Dimension.SOURCE, Dimension.TOPIC,
        Dimension.MAILING,
    }
)  # fmt: skip
_PEOPLE = (Dimension.OWNER, Dimension.TEAM)
_WHO = (*_PEOPLE, Dimension.CUSTOMER)
_PLACE = (*_PEOPLE, Dimension.PIPELINE, Dimension.COMPANY)
_FLOW = (*_PLACE, Dimension.CUSTOMER, Dimension.SECTOR, Dimension.CHANNEL)
_LOSS = (*_FLOW, Dimension.REASON, Dimension.DEPARTMENT)
# The sets that entries of the catalogue name.
SETS: dict[str, tuple[Dimension, ...]] = {
    "none": (),
    "people": _PEOPLE,
    "ways": (*_PLACE, Dimension.STAGE),
    "stocks": (*_PLACE, Dimension.SECTOR, Dimension.CHANNEL, Dimension.STAGE),
    "flows": _FLOW,
    "deals": (*_FLOW, Dimension.PRODUCT),
    "closings": (*_LOSS, Dimension.PRODUCT),
    "reasons": (*_LOSS, Dimension.PRODUCT),
    "losses": (*_LOSS, Dimension.PRODUCT, Dimension.STAGE),
    "competitors": (*_FLOW, Dimension.COMPETITOR),
    "kinds": (*_FLOW, Dimension.KIND),
    "money": (*_WHO, Dimension.COMPANY, Dimension.SECTOR),
    "leads": (*_WHO, Dimension.CHANNEL, Dimension.SOURCE),
    "sorted": (*_WHO, Dimension.KIND),
    "work": (*_WHO, Dimension.CHANNEL, Dimension.KIND),
    "tasks": (*_WHO, Dimension.KIND),
    "topics": (*_WHO, Dimension.CHANNEL, Dimension.TOPIC),
    "mailings": (*_WHO, Dimension.CHANNEL, Dimension.MAILING),
    "channels": (Dimension.CHANNEL,),
    "kind": (Dimension.KIND,),
    "customers": (Dimension.CUSTOMER,),
    "costs": (Dimension.CATEGORY, Dimension.CHANNEL, Dimension.CAMPAIGN, Dimension.PURPOSE),
}
