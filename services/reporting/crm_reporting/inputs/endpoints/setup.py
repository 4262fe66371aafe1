"""How the effect is judged."""

from typing import Any

from crm_reporting.inputs import queries, use_cases
from crm_reporting.inputs.errors import EffectNotSetUpError
from crm_reporting.inputs.schemas.given import EffectSetupIn
from crm_reporting.inputs.schemas.shown import EffectSetupOut
from crm_reporting.permissions import READ_INPUTS, WRITE_INPUTS
from crm_shared.http.auth import require
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep

router = service_router(prefix="/v1/effect/setup", tags=["effect"])


@router.get(
    "",
    response_model=EffectSetupOut,
    dependencies=[require(READ_INPUTS)],
    responses=responses(EffectNotSetUpError),
)
async def get_effect_setup(session: ReadSessionDep) -> Any:
    """Read since when, at which margin and with which weights the effect is judged."""
    return await queries.get_setup(session)


@router.put("", response_model=EffectSetupOut, dependencies=[require(WRITE_INPUTS)])
async def set_up_effect(session: SessionDep, body: EffectSetupIn) -> Any:
    """Say how the effect is judged: start, margin, and what is credited to the CRM and why.

    A component without a weight is told, but credited with nothing. Arguments stay here; the
    event tells numbers only.
    """
    values = body.model_dump() | body.model_dump(mode="json", include={"weights", "declared"})
    return await use_cases.set_up_effect(session, values)
