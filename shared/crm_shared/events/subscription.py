"""What a service listens to: a durable, what it reads, and what it does about it."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from crm_shared import context
from crm_shared.actor import SYSTEM
from crm_shared.events.envelope import Envelope, ForeignEvent, service_of, stream_of
from crm_shared.events.jetstream import Bus

ForeignT = TypeVar("ForeignT", bound=ForeignEvent)
Batch = Sequence[Envelope[ForeignT]]
Handler = Callable[[AsyncSession, Sequence[Envelope[ForeignT]]], Awaitable[None]]
Ask = Callable[[Bus, Sequence[Envelope[ForeignT]]], Awaitable[Any]]
Decide = Callable[
    [AsyncSession, Sequence[Envelope[ForeignT]]], Awaitable[Sequence[Envelope[ForeignT]]]
]

ANSWER = "crm_answer"


class Retry(Exception):
    """Give me this event again in `delay_s`."""

    def __init__(self, delay_s: float) -> None:
        super().__init__(f"again in {delay_s} s")
        self.delay_s = delay_s


class Discard(Exception):
    """This event can never be handled: a dead letter with this reason (no personal data in it)."""


class Pause(Exception):
    """Something that the handler needs is away: hold the batch, try again when it is back."""


@dataclass(frozen=True)
class Subscription(Generic[ForeignT]):
    """One durable: one filter subject, one handler.

    `reads` gives the shape (and the subject, unless `pattern` names a wider one). `decide` may
    pick the events that matter: the rest is acknowledged and writes nothing. `acts` is for
    handlers that do something to the outside of the data (task, message): what was recorded
    before the durable's first registration is acknowledged without effect. `linger_s` lets a
    batch grow where nobody waits for its effect: a transaction costs more than an event. `only`
    names the subjects within the pattern that the broker hands over at all: what nobody needs
    costs neither reading nor acknowledging. `asks` puts questions to other services before the
    handler's transaction begins: one that is slow must hold no connection and no lock of ours.
    The handler finds what they said by `answer_in`. With `lanes` so many batches are worked on
    beside each other: for handlers whose database works while another batch is made ready.
    """

    durable: str
    reads: type[ForeignT]
    handler: "Handler[ForeignT]"
    pattern: str | None = None
    decide: "Decide[ForeignT] | None" = None
    acts: bool = False
    batch: int = 100
    linger_s: float = 0.0
    only: Sequence[str] = ()
    asks: "Ask[ForeignT] | None" = None
    lanes: int = 1

    @property
    def subject(self) -> str:
        """The one pattern that all it hears fits into."""
        return self.pattern or self.reads.type

    @property
    def subjects(self) -> Sequence[str]:
        """What the broker hands over."""
        return self.only or (self.subject,)

    @property
    def publisher(self) -> str:
        """The service that is listened to."""
        return service_of(self.subject)

    @property
    def stream(self) -> str:
        """The stream that is read."""
        return stream_of(self.publisher)

    async def ask(self, bus: Bus, batch: "Batch[ForeignT]") -> Any:
        """Put this handler's questions, if it has any, to other services."""
        return None if self.asks is None else await self.asks(bus, batch)

    async def handle(self, session: AsyncSession, batch: "Batch[ForeignT]") -> None:
        """Run decision and handler on a batch, as the runner does inside its transaction."""
        matter = batch if self.decide is None else await self.decide(session, batch)
        # nothing to do writes nothing: most events matter to few of those who hear them
        if matter:
            await self.handler(session, matter)


def each(
    handler: Callable[[AsyncSession, Envelope[ForeignT]], Awaitable[None]],
) -> "Handler[ForeignT]":
    """Make a batch handler of a function that handles one envelope."""

    async def one_by_one(session: AsyncSession, batch: "Batch[ForeignT]") -> None:
        for envelope in batch:
            with caused_by(envelope):
                await handler(session, envelope)

    return one_by_one


@contextmanager
def caused_by(envelope: Envelope[Any]) -> Iterator[None]:
    """Let everything announced in the block name `envelope` as its cause."""
    around = context.Context(
        # nobody's rights are borrowed: the one who caused it may not see what follows from it
        actor=SYSTEM,
        correlation_id=envelope.correlationid,
        causation_id=envelope.id,
        # what follows from a mass change is one as well, or an import would wake every rule at
        # second hand
        bulk=envelope.bulk,
        traceparent=envelope.traceparent,
    )
    with context.use(around):
        yield


def answer_in(session: AsyncSession) -> Any:
    """Return what others answered to this handler's questions; None when nobody was asked."""
    return session.info.get(ANSWER)
