"""What the database says when it fails: whose fault it is, and whether it passes."""

import asyncpg
from sqlalchemy.exc import DBAPIError, InternalError, SQLAlchemyError

# as the driver itself says it to those who speak to it below SQLAlchemy (`db/driver.py`)
OF_DRIVER = (asyncpg.PostgresError, asyncpg.InterfaceError)
OF_DATABASE = (SQLAlchemyError, *OF_DRIVER)

# SQLSTATE classes (https://www.postgresql.org/docs/current/errcodes-appendix.html): no connection,
# no room (disk, connections), going down or coming up, trouble with a file
AWAY = ("08", "53", "57P", "58")
# serialization failure, deadlock, lock and statement timeouts, a transaction that idled
TRANSIENT = ("40001", "40P01", "55P03", "57014", "25P03")


def state_of(error: Exception) -> str:
    """Return the SQLSTATE, empty when the server did not speak."""
    return str(getattr(_own(error), "sqlstate", None) or "")


def is_data_error(error: Exception) -> bool:
    """Tell whether the driver itself refused a value, before the server saw it."""
    cause = _own(error)
    while cause is not None:
        if type(cause).__name__ == "DataError" or isinstance(cause, UnicodeError):
            return True
        cause = cause.__cause__
    return False


def is_away(error: Exception) -> bool:
    """Tell whether the database cannot be had now; the driver's own words have no state."""
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    state = state_of(error)
    if state:
        return state.startswith(AWAY)
    # the connection broke under the driver: it says only that it does not understand any more
    broke = isinstance(error, InternalError) or "connection" in str(_own(error)).lower()
    return broke and not is_data_error(error)


def passes(error: Exception) -> bool:
    """Tell whether the same statement may go well later."""
    return is_away(error) or state_of(error) in TRANSIENT


def _own(error: Exception) -> BaseException | None:
    return error.orig if isinstance(error, DBAPIError) else error
