"""What a letter to a colleague shows him of fields whose reads the company watches."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from crm_notifications.deliveries.rules.links import Row
from crm_notifications.messages.rules import RecipientKind
from crm_notifications.nouns.rules import watched_in
from crm_notifications.templates.rules import Text, Values, variables_of
from crm_shared.policies import Names, ReadingFacts


def told_to_colleague(
    message: Row, kind: RecipientKind, text: Text, values: Values, watched: Names
) -> list[ReadingFacts]:
    """What clients are told is theirs; what a colleague reads in his letter he was shown."""
    if kind is RecipientKind.CONTACT:
        return []
    seen = watched_in(variables_of(text), values, watched)
    ids = {noun: message.get(f"{noun}_id") for noun in seen}
    return [
        ReadingFacts(
            noun=noun, fields=sorted(names), count=1, ids=[str(ids[noun])] if ids[noun] else []
        )
        for noun, names in sorted(seen.items())
    ]


def by_his_clock(activity: Mapping[str, Any], zone: ZoneInfo) -> dict[str, str]:
    """A meeting is at a time of the recipient's own clock."""
    if not activity.get("at"):
        return {}
    local = datetime.fromisoformat(activity["at"]).astimezone(zone)
    return {"date": local.date().isoformat(), "time": f"{local:%H:%M}"}
