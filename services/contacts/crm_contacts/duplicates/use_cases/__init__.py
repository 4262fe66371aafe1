"""Finding duplicates, standing and at the door, and saying that two are none."""

from crm_contacts.duplicates.use_cases.decide import dismiss, keep_apart, reopen
from crm_contacts.duplicates.use_cases.door import Likeness, likenesses, one_to_link, refuse
from crm_contacts.duplicates.use_cases.scan import scan

__all__ = [
    "Likeness",
    "dismiss",
    "keep_apart",
    "likenesses",
    "one_to_link",
    "refuse",
    "reopen",
    "scan",
]
