"""Why the presets feature says no."""

from collections.abc import Iterable

from crm_shared.errors import FieldError, InvalidError


class BrokenPresetError(InvalidError):
    """The part names what it does not hold, or holds what cannot be."""

    problem = "broken-preset"

    def __init__(self, errors: Iterable[FieldError]) -> None:
        super().__init__(*errors, detail="This part of the preset cannot be applied as it is.")
