"""The driver itself, below SQLAlchemy: for the few statements that the hot paths stand on."""

from collections.abc import Mapping
from typing import Any

import asyncpg
from sqlalchemy.dialects.postgresql import asyncpg as dialect
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql import ClauseElement

_DIALECT = dialect.dialect()  # type: ignore[no-untyped-call]


def driver_of(session: AsyncSession) -> Any:
    """Return asyncpg's connection of this session, inside the session's transaction.

    The adapter opens a transaction with its first statement only, so something must have been
    executed through the session before.
    """
    # already checked out by that statement, so nothing here waits
    return session.sync_session.connection().connection.driver_connection


async def driver_for_reading(session: AsyncSession) -> Any:
    """Return asyncpg's connection of a session through which nothing may have been asked yet."""
    # inside a savepoint that nothing has used yet, too: this is what begins it
    await session.connection()
    return driver_of(session)


class DriverStatement:
    """A statement of SQLAlchemy's, compiled once and run without it: 0.2 ms less each time.

    Values reach PostgreSQL as they are given: types that convert have no part in it.
    """

    def __init__(self, statement: ClauseElement) -> None:
        compiled: Any = statement.compile(dialect=_DIALECT)
        self._sql = str(compiled)
        self._order: list[str] = list(compiled.positiontup)
        # literals of the statement itself are parameters too
        self._own = {name: value for name, value in compiled.params.items() if value is not None}

    async def first(self, session: AsyncSession, values: Mapping[str, Any]) -> Any:
        """Return the first row, None without one; raises what SQLAlchemy would raise."""
        given = {**self._own, **values}
        arguments = [given[name] for name in self._order]
        try:
            return await driver_of(session).fetchrow(self._sql, *arguments)
        except asyncpg.PostgresError as refused:
            raise DBAPIError(self._sql, None, refused, hide_parameters=True) from refused
        except (asyncpg.InterfaceError, OSError) as gone:
            raise OperationalError(self._sql, None, gone, hide_parameters=True) from gone
