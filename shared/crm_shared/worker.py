"""The worker of a service: relay, consumers, timed jobs and answers, under one supervisor."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_shared import clock
from crm_shared.db.engine import Sessions, make_engine, make_sessions
from crm_shared.events import (
    dead_letters,
    erasure,
    event_log,
    housekeeping,
    known_users,
    meters,
    refs,
)
from crm_shared.events.consumer import ConsumerRunner, Subscription
from crm_shared.events.failures import passes
from crm_shared.events.jetstream import Bus, Link, Publisher
from crm_shared.events.refs import Loader
from crm_shared.events.relay import OutboxRelay, RelaySettings
from crm_shared.settings import ServiceSettings

log = structlog.get_logger()

# less than the thirty seconds after which containers are killed
STOP_WITHIN_S = 20.0


@dataclass(frozen=True, slots=True)
class JobContext:
    """What a timed job works with."""

    sessions: Sessions
    bus: Bus
    settings: Any


@dataclass(frozen=True, slots=True)
class Job:
    """Timed work: `run` returns how many rows it handled; `page` of them, and it goes again.

    A job that reads the log says how many make a full page: what is short of that has met the end,
    and a next run at once would be one for every few events. `again_s` lets a few more gather
    where each row is wanted soon. Two replicas run it at the same time: rows are claimed, or
    once-per-state keys guard it. `has_work` may tell cheaply, for many jobs at once, that there is
    nothing to do. Its first run comes `after_s`.
    """

    name: str
    every_s: float
    run: Callable[[JobContext], Awaitable[int]]
    again_s: float = 0.0
    page: int = 1
    has_work: Callable[[JobContext], Awaitable[bool]] | None = None
    after_s: float = 0.0


@dataclass(frozen=True)
class WorkerParts:
    """Everything a service's worker runs."""

    subscriptions: Sequence[Subscription[Any]] = ()
    jobs: Sequence[Job] = ()
    refs: Mapping[str, Loader] = field(default_factory=dict)


class Worker:
    """The running parts of one service, for the supervisor and for tests."""

    def __init__(self, settings: ServiceSettings, parts: WorkerParts) -> None:
        self.settings = settings
        self.parts = parts
        self.engine: AsyncEngine = make_engine(
            settings.database_url,
            application=f"crm-{settings.service}-worker",
            # relay, a consumer, a job and an answer at once; with fewer they would wait for each
            # other
            pool_size=max(settings.pool_size, 4),
        )
        self.sessions = make_sessions(self.engine, settings)
        self.link = link_of(settings, "worker")
        self.relay = OutboxRelay(
            RelaySettings(
                service=settings.service,
                database_url=settings.database_url,
                stream_days=settings.stream_days,
                stream_max_bytes=settings.stream_max_bytes,
            ),
            lambda: Publisher.connect(self.link),
        )
        self.bus: Bus | None = None
        self.runners: list[ConsumerRunner] = []

    async def open(self, **consumer_options: Any) -> Bus:
        """Connect to the broker (waiting for it) and make the runners."""
        # waited for: a broker that comes up later is no reason to die and be restarted
        self.bus = await Bus.connect(self.link)
        self.runners = [
            ConsumerRunner(subscription, sessions=self.sessions, bus=self.bus, **consumer_options)
            for subscription in self.parts.subscriptions
            for _lane in range(subscription.lanes)
        ]
        await self.bus.on_poke(poke_subject(self.settings.service), self.relay.wake)
        loaders = {**self.parts.refs, "api_key_use": known_users.api_key_uses}
        loaders["erased"] = erasure.erased_after
        await refs.serve(self.bus, self.settings.service, loaders, self.sessions)
        await event_log.serve(self.bus, self.settings.service, self.sessions)
        return self.bus

    async def close(self) -> None:
        """Let go of broker and database."""
        if self.bus is not None:
            await self.bus.close()
        await self.engine.dispose()

    def context(self) -> JobContext:
        """Return what jobs work with; the worker must be open."""
        if self.bus is None:
            raise RuntimeError("the worker is not open")
        return JobContext(self.sessions, self.bus, self.settings)

    @property
    def jobs(self) -> list[Job]:
        """The service's own jobs and those of the street."""
        return [
            *self.parts.jobs,
            Job("outbox-gauges", 2.0, self._measure),
            Job("dead-letters", 1.0, self._look_for_retries),
            Job("housekeeping", 3600.0, self._tidy, page=housekeeping.PORTION),
        ]

    async def _measure(self, _context: JobContext) -> int:
        async with self.sessions() as session:
            waiting, age = await event_log.backlog(session)
        meters.OUTBOX_PENDING.labels(self.settings.service).set(waiting)
        meters.OUTBOX_OLDEST.labels(self.settings.service).set(age)
        return 0

    async def _look_for_retries(self, _context: JobContext) -> int:
        async with self.sessions() as session:
            wanted = await dead_letters.wanted_retries(session)
        for runner in self.runners:
            # one query for all durables, each second; the runner itself looks only when there is
            # something
            runner.retries_wanted |= runner.durable in wanted
        return 0

    async def _tidy(self, _context: JobContext) -> int:
        days = self.settings.stream_days
        return await housekeeping.forget_old(self.sessions, stream_days=days)


async def run_worker(worker: Worker, stop: asyncio.Event) -> None:
    """Run everything until `stop`; a loop that dies is logged, counted and ends the process."""
    await worker.open()
    loops: list[tuple[str, Coroutine[Any, Any, None]]] = [("relay", worker.relay.run(stop))]
    loops += [(runner.durable, runner.run(stop)) for runner in worker.runners]
    loops += [(job.name, _run_job(job, worker.context(), stop)) for job in worker.jobs]
    tasks = [asyncio.create_task(_watched(name, loop, stop)) for name, loop in loops]
    try:
        await stop.wait()
        _done, late = await asyncio.wait(tasks, timeout=STOP_WITHIN_S)
        for task in late:
            log.warning("loop-cut-off", loop=task.get_name())
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
    finally:
        await worker.close()
    failures = [r for r in results if isinstance(r, Exception)]
    # raised after everything is closed, so that the process ends with the cause and not with a leak
    if failures:
        raise failures[0]


async def _watched(name: str, loop: Coroutine[Any, Any, None], stop: asyncio.Event) -> None:
    try:
        await loop
    except Exception:
        log.exception("loop-died", loop=name)
        # a service without one of its loops looks healthy and is not: it ends and is started anew
        stop.set()
        raise


async def _run_job(job: Job, context: JobContext, stop: asyncio.Event) -> None:
    meters.HEARTBEAT.labels(job.name).set_to_current_time()
    if job.after_s:
        await clock.pause(stop, job.after_s)
    while not stop.is_set():
        meters.HEARTBEAT.labels(job.name).set_to_current_time()
        done = 0
        try:
            if job.has_work is None or await job.has_work(context):
                done = await job.run(context)
        except Exception as failed:
            if passes(failed):
                log.warning("job-failed", job=job.name, error=type(failed).__name__)
            else:
                # a fault of ours, but of this job alone: the others go on, and the log says where
                log.exception("job-failed", job=job.name)
        meters.JOB_RUNS.labels(job.name).inc(done)
        await clock.pause(stop, job.again_s if done >= job.page else job.every_s)


def link_of(settings: ServiceSettings, role: str) -> Link:
    """Return how a process of this service reaches the broker."""
    return Link(
        url=settings.nats_url,
        name=f"{settings.service}-{role}",
        user=settings.nats_user,
        password=settings.nats_password,
    )


def poke_subject(service: str) -> str:
    """Return the subject on which a relay is woken."""
    return f"crm-poke.{service}"
