"""What a message says, what stands in its way, and where its links lead: pure functions."""

from crm_notifications.deliveries.rules.answering import letter_of
from crm_notifications.deliveries.rules.composing import (
    UTC_ZONE,
    BoundKey,
    Hindrance,
    Known,
    compose,
    full_name,
    zone_of,
)
from crm_notifications.deliveries.rules.links import Links, Row, key_of

__all__ = [
    "UTC_ZONE",
    "BoundKey",
    "Hindrance",
    "Known",
    "Links",
    "Row",
    "compose",
    "full_name",
    "key_of",
    "letter_of",
    "zone_of",
]
