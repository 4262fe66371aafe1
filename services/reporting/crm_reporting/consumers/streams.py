"""What reporting does with every event: keep it, and count what it changes."""

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.contributions.use_cases import project
from crm_reporting.database import lock_projector
from crm_reporting.ledger import statements as ledger
from crm_reporting.rebuilds import queries as rebuilds
from crm_reporting.rebuilds import statements as rebuilding
from crm_reporting.rebuilds.use_cases import basis_of
from crm_shared.events.consumer import Discard
from crm_shared.events.envelope import Envelope


async def keep(session: AsyncSession, batch: Sequence[Envelope[Any]]) -> None:
    """Append the batch to the ledger and project it, in the batch's one transaction."""
    await lock_projector(session)
    basis = await basis_of(session)
    fresh = await ledger.append(session, batch)
    new = [envelope for envelope in batch if envelope.id in fresh]
    if not new:
        return
    if await rebuilds.find_running(session) is not None:
        await rebuilding.touch(session, new)
    try:
        await project(session, new, basis.zone)
    except ValidationError as wrong:
        first = wrong.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Discard(f"data.{where}: {first['type']}") from None
