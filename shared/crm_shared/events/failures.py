"""Which failures are nobody's fault and pass by themselves."""

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from crm_shared.events.jetstream import BusUnavailableError
from crm_shared.events.subscription import Pause

# serialization failure, deadlock, lock and statement timeouts: the same batch may go well later
TRANSIENT_STATES = {"40001", "40P01", "55P03", "57014"}
CONNECTION_CLASSES = ("08", "57")


def is_away(failed: Exception) -> bool:
    """Tell whether something we need (database, broker, another service) is not there now."""
    if isinstance(failed, Pause | BusUnavailableError | PoolTimeoutError | OSError):
        return True
    if isinstance(failed, DBAPIError):
        state = getattr(failed.orig, "sqlstate", None)
        if state in TRANSIENT_STATES:
            return False
        gone = isinstance(failed, OperationalError | InterfaceError)
        return failed.connection_invalidated or (
            gone and str(state or "08")[:2] in CONNECTION_CLASSES
        )
    return False
