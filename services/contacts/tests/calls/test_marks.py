"""M6: calls are judged by whoever listened, and what the marks were worth is counted."""

from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.call_lists.models import CallAttempt
from crm_contacts.events.activities import CallMarked
from crm_contacts.testing import make_call, make_lead
from crm_shared.clock import utc_now
from crm_shared.ids import new_id
from crm_shared.testing.events import announced, recorded
from crm_shared.testing.plugin import ClientAs

ANY = {"If-Match": "*"}


class TestM6Marks:
    """M6: whoever listened judges how our side spoke, and what the marks were worth is counted."""

    async def test_are_given_by_heads_told_without_words_and_taken_back(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        me, team = new_id(), new_id()
        made = make_call(user_id=me, team_id=team), make_call(answered=False, duration_s=0)
        session.add_all(made)
        await session.commit()
        spoken, missed_one = (f"/v1/calls/{one.id}/mark" for one in made)
        head, seller = client_as("head", team_ids=(team,)), client_as("seller", user_id=me)
        body = {"mark": 2, "comment": "Перебивав клієнта"}

        own = await seller.put(spoken, json=body, headers=ANY)
        other = await client_as("head", team_ids=(new_id(),)).put(spoken, json=body, headers=ANY)
        odd = await head.put(spoken, json={"mark": 6}, headers=ANY)
        silent = await client_as("admin").put(missed_one, json=body, headers=ANY)
        given = await head.put(spoken, json=body, headers=ANY)
        again = await head.put(spoken, json={**body, "mark": 4}, headers=ANY)
        shown = (await seller.get("/v1/calls", params={"mark[gte]": 4})).json()["items"]
        back = await head.put(spoken, json={"mark": None}, headers=ANY)

        assert [one.status_code for one in (own, other, odd)] == [403, 404, 422]
        assert silent.json()["code"] == "nothing-to-mark"
        assert (given.json()["mark"], again.json()["mark"]) == (2, 4)
        assert [(one["mark"], one["mark_comment"]) for one in shown] == [(4, "Перебивав клієнта")]
        assert [back.json()[name] for name in ("mark", "mark_comment", "marked_by_id")] == [
            None
        ] * 3
        told = await recorded(session, CallMarked)
        assert [one.data.call.mark for one in told] == [2, 4, None]
        assert "Перебивав" not in "".join(one.model_dump_json() for one in await announced(session))

    async def test_tell_how_many_cold_calls_of_each_brought_a_client(
        self, client_as: ClientAs, session: AsyncSession
    ) -> None:
        now, me, team = utc_now(), new_id(), new_id()
        began = now - timedelta(hours=3)
        leads = [make_lead() for _ in range(3)]
        leads[0].converted_at = now
        for lead, mark in zip(leads, (5, 5, 1), strict=True):
            whose: dict[str, Any] = {"user_id": me, "lead_id": lead.id}
            cold = {"direction": "outbound", "from_number": "101", "to_number": "0671234567"}
            session.add(make_call(**cold, **whose, team_id=team, mark=mark, started_at=began))
            listed = {"call_list_id": new_id(), "entry_id": new_id(), "activity_id": new_id()}
            said = "refused" if mark == 1 else "answered"
            session.add(CallAttempt(**listed, **whose, at=now, result=said))
        # rang by himself; of another team
        session.add_all([*leads, make_call(user_id=me, team_id=team), make_call(mark=5)])
        await session.commit()
        head = client_as("head", team_ids=(team,))
        period = {"from": (now - timedelta(days=1)).isoformat(), "to": now.isoformat()}

        answer = await head.get("/v1/calls/marks", params=period)

        rows = [
            tuple(row[name] for name in ("mark", "calls", "cold", "refused", "conversion"))
            for row in answer.json()["items"]
        ]
        assert rows == [(5, 2, 2, 0, "0.5000"), (1, 1, 1, 1, "0.0000"), (None, 1, 0, 0, None)]
