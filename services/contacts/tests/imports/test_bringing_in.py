"""C16: workbooks, keys, previews, undoing, and every noun of the service."""

import io
from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest
from openpyxl import Workbook
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.activities.models import Activity
from crm_contacts.contacts.models import Contact
from crm_contacts.events import ContactDeleted, ContactUpdated, LeadCreated
from crm_contacts.imports.catalogue import ROOM
from crm_contacts.leads.models import Lead
from crm_contacts.leads.use_cases import raise_overdue
from crm_contacts.persons.statements import empty_versions
from crm_contacts.tasks.models import Task
from crm_shared.db.engine import Sessions
from crm_shared.settings import ServiceSettings
from crm_shared.testing.events import announced, recorded
from crm_shared.testing.imports import ImportTrial, counts
from crm_shared.testing.plugin import ClientAs

PEOPLE: dict[str, Any] = {
    "external_id": "id",
    "fields": {
        "last_name": "Прізвище",
        "first_name": "Ім'я",
        "phones": "Телефон",
        "emails": "Пошта",
        "birth_date": {"column": "Народження", "format": "%d.%m.%Y"},
    },
}
HEADER = ["id", "Прізвище", "Ім'я", "Телефон", "Пошта", "Народження"]
OKSANA = [1, "Шевченко", "Оксана", 380671234567, "oksana@acme.test", date(1984, 3, 9)]
OLEH = [2, "Бондар", "Олег", None, None, None]
BY_EMAIL: dict[str, Any] = {
    "key": {"column": "mail", "by": "email"},
    "when_missing": "error",
    "fields": {"job_title": "job"},
}


def workbook(*rows: list[Any]) -> bytes:
    """Save rows as a spreadsheet program does."""
    book, file = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(file)
    return file.getvalue()


@pytest.fixture
def trial(client: httpx.AsyncClient, sessions: Sessions, settings: ServiceSettings) -> ImportTrial:
    return ImportTrial(client, sessions, settings, ROOM, "/v1/contact-imports", "contact", PEOPLE)


async def people(session: AsyncSession) -> dict[str | None, Contact]:
    """Return contacts by external id as they are now."""
    found = select(Contact).execution_options(populate_existing=True)
    return {one.external_id: one for one in await session.scalars(found)}


