"""Why the call lists feature says no."""

from uuid import UUID

from crm_shared.errors import ConflictError, FieldError, ForbiddenError, InvalidError, NotFoundError


class CallListNotFoundError(NotFoundError):
    problem = "call-list-not-found"

    def __init__(self, call_list_id: UUID) -> None:
        super().__init__(f"There is no call list {call_list_id}.", call_list_id=str(call_list_id))


class EntryNotFoundError(NotFoundError):
    problem = "call-list-entry-not-found"

    def __init__(self, entry_id: UUID) -> None:
        super().__init__(f"Nobody on this list has the entry {entry_id}.", entry_id=str(entry_id))


class CallListOutsideScopeError(ForbiddenError):
    problem = "outside-scope"

    def __init__(self) -> None:
        super().__init__("You would not see the call list afterwards.")


class NotACallerError(ForbiddenError):
    problem = "not-a-caller"

    def __init__(self) -> None:
        super().__init__("This list is called by others.")


class CallListNotOpenError(ConflictError):
    problem = "call-list-not-open"

    def __init__(self, status: str) -> None:
        super().__init__(f"The call list is {status}.", status=status)


class NotYoursError(ConflictError):
    problem = "not-yours"

    def __init__(self) -> None:
        super().__init__("You do not hold this entry: ask for the next one.")


class TwoSourcesError(InvalidError):
    problem = "two-sources"

    def __init__(self) -> None:
        words = "A list is filled from a segment or by a filter, not by both."
        super().__init__(FieldError("/filter", "two-sources", words), detail=words)


class NoSourceError(InvalidError):
    problem = "no-source"

    def __init__(self, noun: str) -> None:
        words = "The list has neither segment nor filter: name whom to call."
        super().__init__(FieldError(f"/{noun}_ids", "required", words), detail=words)


class OtherNounError(InvalidError):
    problem = "other-noun"

    def __init__(self, pointer: str, noun: str) -> None:
        words = f"The list is of another noun: {noun}."
        super().__init__(FieldError(pointer, "other-noun", words), detail=words)


class ConsentOfOthersError(InvalidError):
    problem = "consent-of-others"

    def __init__(self) -> None:
        words = "Consents are kept of contacts only."
        super().__init__(FieldError("/needs_consent", "consent-of-others", words), detail=words)


class CallBackInPastError(InvalidError):
    problem = "call-back-in-past"

    def __init__(self) -> None:
        words = "A call is promised for a moment to come."
        super().__init__(FieldError("/call_back_at", "in-the-past", words), detail=words)
