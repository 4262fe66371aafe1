"""Sessions of a request: committed by the route before its answer is sent, never by a feature."""

from typing import Annotated, Any

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession

from crm_shared.db.engine import Sessions
from crm_shared.http.exchange import exchange_of


async def _session(request: Request) -> AsyncSession:
    return exchange_of(request).session()


async def _autocommit(request: Request) -> AsyncSession:
    return exchange_of(request).autocommit()


async def _sessions(request: Request) -> Sessions:
    return exchange_of(request).resources.sessions


async def _settings(request: Request) -> Any:
    return exchange_of(request).resources.settings


# CrmRoute commits when the endpoint has answered, before a byte is sent; a refusal rolls back
SessionDep = Annotated[AsyncSession, Depends(_session)]
# for reading: every statement stands alone, which saves BEGIN and ROLLBACK
ReadSessionDep = Annotated[AsyncSession, Depends(_autocommit)]
# for hot paths whose one statement is the whole change
AutocommitDep = Annotated[AsyncSession, Depends(_autocommit)]
# for streamed answers and imports, which outlive the request's transaction
SessionsDep = Annotated[Sessions, Depends(_sessions)]
# the service's own Settings, as create_app got them
SettingsDep = Annotated[Any, Depends(_settings)]
