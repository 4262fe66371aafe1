"""Examples of what is said when lists leave the house."""

from crm_deals import events
from crm_shared.events.envelope import Event

FACTS = events.ExportFacts(
    noun="deals", format="csv", columns=12, filtered_by=["owner_id"], rows=240, is_whole=True
)
MANY = FACTS.model_copy(update={"rows": 48_200})

EXAMPLES: list[Event] = [
    events.ExportCompleted(export=FACTS),
    events.ExportAlarmed(export=MANY),
]
