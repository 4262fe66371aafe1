"""Giving a deal another currency: its figures stay, as far as they can be paid in it."""

from crm_deals.deals.models import Deal
from crm_deals.deals.use_cases.preparing import Values, reduced
from crm_deals.lines.rules import total_of
from crm_shared.money import round_money


def round_to_currency(deal: Deal, values: Values) -> None:
    """Round what these values leave as it was to the deal's currency: JPY has no hundredths."""
    if "line_items" not in values:
        is_of_lines = bool(deal.line_items) and deal.amount == total_of(deal.line_items)
        deal.line_items = reduced(deal.line_items, deal.discount, deal.currency)
        # rounded each, lines make another sum than their sum rounded
        if is_of_lines and "amount" not in values:
            deal.amount = total_of(deal.line_items)
    for name in {"amount", "expected_amount"} - values.keys():
        if (kept := getattr(deal, name)) is not None:
            setattr(deal, name, round_money(kept, deal.currency))
