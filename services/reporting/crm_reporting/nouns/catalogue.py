"""Which bodies show something of a deal, so that fields can be hidden from roles in all of them."""

from crm_reporting.metrics.schemas import FactOut, MissingOut
from crm_reporting.reports.schemas.chain import ChainOut
from crm_reporting.reports.schemas.pipeline import FlowOut, PipelineOut, StandingOut
from crm_shared.http.shapes import Shown

# what of a row or a report tells the same as the field
_SUMS = frozenset({"weighted_amount", "n_missing_amount", "amount_reason"})
SHOWN = Shown(
    nouns={
        FactOut: "deal",
        ChainOut: "lead",
        FlowOut: "deal",
        StandingOut: "deal",
        PipelineOut: "deal",
        MissingOut: "deal",
    },
    sums=frozenset({FlowOut, StandingOut, PipelineOut, MissingOut}),
    follows={
        "deal": {
            "amount": _SUMS,
            "probability": frozenset({"weighted_amount"}),
            "line_items": frozenset({"product_id"}),
            "created_at": frozenset({"days"}),
        }
    },
)
