"""What came of a survey, and who answers what: tables by questions, attributes and segments."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.portraits.rules import MADE_OF, ratio
from crm_contacts.surveys import queries
from crm_contacts.surveys.errors import UnknownDimensionError
from crm_contacts.surveys.models import Survey
from crm_contacts.surveys.rules.asking import TEXT
from crm_contacts.surveys.rules.counting import score_figure, shares, table_of
from crm_shared.actor import Access
from crm_shared.http.hiding import hidden_of
from crm_shared.policies import covers

SEGMENT, QUESTION, OF_PERSON = "segment", "question.", "contact."
UNKNOWN = "—"


async def count_results(session: AsyncSession, access: Access, survey: Survey) -> dict[str, Any]:
    """Return how many were asked and answered, the score, and how often each answer was given."""
    rows = await queries.answers_of(session, access, survey.id)
    invited = await queries.count_asked(session, access, survey.id)
    return {
        "survey_id": survey.id,
        "invited": invited,
        "answered": len(rows),
        "response_rate": ratio(len(rows), invited),
        "score": score_figure(survey.kind, [row.score for row in rows if row.score is not None]),
        "questions": [_question(one, rows) for one in survey.questions],
    }


def _question(question: dict[str, Any], rows: Sequence[Any]) -> dict[str, Any]:
    key = question["key"]
    if question["type"] == TEXT:
        # words are counted, never listed: in a list somebody is recognised by what he wrote
        found, values = sum(key in row.words for row in rows), []
    else:
        values = [row.answers[key] for row in rows if key in row.answers]
        found = len(values)
    return {"key": key, "type": question["type"], "answered": found, "shares": shares(values)}


async def cross(
    session: AsyncSession, access: Access, survey: Survey, row: str, column: str
) -> dict[str, Any]:
    """Return one table: a question by a question, an attribute of the person, or segments."""
    known = dimensions(survey)
    for place, name in (("row", row), ("column", column)):
        if name not in known:
            raise UnknownDimensionError(place, known)
    # two attributes would be a table of the customers and not of the survey
    if row.startswith(OF_PERSON) and column.startswith(OF_PERSON):
        raise UnknownDimensionError("column", [one for one in known if one != row])
    of_person = next((one for one in (row, column) if one.startswith(OF_PERSON)), None)
    attribute = of_person.removeprefix(OF_PERSON) if of_person else None
    given = await queries.answers_by(session, access, survey.id, attribute)
    named: dict[UUID, list[str]] = {}
    if SEGMENT in (row, column):
        named = await queries.segments_of_people(session, access, [one.person for one in given])
    pairs = [
        (one, other)
        for each in given
        for one in _values(each, row, named)
        for other in _values(each, column, named)
    ]
    return {"survey_id": survey.id, "row": row, "column": column, **table_of(pairs)}


def dimensions(survey: Survey) -> list[str]:
    """Return by what answers can be counted; attributes that the role may not see are none."""
    hidden = hidden_of("contact")
    asked = [f"{QUESTION}{one['key']}" for one in survey.questions if one["type"] != TEXT]
    told = [name for name in queries.OF_CONTACTS if not covers(hidden, MADE_OF.get(name, name))]
    return [*asked, *(f"{OF_PERSON}{name}" for name in told), SEGMENT]


def _values(given: Any, name: str, named: dict[UUID, list[str]]) -> list[str]:
    if name == SEGMENT:
        return named.get(given.person) or [UNKNOWN]
    if name.startswith(OF_PERSON):
        return [given.value or UNKNOWN]
    value = given.answers.get(name.removeprefix(QUESTION))
    if isinstance(value, list):
        return [str(one) for one in value]
    return [UNKNOWN if value is None else str(value)]
