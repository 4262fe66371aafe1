"""What the database refuses, as answers: the caller's fault, a conflict, or trouble that passes."""

from fastapi import Request
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm.exc import StaleDataError
from starlette.responses import Response

from crm_shared.db.failures import (
    OF_DATABASE,
    OF_DRIVER,
    is_data_error,
    passes,
    state_of,
)
from crm_shared.db.refusals import UniqueConflictError, constraint_of, not_unique
from crm_shared.errors import (
    ConflictError,
    FieldError,
    InvalidError,
    PreconditionFailedError,
    ServiceError,
    UnavailableError,
)
from crm_shared.http.problems import refusal
from crm_shared.observability.logging import get_logger

log = get_logger(__name__)

_DISK_FULL = "53100"
_DATA = ("22",)
_WORDS = {
    "22003": ("out-of-range", "A number is too large for its field."),
    "22001": ("too-long", "A text is too long for its field."),
    "22021": ("invalid-text", "A text holds a character that cannot be stored."),
    "22P05": ("invalid-text", "A text holds a character that cannot be stored."),
    "23514": ("rule-broken", "The values do not go together."),
    "23502": ("missing", "A field that is needed is missing."),
}


class ReferenceConflictError(ConflictError):
    """Something is named that is not there, or is still in use."""

    problem = "reference-conflict"


async def on_database_error(request: Request, error: Exception) -> Response:
    """Answer an error of the database; what we do not know how to blame stays a failure of ours."""
    answer = _passing(error) or blame(error)
    if answer is None:
        raise error
    if isinstance(answer, UnavailableError):
        # once for every request of an outage: the name will do, the frames are always the same
        log.warning("database unavailable", error=type(error).__name__)
    return refusal(request.scope, answer)


def _passing(error: Exception) -> ServiceError | None:
    busy = UnavailableError("The service cannot reach its database at the moment; try again.")
    if isinstance(error, PoolTimeoutError | OSError | TimeoutError):
        return busy
    if not isinstance(error, (DBAPIError, *OF_DRIVER)):
        return None
    if state_of(error) == _DISK_FULL:
        return UnavailableError("The database's disk is full: nothing was changed. Make room.")
    return busy if passes(error) else None


def blame(error: Exception) -> ServiceError | None:
    """Return what the caller did wrong, or None when the database's refusal is not his fault."""
    if isinstance(error, StaleDataError):
        return PreconditionFailedError("The record was changed by somebody else; read it again.")
    if not isinstance(error, DBAPIError):
        return None
    state = state_of(error)
    if state == "23505":
        return not_unique(error) or UniqueConflictError(
            "There is already one like this.", **_constraint(error)
        )
    if state == "23503":
        return ReferenceConflictError(
            "It names something that is not there, or something still names it.",
            **_constraint(error),
        )
    # asyncpg refuses some values itself, before the server sees them: no state then
    if state in _WORDS or state.startswith(_DATA) or (not state and is_data_error(error)):
        code, words = _WORDS.get(state, ("invalid-value", "A value does not fit its field."))
        return InvalidError(FieldError("", code, words))
    return None


def _constraint(error: DBAPIError) -> dict[str, str]:
    name = constraint_of(error)
    return {"constraint": name} if name else {}


DATABASE_ERRORS: tuple[type[Exception], ...] = (*OF_DATABASE, OSError, TimeoutError)
