"""The oracle that judges the system after every fault: nothing lost, nothing done twice."""

from datetime import datetime
from typing import Any
from uuid import UUID

from plant import SERVICES, Plant

from crm_shared.events.envelope import stream_of
from crm_shared.events.jetstream import Bus, Link
from crm_shared.program import parts_of


async def reacted(plant: Plant, deal: dict[str, Any]) -> bool:
    """Tell whether all three services have reacted to a deal's newest revision."""
    one = UUID(deal["id"]), deal["revision"]
    for service, statement in (
        ("contacts", "SELECT 1 FROM tasks WHERE deal_id = $1 AND source_revision = $2"),
        ("notifications", "SELECT 1 FROM messages WHERE deal_id = $1 AND source_revision = $2"),
        ("reporting", "SELECT 1 FROM deal_facts WHERE deal_id = $1 AND revision = $2"),
    ):
        if not await plant.sql(service, statement, *one):
            return False
    return True


async def published_in_order(plant: Plant, service: str) -> bool:
    """Tell whether each aggregate's events stand in the stream in the order of their revisions."""
    late = await plant.sql(
        service,
        "SELECT 1 FROM (SELECT stream_seq, lag(stream_seq) OVER "
        "(PARTITION BY aggregate_id ORDER BY revision) AS before FROM outbox) AS steps "
        "WHERE before >= stream_seq",
    )
    return not late


async def slowest_publishing(plant: Plant, service: str, since: datetime) -> float:
    """Return how many seconds the slowest event recorded since then waited for the relay."""
    rows = await plant.sql(
        service,
        "SELECT max(extract(epoch FROM published_at - recorded_at))::float AS s FROM outbox "
        "WHERE recorded_at >= $1",
        since,
    )
    seconds: float = rows[0]["s"]
    return seconds


async def letters_sent(plant: Plant) -> int:
    """Count what lies in the mailbox."""
    rows = await plant.sql("notifications", "SELECT count(*) AS n FROM mailbox_letters")
    number: int = rows[0]["n"]
    return number


async def check_world(plant: Plant, moved: dict[UUID, int]) -> None:
    """The one oracle: every answered change has its event, and every effect happened once.

    `moved` says how many moves of each deal were answered with 200.
    """
    await plant.quiet()
    facts = await plant.sql(
        "deals",
        "SELECT aggregate_id AS id, count(*) AS n, max(revision) AS top, count(published_at) AS p "
        "FROM outbox WHERE type LIKE 'crm.deals.deal.%' GROUP BY 1",
    )
    events = {row["id"]: row for row in facts}
    for deal, moves in moved.items():
        row = events[deal]
        assert row["n"] == row["top"] == row["p"], "revisions are dense and all are published"
        assert row["top"] >= moves + 1, "an answered move without its event"
    changes = await plant.sql(
        "deals",
        "SELECT event_id FROM outbox WHERE type = 'crm.deals.deal.stage_changed.v1'",
    )
    expected = len(changes)
    assert await once(plant, "contacts", "tasks") == expected
    assert await once(plant, "notifications", "messages") == expected
    counted = await plant.sql("reporting", "SELECT count(*) AS n FROM deal_facts")
    assert counted[0]["n"] == sum(row["n"] for row in facts)
    letters = await letters_sent(plant)
    unknown = await plant.sql(
        "notifications", "SELECT count(*) AS n FROM messages WHERE status = 'unknown'"
    )
    assert letters + unknown[0]["n"] >= expected
    assert letters <= expected, "a letter was sent twice"
    assert await published_in_order(plant, "deals")
    for name in SERVICES:
        dead = await plant.sql(name, "SELECT count(*) AS n FROM dead_letters WHERE state <> 'done'")
        assert dead[0]["n"] == 0, f"dead letters in {name}"


async def once(plant: Plant, service: str, table: str) -> int:
    """Return how many events had their effect, and insist that none had it twice."""
    rows = await plant.sql(
        service,
        f"SELECT count(*) AS n, count(DISTINCT (deal_id, source_revision)) AS d FROM {table} "  # noqa: S608
        "WHERE source_revision IS NOT NULL",
    )
    assert rows[0]["n"] == rows[0]["d"], f"an effect happened twice in {service}"
    number: int = rows[0]["n"]
    return number


async def drop_letters(plant: Plant, name: str) -> int:
    """Settle the dead letters of a service that a test planted; return how many there were."""
    async with plant.client(name) as client:
        letters = (await client.get("/ops/dead-letters")).json()["items"]
        for letter in letters:
            body = {"reason": "planted"}
            answer = await client.post(f"/ops/dead-letters/{letter['id']}/drop", json=body)
            assert answer.status_code == 204, answer.text
    return len(letters)


async def forget_places(plant: Plant) -> None:
    """Delete every durable on the stream of deals: each starts over from the beginning."""
    bus = await Bus.connect(Link(plant.broker.url, "meddler"))
    for name in SERVICES:
        for one in parts_of(f"crm_{name}").subscriptions:
            if one.stream == stream_of("deals"):
                await bus.delete_durable(one.stream, one.durable)
    await bus.close()
