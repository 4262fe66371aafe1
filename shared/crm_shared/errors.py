"""Every way a service says no.

ServiceError
├── UnauthorizedError          401
├── ForbiddenError             403
├── NotFoundError              404
├── ConflictError              409
├── PreconditionFailedError    412
├── TooLargeError              413
├── InvalidError               422   carries FieldErrors
├── PreconditionRequiredError  428
├── TooManyRequestsError       429   carries retry_after
└── UnavailableError           503   carries retry_after
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class FieldError:
    """One fault of one field: where (JSON pointer), which rule, and in words."""

    pointer: str
    code: str
    detail: str


class ServiceError(Exception):
    """A refusal with a status and a stable problem code; `extra` rides in the document."""

    status: ClassVar[int] = 500
    problem: ClassVar[str] = "internal-error"
    title: ClassVar[str] = "Internal error"

    def __init__(self, detail: str, **extra: str | int | list[str]) -> None:
        super().__init__(detail)
        self.detail = detail
        self.extra: Mapping[str, object] = extra
        self.errors: Sequence[FieldError] = ()
        self.retry_after: int | None = None


class UnauthorizedError(ServiceError):
    status = 401
    problem = "unauthorized"
    title = "Not signed in"


class ForbiddenError(ServiceError):
    status = 403
    problem = "forbidden"
    title = "Not allowed"


class NotFoundError(ServiceError):
    status = 404
    problem = "not-found"
    title = "Not found"


class ConflictError(ServiceError):
    status = 409
    problem = "conflict"
    title = "Conflict"


class PreconditionFailedError(ServiceError):
    status = 412
    problem = "precondition-failed"
    title = "Somebody changed it meanwhile"


class TooLargeError(ServiceError):
    status = 413
    problem = "too-large"
    title = "Too large"


class InvalidError(ServiceError):
    """Input that breaks rules; lists every broken one."""

    status = 422
    problem = "invalid"
    title = "Invalid input"

    def __init__(self, *errors: FieldError, detail: str = "The input breaks a rule.") -> None:
        super().__init__(detail)
        self.errors = errors


class PreconditionRequiredError(ServiceError):
    status = 428
    problem = "precondition-required"
    title = "If-Match is missing"


class TooManyRequestsError(ServiceError):
    status = 429
    problem = "too-many-requests"
    title = "Too many requests"

    def __init__(self, detail: str, *, retry_after: int = 1) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class UnavailableError(ServiceError):
    status = 503
    problem = "unavailable"
    title = "Not available at the moment"

    def __init__(self, detail: str, *, retry_after: int = 2) -> None:
        super().__init__(detail)
        self.retry_after = retry_after
