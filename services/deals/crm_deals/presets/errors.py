"""Why the presets feature says no."""

from collections.abc import Iterable

from crm_shared.errors import ConflictError, FieldError, InvalidError


class PresetClashError(ConflictError):
    problem = "preset-clash"

    def __init__(self, label: str) -> None:
        super().__init__(
            "There is a pipeline of this label that has other stages: give another `label`.",
            clashes=[label],
        )


class BrokenPresetError(InvalidError):
    """The preset names what it does not hold, or holds what cannot be."""

    problem = "broken-preset"

    def __init__(self, errors: Iterable[FieldError]) -> None:
        super().__init__(*errors, detail="The preset cannot be applied as it is.")
