"""What can be done to a deal, one file per verb."""

from crm_deals.deals.use_cases.copying import copy_deal
from crm_deals.deals.use_cases.create import create_deal
from crm_deals.deals.use_cases.from_lead import LeadOrder, begin_from_lead
from crm_deals.deals.use_cases.hand_over import hand_over_deals
from crm_deals.deals.use_cases.imports import DealImport, import_deals
from crm_deals.deals.use_cases.move import MoveOrder, are_counted, move_deal
from crm_deals.deals.use_cases.place import place_deal
from crm_deals.deals.use_cases.remove import delete_deal, restore_deal
from crm_deals.deals.use_cases.states import note_overdue, note_rotting, note_without_step
from crm_deals.deals.use_cases.update import put_deal, revise_deal, transfer_deal, update_deal

__all__ = [
    "DealImport",
    "LeadOrder",
    "MoveOrder",
    "are_counted",
    "begin_from_lead",
    "copy_deal",
    "create_deal",
    "delete_deal",
    "hand_over_deals",
    "import_deals",
    "move_deal",
    "note_overdue",
    "note_rotting",
    "note_without_step",
    "place_deal",
    "put_deal",
    "restore_deal",
    "revise_deal",
    "transfer_deal",
    "update_deal",
]
