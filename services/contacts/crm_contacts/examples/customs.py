"""Examples of what is said of custom fields and saved views."""

from typing import Any
from uuid import UUID

from crm_contacts import events
from crm_shared.events.envelope import Event
from crm_shared.nouns.events import CustomFieldFacts, OptionFacts, SavedViewFacts

FIELD = CustomFieldFacts(
    noun="contact",
    key="delivery_terms",
    type="choice",
    of=None,
    labels={"en": "Delivery", "uk": "Доставка", "ru": "Доставка"},
    options=[
        OptionFacts(code="pickup", labels={"en": "Pick-up", "uk": "Самовивіз", "ru": "Самовывоз"}),
        OptionFacts(code="courier", labels={"en": "Courier", "uk": "Кур'єр", "ru": "Курьер"}),
    ],
    currency=None,
    position=1,
    is_required=False,
    is_unique=False,
    is_personal=False,
    is_indexed=False,
    is_archived=False,
)
VIEW = SavedViewFacts(
    noun="contact",
    owner_id=UUID("01920000-0000-7000-8000-000000000011"),
    sharing="team",
    team_id=UUID("01920000-0000-7000-8000-000000000021"),
)
FIELD_SAID: dict[str, Any] = {"custom_field": FIELD, "changed": [], "previous": {}}
VIEW_SAID: dict[str, Any] = {"saved_view": VIEW, "changed": [], "previous": {}}

EXAMPLES: list[Event] = [
    events.CustomFieldCreated(**FIELD_SAID),
    events.CustomFieldUpdated(
        custom_field=FIELD, changed=["is_required"], previous={"is_required": True}
    ),
    events.CustomFieldDeleted(
        custom_field=FIELD.model_copy(update={"is_archived": True}),
        changed=["is_archived"],
        previous={},
    ),
    events.CustomFieldRestored(custom_field=FIELD, changed=["is_archived"], previous={}),
    events.SavedViewCreated(**VIEW_SAID),
    events.SavedViewUpdated(saved_view=VIEW, changed=["sharing"], previous={"sharing": "private"}),
    events.SavedViewDeleted(saved_view=VIEW, changed=["deleted_at"], previous={}),
]
