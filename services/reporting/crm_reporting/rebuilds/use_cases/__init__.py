"""Which build the counters are, and asking for another."""

from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_reporting.contributions.rules import VERSION
from crm_reporting.rebuilds import queries
from crm_reporting.rebuilds.errors import OtherBuildError, RebuildRunsError
from crm_reporting.rebuilds.models import Build, Rebuild
from crm_reporting.settings import Settings
from crm_shared.actor import Actor
from crm_shared.clock import utc_now

BUILD = "counters"
SETTINGS = "crm_settings"


@dataclass(frozen=True, slots=True)
class Basis:
    """What figures are counted in: days of this zone, sums told in this currency."""

    zone: ZoneInfo
    currency: str


async def ensure_build(session: AsyncSession, settings: Settings) -> Basis:
    """Return the basis of the counters; a new database takes it from the settings.

    Raises OtherBuildError when the counters were built with another zone, currency or rules.
    """
    return await _agreed(session, settings, await queries.find_build(session))


async def basis_and_rebuild(session: AsyncSession) -> tuple[Basis, bool]:
    """Return the basis inside a worker's transaction, and whether a rebuild waits or runs."""
    settings = session.info.get(SETTINGS)
    if not isinstance(settings, Settings):
        raise TypeError("the worker's sessions do not carry the settings")
    build, is_rebuilt = await queries.find_build_and_running(session)
    return await _agreed(session, settings, build), is_rebuilt


async def _agreed(session: AsyncSession, settings: Settings, build: Build | None) -> Basis:
    if build is None:
        await session.execute(upsert(Build).values(**_values(settings)).on_conflict_do_nothing())
        return Basis(settings.zone, settings.currency)
    differences = [
        f"{name}: the counters were built with {built!r}, the setting is {wanted!r}"
        for name, built, wanted in (
            ("CRM_TIME_ZONE", build.time_zone, settings.time_zone),
            ("CRM_CURRENCY", build.currency, settings.currency),
            ("rules of this version", build.rules, VERSION),
        )
        if built != wanted
    ]
    if differences:
        advice = "run `rebuild` (python -m crm_reporting rebuild) or put the setting back"
        raise OtherBuildError("\n".join([*differences, advice]))
    return Basis(settings.zone, settings.currency)


async def has_older_rules(session: AsyncSession, settings: Settings) -> bool:
    """Tell whether only the version of the rules differs: a rebuild mends that without a choice."""
    build = await queries.find_build(session)
    kept = {"time_zone": settings.time_zone, "currency": settings.currency}
    same = build is not None and all(getattr(build, name) == one for name, one in kept.items())
    return build is not None and same and build.rules != VERSION


async def set_build(session: AsyncSession, settings: Settings) -> None:
    """Write down what the counters are built with now."""
    values = _values(settings)
    await session.execute(
        upsert(Build).values(**values).on_conflict_do_update(index_elements=["name"], set_=values)
    )


async def ask_for_rebuild(session: AsyncSession, actor: Actor) -> Rebuild:
    """Have the worker build the counters anew; one at a time."""
    running = await queries.find_running(session)
    if running is not None:
        raise RebuildRunsError(running.id)
    rebuild = Rebuild(state="waiting", done=0, asked_by=actor.id, asked_at=utc_now())
    session.add(rebuild)
    await session.flush()
    return rebuild


async def note_progress(session: AsyncSession, rebuild_id: UUID, **values: object) -> None:
    """Write how far a rebuild is."""
    now = utc_now()
    await session.execute(
        update(Rebuild).where(Rebuild.id == rebuild_id).values(beat_at=now, **values)
    )


def _values(settings: Settings) -> dict[str, object]:
    return {
        "name": BUILD,
        "time_zone": settings.time_zone,
        "currency": settings.currency,
        "rules": VERSION,
    }
