"""Setting a preset up, and writing one from what is there."""

from crm_deals.presets.use_cases.applying import Applied, Makers, Order, apply_preset
from crm_deals.presets.use_cases.exporting import Shapes, export_preset

__all__ = ["Applied", "Makers", "Order", "Shapes", "apply_preset", "export_preset"]
