"""What is said of custom fields and saved views."""

from crm_shared.nouns.events import CustomFieldEvent, SavedViewEvent


class CustomFieldCreated(CustomFieldEvent, type="crm.deals.custom_field.created.v1"):
    """A noun has another field from now on."""


class CustomFieldUpdated(CustomFieldEvent, type="crm.deals.custom_field.updated.v1"):
    """A custom field was relabelled, got other options or other rules."""


class CustomFieldDeleted(CustomFieldEvent, type="crm.deals.custom_field.deleted.v1"):
    """A custom field was archived; its values stay and are asked for no more."""


class CustomFieldRestored(CustomFieldEvent, type="crm.deals.custom_field.restored.v1"):
    """An archived custom field came back with its values."""


class SavedViewCreated(SavedViewEvent, type="crm.deals.saved_view.created.v1"):
    """Somebody saved how he looks at a noun."""


class SavedViewUpdated(SavedViewEvent, type="crm.deals.saved_view.updated.v1"):
    """A saved view was changed or shared."""


class SavedViewDeleted(SavedViewEvent, type="crm.deals.saved_view.deleted.v1"):
    """A saved view was put away."""
