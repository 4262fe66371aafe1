"""Why the inbound feature says no."""

from collections.abc import Sequence
from uuid import UUID

from crm_shared.errors import (
    ConflictError,
    FieldError,
    InvalidError,
    NotFoundError,
    TooManyRequestsError,
    UnauthorizedError,
)


class InboundSystemNotFoundError(NotFoundError):
    problem = "inbound-system-not-found"

    def __init__(self, system: str) -> None:
        super().__init__("There is no such system.", system=system)


class InboundSystemExistsError(ConflictError):
    problem = "inbound-system-exists"

    def __init__(self, system: str) -> None:
        super().__init__(f"There is a system {system} already.", system=system)


class MappingInvalidError(InvalidError):
    """A mapping with paths, fields or values that cannot be; every fault is named."""

    problem = "inbound-mapping"

    def __init__(self, faults: Sequence[FieldError]) -> None:
        super().__init__(*faults, detail="The mapping cannot be used as it is.")


class InboundNotSignedError(UnauthorizedError):
    """The signature does not fit the body, is too old, or no such system is taken from."""

    problem = "inbound-not-signed"

    def __init__(self) -> None:
        super().__init__("The signature does not fit, or nothing is taken from this system.")


class InboundTooOftenError(TooManyRequestsError):
    """A system brings more a minute than was agreed."""

    problem = "inbound-too-often"

    def __init__(self, per_minute: int) -> None:
        super().__init__(f"At most {per_minute} a minute are taken.", retry_after=30)


class InboundBodyError(InvalidError):
    """A body that is no JSON, or names no event."""

    problem = "inbound-body"

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(FieldError("", code, detail), detail=detail)


class RunNotFoundError(NotFoundError):
    problem = "inbound-run-not-found"

    def __init__(self, run_id: UUID) -> None:
        super().__init__(f"There is no run {run_id}.", run_id=str(run_id))


class RunSettledError(ConflictError):
    """Only what was refused can be tried again, as long as its body is kept."""

    problem = "inbound-run-settled"

    def __init__(self, run_id: UUID) -> None:
        super().__init__("Only what was refused can be tried again.", run_id=str(run_id))
