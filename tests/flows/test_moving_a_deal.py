"""One move, three reactions; whoever is away catches up, and nothing happens twice."""

import pytest
from story import Story

from crm_shared.testing.system import System


async def test_a_moved_deal_reaches_every_service(story: Story) -> None:
    deal = await story.new_deal()
    await story.move(deal, "Proposal")

    await story.system.settle()

    seen = await story.reactions(deal)
    [task] = seen.tasks
    [message] = seen.messages
    assert (task["title"], task["assignee_id"]) == ("Call the client", str(story.seller))
    assert (message["status"], message["recipient_id"]) == ("sent", str(story.contact))
    assert seen.facts == 2


@pytest.mark.parametrize("away", ["contacts", "notifications", "reporting"])
async def test_a_service_that_was_away_catches_up_and_the_others_did_not_wait(
    system: System, story: Story, away: str
) -> None:
    deal = await story.new_deal()
    await system.settle()
    await system[away].stop_worker()
    await story.move(deal, "Proposal")
    await system.settle()

    before = await story.reactions(deal)
    done = {
        "contacts": bool(before.tasks),
        "notifications": bool(before.messages),
        "reporting": before.facts == 2,
    }
    assert done == {name: name != away for name in done}

    await system[away].start_worker()
    await system.settle()
    after = await story.reactions(deal)
    assert (len(after.tasks), len(after.messages), after.facts) == (1, 1, 2)


async def test_the_same_move_again_changes_nothing(story: Story) -> None:
    deal = await story.new_deal()
    moved = await story.move(deal, "Proposal")
    again = await story.move(moved, "Proposal")

    await story.system.settle()

    assert again["revision"] == moved["revision"]
    seen = await story.reactions(deal)
    assert (len(seen.tasks), len(seen.messages)) == (1, 1)


async def test_a_trace_runs_from_the_request_to_every_effect(system: System, story: Story) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    deal = await story.new_deal()
    answer = await story.deals.put(
        f"/v1/deals/{deal['id']}/stage",
        json={"stage_id": str(story.stages["Proposal"])},
        headers={"If-Match": "*", "traceparent": f"00-{trace}-00f067aa0ba902b7-01"},
    )
    assert answer.status_code == 200
    await system.settle()

    for name in ("deals", "contacts", "notifications"):
        rows = await system[name].sql(
            "SELECT count(*) AS n FROM outbox WHERE envelope LIKE :trace", trace=f"%{trace}%"
        )
        assert rows[0]["n"] >= 1, name
