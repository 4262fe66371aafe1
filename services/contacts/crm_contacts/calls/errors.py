"""Why the calls feature says no."""

from uuid import UUID

from crm_shared.errors import ConflictError, FieldError, ForbiddenError, InvalidError, NotFoundError


class CallNotFoundError(NotFoundError):
    problem = "call-not-found"

    def __init__(self, call_id: UUID | str) -> None:
        super().__init__(f"There is no call {call_id}.", call_id=str(call_id))


class NoRecordingError(NotFoundError):
    problem = "no-recording"

    def __init__(self, call_id: UUID) -> None:
        super().__init__("This call was not recorded.", call_id=str(call_id))


class NothingToMarkError(ConflictError):
    problem = "nothing-to-mark"

    def __init__(self) -> None:
        super().__init__("Nobody spoke in this call: there is nothing to judge.")


class CallExistsError(ConflictError):
    problem = "call-exists"

    def __init__(self) -> None:
        super().__init__("A call with this external id exists already.")


class CallOutsideScopeError(ForbiddenError):
    problem = "outside-scope"

    def __init__(self) -> None:
        super().__init__("You may only log calls of somebody within your scope.")


class NotToBeCalledError(ConflictError):
    problem = "not-to-be-called"

    def __init__(self) -> None:
        super().__init__("This person wants no calls, or what is kept of him is restricted.")


class OneClientError(InvalidError):
    problem = "one-client"

    def __init__(self) -> None:
        words = "Say one of contact_id, company_id and lead_id."
        super().__init__(FieldError("/contact_id", "either-or", words), detail=words)


class NoSuchNumberError(InvalidError):
    problem = "no-such-number"

    def __init__(self) -> None:
        words = "The client has no such number."
        super().__init__(FieldError("/number", "not-theirs", words), detail=words)


class InvalidNumberError(InvalidError):
    problem = "invalid-number"

    def __init__(self, field: str) -> None:
        words = "This is neither a telephone number nor an extension."
        super().__init__(FieldError(f"/{field}", "not-a-phone", words), detail=words)
