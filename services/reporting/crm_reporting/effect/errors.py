"""Why an effect cannot be told."""

from crm_shared.errors import FieldError, InvalidError


class EffectInputError(InvalidError):
    """Figures that contradict each other or leave a rule; names the field and the rule."""

    problem = "invalid-effect"

    def __init__(self, pointer: str, code: str, detail: str) -> None:
        super().__init__(FieldError(pointer, code, detail), detail=detail)
