"""Merging and unmerging: one file per verb."""

from crm_contacts.merging.use_cases.absorb import absorb, fill
from crm_contacts.merging.use_cases.merge import Merged, MergeOrder, merge, preview
from crm_contacts.merging.use_cases.nouns import COMPANIES, CONTACTS, Noun
from crm_contacts.merging.use_cases.unmerge import Unmerged, unmerge

__all__ = [
    "COMPANIES",
    "CONTACTS",
    "MergeOrder",
    "Merged",
    "Noun",
    "Unmerged",
    "absorb",
    "fill",
    "merge",
    "preview",
    "unmerge",
]
