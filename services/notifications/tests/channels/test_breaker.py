"""M1: a provider in trouble rests and is tried with one letter; others do not notice."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from crm_notifications.channels.rules import Letter, Outcome, Receipt, Trace, Verdict
from crm_notifications.channels.senders.breaker import LONGEST_REST, Breaker
from crm_shared.ids import new_id

DOWN = Verdict(Outcome.REFUSED_FOR_NOW, "x-unreachable", is_trouble=True)
FINE = Verdict(Outcome.SENT)
NO = Verdict(Outcome.REFUSED, "x-400")
REST = timedelta(seconds=30)


class Saying:
    """A provider that says the same of every letter."""

    name = "saying"

    def __init__(self) -> None:
        self.verdict = DOWN

    async def send(self, letters: Sequence[Letter], *, until: datetime) -> list[Verdict]:
        return [self.verdict for _ in letters]

    async def look_up(self, traces: Sequence[Trace]) -> list[Receipt]:
        return []

    async def close(self) -> None:
        """Nothing is open."""


class Run:
    """A breaker with a clock of its own."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, tzinfo=UTC)
        self.provider = Saying()
        self.breaker = Breaker(self.provider, after=3, rest=REST, now=lambda: self.now)

    async def send(self, verdict: Verdict, letters: int = 1) -> None:
        self.provider.verdict = verdict
        one = Letter(new_id(), "", "x", "", "", None, "en", self.now)
        await self.breaker.send([one] * letters, until=self.now)


class TestM1Breaker:
    async def test_opens_after_some_letters_failed_by_the_providers_fault(self) -> None:
        run = Run()
        await run.send(DOWN, 2)
        assert run.breaker.allowance(100) == 100
        await run.send(DOWN)

        assert run.breaker.allowance(100) == 0

    async def test_lets_one_letter_try_and_closes_when_it_goes(self) -> None:
        run = Run()
        await run.send(DOWN, 3)
        run.now += REST

        assert run.breaker.allowance(100) == 1
        await run.send(FINE)
        assert run.breaker.allowance(100) == 100

    async def test_rests_longer_each_time_up_to_ten_minutes(self) -> None:
        run, rests = Run(), []
        await run.send(DOWN, 3)
        for _ in range(8):
            began = run.now
            while not run.breaker.allowance(1):
                run.now += timedelta(seconds=10)
            rests.append(run.now - began)
            await run.send(DOWN)

        assert rests[:3] == [REST, REST * 2, REST * 4]
        assert rests[-1] == LONGEST_REST

    async def test_is_not_opened_by_letters_that_are_refused(self) -> None:
        run = Run()
        await run.send(NO, 50)

        assert run.breaker.allowance(100) == 100

    async def test_rests_as_long_as_the_provider_asks(self) -> None:
        run = Run()
        await run.send(Verdict(Outcome.REFUSED_FOR_NOW, "x-429", wait_s=40))

        assert run.breaker.allowance(100) == 0
        run.now += timedelta(seconds=40)
        assert run.breaker.allowance(100) == 100
