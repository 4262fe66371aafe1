"""Which failures are nobody's fault and pass by themselves."""

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from crm_shared.db import failures
from crm_shared.events.jetstream import BusUnavailableError
from crm_shared.events.subscription import Pause

OF_STATEMENTS = (DBAPIError, *failures.OF_DRIVER)


def is_away(failed: Exception) -> bool:
    """Tell whether something we need (database, broker, another service) is not there now."""
    if isinstance(failed, Pause | BusUnavailableError | PoolTimeoutError | OSError):
        return True
    return isinstance(failed, OF_STATEMENTS) and failures.is_away(failed)


def passes(failed: Exception) -> bool:
    """Tell whether trying again later may help, even when nothing is away: a deadlock, say."""
    return is_away(failed) or (isinstance(failed, OF_STATEMENTS) and failures.passes(failed))
