"""What the database says when it fails: whose fault it is, and whether it passes."""

from sqlalchemy.exc import DBAPIError, InternalError

# SQLSTATE classes (https://www.postgresql.org/docs/current/errcodes-appendix.html): no connection,
# no room (disk, connections), going down or coming up, trouble with a file
AWAY = ("08", "53", "57P", "58")
# serialization failure, deadlock, lock and statement timeouts, a transaction that idled
TRANSIENT = ("40001", "40P01", "55P03", "57014", "25P03")


def state_of(error: DBAPIError) -> str:
    """Return the SQLSTATE, empty when the server did not speak."""
    return str(getattr(error.orig, "sqlstate", None) or "")


def is_data_error(error: DBAPIError) -> bool:
    """Tell whether the driver itself refused a value, before the server saw it."""
    cause: BaseException | None = error.orig
    while cause is not None:
        if type(cause).__name__ == "DataError" or isinstance(cause, UnicodeError):
            return True
        cause = cause.__cause__
    return False


def is_away(error: DBAPIError) -> bool:
    """Tell whether the database cannot be had now; the driver's own words have no state."""
    if error.connection_invalidated:
        return True
    state = state_of(error)
    if state:
        return state.startswith(AWAY)
    # the connection broke under the driver: it says only that it does not understand any more
    broke = isinstance(error, InternalError) or "connection" in str(error.orig).lower()
    return broke and not is_data_error(error)


def passes(error: DBAPIError) -> bool:
    """Tell whether the same statement may go well later."""
    return is_away(error) or state_of(error) in TRANSIENT
