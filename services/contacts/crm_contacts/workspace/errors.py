"""Why the workspace feature says no."""

from crm_shared.errors import ConflictError, FieldError, InvalidError


class WorkspaceBusyError(ConflictError):
    problem = "workspace-busy"

    def __init__(self) -> None:
        super().__init__("Somebody set up the calendar at the same moment; read it again.")


class InvalidCalendarError(InvalidError):
    """A calendar that cannot be meant; names every fault."""

    problem = "invalid-calendar"

    def __init__(self, *faults: FieldError) -> None:
        super().__init__(*faults, detail="The calendar contradicts itself.")


class NobodyWorksError(InvalidError):
    problem = "no-working-time"

    def __init__(self, pointer: str) -> None:
        words = "The calendar has no working time within ten years of it."
        super().__init__(FieldError(pointer, "no-working-time", words), detail=words)
