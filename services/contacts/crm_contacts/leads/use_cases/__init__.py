"""What can be done to a lead, one file per kind of verb."""

from crm_contacts.leads.use_cases.alarms import raise_overdue, raise_unassigned
from crm_contacts.leads.use_cases.answering import note_answer
from crm_contacts.leads.use_cases.conversion import ConvertOrder, convert_lead
from crm_contacts.leads.use_cases.duplicates import Duplicate, duplicates_of, mind_duplicates
from crm_contacts.leads.use_cases.moves import (
    assign_lead,
    confirm_lead,
    disqualify_lead,
    lead_of_link,
    qualify_lead,
    reopen_lead,
    respond_to_lead,
)
from crm_contacts.leads.use_cases.writing import (
    Terms,
    create_lead,
    delete_lead,
    new_lead,
    restore_lead,
    update_lead,
    write_lead,
)

__all__ = [
    "ConvertOrder",
    "Duplicate",
    "Terms",
    "assign_lead",
    "confirm_lead",
    "convert_lead",
    "create_lead",
    "delete_lead",
    "disqualify_lead",
    "duplicates_of",
    "lead_of_link",
    "mind_duplicates",
    "new_lead",
    "note_answer",
    "qualify_lead",
    "raise_overdue",
    "raise_unassigned",
    "reopen_lead",
    "respond_to_lead",
    "restore_lead",
    "update_lead",
    "write_lead",
]
