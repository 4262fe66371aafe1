"""The work on an import survives crashes, takes turns, waits and pauses."""

import asyncio
from datetime import timedelta

from shop_export import HEADER, MAPPING, arrive, with_field
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from crm_deals.imports.catalogue import ROOM
from crm_shared.imports.running import Pace
from crm_shared.testing.events import announced
from crm_shared.testing.imports import ImportTrial, counts

ROWS = 7
FILE = HEADER + "".join(f"D{n},Anna,GTX Pro,,New,11/5/2016,,{n}\n" for n in range(ROWS))
END_WHO_WAITS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'
"""
STRANGER = HEADER + "D1,Boris,GTX Pro,,New,11/5/2016,,5\nD2,Anna,GTX Pro,,New,11/5/2016,,5\n"


class TestWork:
    async def test_tells_how_far_it_is_after_each_batch(self, trial: ImportTrial) -> None:
        trial.paced(batch=3)
        import_id = await trial.queue(FILE)

        seen = []
        for _ in range(4):
            await trial.step()
            one = await trial.see(import_id)
            seen.append((one["state"], one["rows_total"], one["rows_done"], one["created"]))

        assert seen == [
            ("running", 7, 0, 0),
            ("running", 7, 3, 3),
            ("running", 7, 6, 6),
            ("completed", 7, 7, 7),
        ]

    async def test_goes_on_after_a_crash_between_batches(
        self, trial: ImportTrial, session: AsyncSession
    ) -> None:
        trial.paced(batch=2)
        import_id = await trial.queue(FILE)
        for _ in range(3):
            await trial.step()

        trial.paced(batch=2)
        seen = await trial.finish(import_id)

        assert (counts(seen), seen["rows_done"]) == ({"created": 7}, 7)
        assert len(await announced(session)) == ROWS

    async def test_does_a_batch_again_that_was_not_committed(
        self, trial: ImportTrial, session: AsyncSession
    ) -> None:
        trial.paced(batch=2)
        import_id = await trial.queue(FILE)
        await trial.step()
        await trial.step()
        # what the process knows is ahead of what is committed, as after a lost connection
        await trial.sql("DELETE FROM stage_moves")
        await trial.sql("DELETE FROM deals")
        await trial.sql("DELETE FROM outbox")
        await trial.sql("UPDATE imports SET rows_done = 0, created = 0")

        seen = await trial.finish(import_id)

        assert counts(seen) == {"created": 7}
        assert len(await announced(session)) == ROWS

    async def test_reads_the_file_anew_when_the_connection_was_lost_while_reading(
        self, trial: ImportTrial
    ) -> None:
        trial.paced(batch=2)
        import_id = await trial.queue(FILE)
        await trial.step()
        async with trial.sessions() as holder:
            await holder.execute(text("LOCK TABLE import_pieces IN ACCESS EXCLUSIVE MODE"))
            reading = asyncio.create_task(trial.step())
            while not await trial.sql(END_WHO_WAITS):
                continue
            await asyncio.wait([reading])

        seen = await trial.finish(import_id)

        assert isinstance(reading.exception(), DBAPIError)
        assert (seen["state"], counts(seen), seen["rows_done"]) == (
            "completed",
            {"created": 7},
            7,
        )

    async def test_is_shared_by_two_workers_without_doing_anything_twice(
        self, trial: ImportTrial, session: AsyncSession
    ) -> None:
        workers = [ROOM.runner(Pace(batch=1)), ROOM.runner(Pace(batch=1))]
        import_id = await trial.queue(FILE)

        for turn in range(2 * ROWS):
            await workers[turn % 2].work(trial.sessions, trial.settings)

        seen = await trial.see(import_id)
        assert (seen["state"], counts(seen)) == ("completed", {"created": 7})
        assert len(await announced(session)) == ROWS

    async def test_knows_repeated_ids_across_batches_and_workers(self, trial: ImportTrial) -> None:
        trial.paced(batch=2)
        import_id = await trial.queue(FILE + "D0,Anna,GTX Pro,,New,11/5/2016,,9\n")
        for _ in range(3):
            await trial.step()

        trial.paced(batch=2)
        seen = await trial.finish(import_id)

        assert counts(seen) == {"created": 7, "failed": 1}
        assert await trial.faults(import_id) == [(9, "id", "repeated-external-id")]

    async def test_pauses_while_too_many_events_wait(self, trial: ImportTrial) -> None:
        trial.paced(batch=3, most_waiting_events=2)
        import_id = await trial.queue(FILE)
        await trial.step()
        await trial.step()

        assert await trial.step() == 0
        assert (await trial.see(import_id))["rows_done"] == 3

        await trial.sql("UPDATE outbox SET published_at = now()")
        assert await trial.step() == 1
        assert (await trial.see(import_id))["rows_done"] == 6

    async def test_waits_for_a_name_that_is_still_on_its_way(
        self, trial: ImportTrial, session: AsyncSession
    ) -> None:
        import_id = await trial.queue(STRANGER)
        await trial.step()
        await trial.step()

        assert await trial.step() == 0
        waiting = await trial.see(import_id)
        assert (waiting["state"], waiting["rows_done"]) == ("running", 0)

        await arrive(session, "user", "Boris")
        await trial.sql("UPDATE imports SET next_at = now()")
        assert counts(await trial.finish(import_id)) == {"created": 2}

    async def test_does_not_wait_for_ever(self, trial: ImportTrial) -> None:
        trial.paced(patience=timedelta(0))

        seen = await trial.bring_in(STRANGER)

        assert counts(seen) == {"created": 1, "failed": 1}
        assert await trial.faults(seen["id"]) == [(2, "agent", "unknown-reference")]

    async def test_waits_for_nobody_in_a_dry_run(self, trial: ImportTrial) -> None:
        seen = await trial.bring_in(STRANGER, dry_run=True)

        assert counts(seen) == {"created": 1, "failed": 1}

    async def test_takes_imports_in_their_order(self, trial: ImportTrial) -> None:
        first = await trial.queue(FILE)
        second = await trial.queue(FILE, mapping=with_field("channel", {"constant": "web"}))

        assert counts(await trial.finish(second)) == {"updated": 7}
        assert (await trial.see(first))["state"] == "completed"

    async def test_leaves_no_file_behind(self, trial: ImportTrial) -> None:
        await trial.bring_in(FILE, mapping=MAPPING)

        assert await trial.sql("SELECT 1 FROM import_pieces") == []
