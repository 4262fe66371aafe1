"""What a deal adds to the counters: pure functions of its facts."""

from crm_reporting.contributions.rules.cells import NONE, Cell, Counts, Grain, Span, Value
from crm_reporting.contributions.rules.contributions import VERSION, contributions
from crm_reporting.contributions.rules.values import Fact, Line, Part, Row

__all__ = [
    "NONE",
    "VERSION",
    "Cell",
    "Counts",
    "Fact",
    "Grain",
    "Line",
    "Part",
    "Row",
    "Span",
    "Value",
    "contributions",
]
