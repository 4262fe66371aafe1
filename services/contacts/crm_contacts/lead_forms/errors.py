"""Why the lead forms feature says no."""

from uuid import UUID

from crm_shared.errors import FieldError, InvalidError, NotFoundError


class LeadFormNotFoundError(NotFoundError):
    problem = "lead-form-not-found"

    def __init__(self, form_id: UUID) -> None:
        super().__init__(f"There is no lead form {form_id}.", form_id=str(form_id))


class HoneypotIsAFieldError(InvalidError):
    problem = "honeypot-is-a-field"

    def __init__(self) -> None:
        words = "The honeypot must not be a field that people fill in."
        super().__init__(FieldError("/honeypot", "is-a-field", words), detail=words)


class OptInWithoutEmailError(InvalidError):
    problem = "opt-in-without-email"

    def __init__(self) -> None:
        words = "A form with double opt-in has to ask for email: the link is sent there."
        super().__init__(FieldError("/fields", "email-missing", words), detail=words)


class UnreadableAnswersError(InvalidError):
    problem = "unreadable-answers"

    def __init__(self) -> None:
        words = "Send a JSON object, or a form as application/x-www-form-urlencoded."
        super().__init__(FieldError("", "unreadable", words), detail=words)
