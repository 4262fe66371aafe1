"""What becomes of a stated time on a machine that has other things to do as well."""

import asyncio
import os
import sys
import time
from dataclasses import dataclass

LOADING_S = 2.0  # what loading a service's modules takes on two quiet cores
# `./crm test --full` has the machine for itself; otherwise half of the suite runs beside a fault,
# and a bound only tells a system that comes back from one that hangs.
STRICT = bool(os.environ.get("CRM_TEST_FULL"))
PATIENCE = 1.0 if STRICT else 12.0


@dataclass(frozen=True)
class Pace:
    """How slow the machine is now: what loading a service's modules takes beside what it should.

    The matrix speaks of a machine that has its two cores for itself. Where other work shares
    them, everything takes longer in the measure in which this does, and no process can start
    quicker than its modules load: the stated bounds grow with it, and beside other tests by
    `PATIENCE` too.
    """

    loading_s: float

    @classmethod
    async def measured(cls, earlier: "Pace | None" = None) -> "Pace":
        """Measure; of two measurements around a fault the slower one counts."""
        if not STRICT:  # each costs as much as starting a service
            return cls(LOADING_S)
        loading_s = await seconds_to_import("deals")
        return cls(max(loading_s, earlier.loading_s if earlier else 0.0))

    def bound(self, stated_s: float) -> float:
        """Return a stated bound as it is on this machine now."""
        return PATIENCE * stated_s * max(1.0, self.loading_s / LOADING_S)


async def seconds_to_import(name: str) -> float:
    """Return how long a service's modules take to load right now: a start cannot be quicker."""
    began = time.monotonic()
    modules = ", ".join(f"crm_{name}.{module}" for module in ("main", "worker", "settings"))
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", f"import {modules}")
    assert await process.wait() == 0
    return time.monotonic() - began