class TestC16Workbooks:
    async def test_come_in_as_their_cells_mean_it(
        self, trial: ImportTrial, session: AsyncSession
    ) -> None:
        seen = await trial.bring_in(workbook(HEADER, OKSANA, [], OLEH))

        assert counts(seen) == {"created": 2}
        oksana = (await people(session))["1"]
        assert oksana.birth_date == date(1984, 3, 9)
        assert oksana.phone_keys == ["+380671234567"]

    async def test_and_the_same_rows_as_csv_are_the_same_records(self, trial: ImportTrial) -> None:
        await trial.bring_in(workbook(HEADER, OKSANA))

        again = await trial.bring_in(
            ",".join(HEADER) + "\n1,Шевченко,Оксана,'+380671234567,oksana@acme.test,09.03.1984\n"
        )

        assert counts(again) == {"unchanged": 1}

    async def test_name_the_row_of_a_fault_as_the_sheet_counts(self, trial: ImportTrial) -> None:
        bad = [3, "Коваль", "Іван", None, "no address", None]

        seen = await trial.bring_in(workbook(HEADER, OKSANA, [None], bad))

        assert counts(seen) == {"created": 1, "failed": 1}
        assert await trial.faults(seen["id"]) == [(4, "Пошта", "not-an-email")]

    @pytest.mark.parametrize("damage", ["cut", "no workbook"])
    async def test_that_are_damaged_are_refused(self, trial: ImportTrial, damage: str) -> None:
        whole = workbook(HEADER, OKSANA)
        content = whole[: len(whole) // 2] if damage == "cut" else b"PK\x03\x04 not a folder"

        answer = await trial.send(content)

        assert (answer.status_code, answer.json()["code"]) == (422, "unreadable-file")


class TestC16Keys:
    async def test_find_the_record_by_address_and_keep_its_name_elsewhere(
        self, trial: ImportTrial, session: AsyncSession
    ) -> None:
        await trial.bring_in(workbook(HEADER, OKSANA))

        seen = await trial.bring_in(
            "mail,job\nOKSANA@acme.test,CTO\nnobody@acme.test,CEO\n", mapping=BY_EMAIL
        )

        assert counts(seen) == {"updated": 1, "failed": 1}
        assert await trial.faults(seen["id"]) == [(3, "mail", "unknown-key")]
        assert (await people(session))["1"].job_title == "CTO"

    async def test_that_several_bear_change_none(
        self, trial: ImportTrial, client: httpx.AsyncClient
    ) -> None:
        for _ in range(2):
            await client.post(
                "/v1/contacts", json={"last_name": "X", "phones": [{"value": "0671234567"}]}
            )
        mapping = {"key": {"column": "tel", "by": "phone"}, "fields": {"job_title": "job"}}

        seen = await trial.bring_in("tel,job\n+380671234567,CTO\n", mapping=mapping)

        assert await trial.faults(seen["id"]) == [(2, "tel", "ambiguous-key")]

    async def test_may_be_our_own_id_and_nothing_unknown(
        self, trial: ImportTrial, client: httpx.AsyncClient
    ) -> None:
        made = (await client.post("/v1/contacts", json={"last_name": "X"})).json()
        mapping = {"key": {"column": "id", "by": "id"}, "fields": {"job_title": "job"}}

        seen = await trial.bring_in(f"id,job\n{made['id']},CTO\n", mapping=mapping)
        refused = await trial.begin({**mapping, "key": {"column": "id", "by": "colour"}})

        assert counts(seen) == {"updated": 1}
        assert refused.json()["errors"][0]["pointer"] == "/mapping/key/by"


class TestC16Previews:
    async def test_show_rows_as_they_would_be_understood_and_write_nothing(
        self, trial: ImportTrial, session: AsyncSession
    ) -> None:
        bad = [3, "Коваль", "Іван", None, "no address", None]
        held = await trial.queue(workbook(HEADER, OKSANA, bad), hold=True)

        shown = (await trial.client.get(f"{trial.path}/{held}/preview")).json()

        assert shown["columns"] == HEADER
        assert [(one["row"], one["outcome"]) for one in shown["rows"]] == [
            (2, "created"),
            (3, "failed"),
        ]
        assert shown["rows"][0]["values"]["birth_date"] == "1984-03-09"
        assert shown["rows"][1]["errors"][0]["column"] == "Пошта"
        assert (await announced(session), await people(session)) == ([], {})
        assert await trial.step() == 0

    async def test_let_the_mapping_be_put_right_before_the_start(self, trial: ImportTrial) -> None:
        held = await trial.queue(workbook(HEADER, OKSANA), hold=True)
        own = f"{trial.path}/{held}"
        better = {**PEOPLE, "fields": {"last_name": {"any_of": ["Surname", "Прізвище"]}}}
        wrong = {**PEOPLE, "fields": {"last_name": "Surname"}}

        refused = await trial.client.patch(own, json={"mapping": wrong})
        remapped = await trial.client.patch(own, json={"mapping": better})
        started = await trial.client.post(f"{own}/start")
        late = await trial.client.get(f"{own}/preview")

        codes = [one.status_code for one in (refused, remapped, started, late)]
        assert codes == [422, 200, 200, 409]
        assert counts(await trial.finish(held)) == {"created": 1}


class TestC16Undoing:
    async def test_takes_back_what_was_made_and_changed_and_says_what_it_could_not(
        self, trial: ImportTrial, client: httpx.AsyncClient, session: AsyncSession
    ) -> None:
        first = await trial.bring_in(workbook(HEADER, OKSANA))
        sheet = workbook(
            HEADER,
            [1, "Франко", "Оксана", None, "new@acme.test", None],
            OLEH,
            [3, "Коваль", "Іван", None, None, None],
        )
        second = await trial.bring_in(sheet)
        ivan = (await people(session))["3"]
        await client.patch(
            f"/v1/contacts/{ivan.id}", json={"job_title": "CTO"}, headers={"If-Match": "*"}
        )

        begun = await trial.client.post(f"{trial.path}/{second['id']}/undo")
        for _ in range(5):
            await trial.step()
        seen = await trial.see(second["id"])

        assert (begun.status_code, seen["state"], seen["undone"]) == (200, "undone", 2)
        assert await trial.faults(second["id"]) == [(4, None, "changed-since")]
        now = await people(session)
        assert (now["1"].last_name, now["1"].email_keys) == ("Шевченко", ["oksana@acme.test"])
        assert (now["2"].deleted_at is None, now["3"].deleted_at is None) == (False, True)
        [gone] = await recorded(session, ContactDeleted)
        assert gone.bulk
        assert (await recorded(session, ContactUpdated))[-1].bulk

        # what the first one made stands as it left it: it goes in its turn
        await trial.client.post(f"{trial.path}/{first['id']}/undo")
        for _ in range(3):
            await trial.step()
        assert await trial.faults(first["id"]) == []
        assert (await people(session))["1"].deleted_at is not None

    async def test_is_done_once_by_those_who_import_and_not_of_a_trial(
        self, trial: ImportTrial, client_as: ClientAs
    ) -> None:
        trial_run = await trial.bring_in(workbook(HEADER, OKSANA), dry_run=True)
        real = await trial.bring_in(workbook(HEADER, OKSANA))
        undo = f"{trial.path}/{real['id']}/undo"

        forbidden = await client_as("seller").post(undo)
        nothing = await trial.client.post(f"{trial.path}/{trial_run['id']}/undo")
        first = await trial.client.post(undo)
        for _ in range(3):
            await trial.step()
        again = await trial.client.post(undo)

        codes = [one.status_code for one in (forbidden, nothing, first, again)]
        assert codes == [403, 409, 200, 409]

    async def test_goes_on_where_a_worker_died(
        self, trial: ImportTrial, session: AsyncSession
    ) -> None:
        rows = [[number, f"Name {number}", None, None, None, None] for number in range(250)]
        seen = await trial.bring_in(workbook(HEADER, *rows))
        await trial.client.post(f"{trial.path}/{seen['id']}/undo")

        await trial.step()
        trial.paced(batch=50)
        for _ in range(5):
            await trial.step()

        assert (await trial.see(seen["id"]))["undone"] == 250
        assert len(await recorded(session, ContactDeleted)) == 250


class TestC16EveryNoun:
    async def test_leads_keep_their_days_and_raise_no_alarm(
        self, trial: ImportTrial, session: AsyncSession
    ) -> None:
        mapping = {
            "external_id": "id",
            "fields": {
                "last_name": "name",
                "source": "source",
                "emails": "mail",
                "created_at": {"column": "made", "format": "%d.%m.%Y"},
            },
        }
        text = "id,name,source,mail,made\n1,Стус,web,v@acme.test,01.02.2024\n"

        seen = await trial.bring_in(text, noun="lead", mapping=mapping)
        again = await trial.bring_in(text.replace("web", "fair"), noun="lead", mapping=mapping)

        assert (counts(seen), counts(again)) == ({"created": 1}, {"updated": 1})
        [lead] = await session.scalars(select(Lead))
        assert (lead.created_at.year, lead.source) == (2024, "fair")
        assert (await recorded(session, LeadCreated))[0].bulk
        assert await raise_overdue(session) == 0

    async def test_tasks_and_activities_keep_when_they_were_done(
        self, trial: ImportTrial, session: AsyncSession
    ) -> None:
        await trial.bring_in(workbook(HEADER, OKSANA))
        tasks = {
            "external_id": "id",
            "fields": {
                "title": "what",
                "due_at": "due",
                "completed_at": "done",
                "created_at": "made",
                "contact_id": "who",
            },
        }
        work = {
            "external_id": "id",
            "fields": {
                "kind": {"constant": "call"},
                "subject": "what",
                "due_at": "due",
                "completed_at": "done",
                "contact_id": "who",
            },
        }
        text = (
            "id,what,due,done,made,who\n"
            "1,Ring up,2024-02-02 10:00,2024-02-03 11:00,2024-02-01,1\n"
            "2,Send,2024-02-02 10:00,,2024-02-01,1\n"
            "3,Lost,2024-02-02,,2024-02-01,9\n"
        )

        seen = [
            counts(await trial.bring_in(text, noun=noun, mapping=mapping))
            for noun, mapping in (("task", tasks), ("activity", work), ("task", tasks))
        ]

        assert seen == [
            {"created": 2, "failed": 1},
            {"created": 2, "failed": 1},
            {"unchanged": 2, "failed": 1},
        ]
        done = await session.scalar(select(Task).where(Task.external_id == "1"))
        called = await session.scalar(select(Activity).where(Activity.external_id == "1"))
        assert done is not None
        assert called is not None
        at = datetime(2024, 2, 3, 9, tzinfo=UTC)
        assert (done.status, done.completed_at) == ("done", at)
        assert (called.status, called.completed_at) == ("done", at)


class TestC16AndErasure:
    async def test_empties_what_undoing_would_have_needed(
        self, trial: ImportTrial, session: AsyncSession
    ) -> None:
        await trial.bring_in(workbook(HEADER, OKSANA))
        other = [1, "Франко", "Оксана", None, "new@acme.test", None]
        await trial.bring_in(workbook(HEADER, other))
        contact = (await people(session))["1"]
        [kept] = await trial.sql("SELECT before::text AS told FROM import_changes WHERE NOT is_new")

        await empty_versions(session, [contact.id])
        await session.commit()

        assert "Шевченко" in kept["told"]
        assert await trial.sql("SELECT 1 FROM import_changes WHERE before::text <> '{}'") == []
