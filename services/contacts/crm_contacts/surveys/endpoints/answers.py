"""The public page on which a survey is answered, by its link alone."""

from typing import Annotated
from urllib.parse import parse_qs

from fastapi import Path, Query, Request
from fastapi.responses import HTMLResponse

from crm_contacts.settings import SettingsDep
from crm_contacts.surveys import queries
from crm_contacts.surveys.errors import SurveyLinkRefusedError
from crm_contacts.surveys.rules.page import (
    CONTENT_POLICY,
    Asked,
    form_page,
    note_page,
    words_of,
)
from crm_contacts.surveys.use_cases import answering
from crm_contacts.surveys.use_cases.answering import Open
from crm_shared.http.auth import public
from crm_shared.http.idempotency import answer_is_not_kept
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep

router = service_router(prefix="/v1/surveys", tags=["surveys"])
Token = Annotated[str, Path(max_length=200)]
Wanted = Annotated[str | None, Query(max_length=5)]
# twenty questions, each with twenty options that can all be ticked
MOST_FIELDS = 20 * 20 + 50
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Robots-Tag": "noindex",
}


@router.get(
    "/answers/{token}",
    response_class=HTMLResponse,
    responses=responses(SurveyLinkRefusedError),
    dependencies=[public()],
)
async def show_survey(
    token: Token,
    request: Request,
    session: ReadSessionDep,
    settings: SettingsDep,
    lang: Wanted = None,
) -> HTMLResponse:
    """Show the questions behind a link, with what was answered so far; looking changes nothing."""
    found = await answering.find_open(session, token, key=settings.link_key, hold=False)
    if found is None:
        return _refused(request, lang)
    asked = await _asked(session, found, lang)
    if found.is_over:
        return _over(asked)
    return _html(form_page(asked))


@router.post(
    "/answers/{token}",
    response_class=HTMLResponse,
    responses=responses(SurveyLinkRefusedError),
    dependencies=[public()],
)
@answer_is_not_kept
async def answer_survey(
    token: Token,
    request: Request,
    session: SessionDep,
    settings: SettingsDep,
    lang: Wanted = None,
) -> HTMLResponse:
    """Take the answer of a form; until the link ends another one takes its place."""
    found = await answering.find_open(session, token, key=settings.link_key, hold=True)
    if found is None:
        return _refused(request, lang)
    asked = await _asked(session, found, lang)
    if found.is_over:
        return _over(asked)
    try:
        body = (await request.body()).decode(errors="replace")
        said = parse_qs(body, max_num_fields=MOST_FIELDS)
    except ValueError:
        # no form of ours has so many: the page is shown as it was
        return _html(form_page(asked), status=422)
    read = await answering.answer(session, found, said, zone=settings.zone)
    if read.faults:
        again = Asked(
            asked.title, asked.languages, asked.language, asked.questions, said, read.faults
        )
        return _html(form_page(again), status=422)
    until = found.invitation.expires_at.astimezone(settings.zone).strftime("%d.%m.%Y")
    thanks = found.survey.thanks.get(asked.language, "")
    kept = words_of(asked.language)["kept"].format(day=until)
    return _html(note_page(asked, f"{thanks} {kept}".strip(), is_changeable=True))


async def _asked(session: ReadSessionDep, found: Open, lang: str | None) -> Asked:
    """The page in the language that is asked for, else the client's, else the survey's first."""
    survey, invitation = found.survey, found.invitation
    own = await queries.language_of(session, invitation.contact_id)
    languages = list(survey.titles)
    language = next((one for one in (lang, own) if one in survey.titles), languages[0])
    said = {
        key: [str(one) for one in (value if isinstance(value, list) else [value])]
        for key, value in {**invitation.answers, **invitation.words}.items()
    }
    return Asked(survey.titles[language], languages, str(language), survey.questions, said)


def _over(asked: Asked) -> HTMLResponse:
    note = words_of(asked.language)["over"]
    return _html(note_page(asked, note, is_changeable=False), status=410)


def _refused(request: Request, lang: str | None) -> HTMLResponse:
    """A page for a person, a problem for a program."""
    if "text/html" not in request.headers.get("accept", ""):
        raise SurveyLinkRefusedError
    language = lang or "en"
    words = words_of(language)
    asked = Asked(words["refused"], [], language if language in ("en", "uk", "ru") else "en", [])
    return _html(note_page(asked, words["refused"], is_changeable=False), status=404)


def _html(page: str, *, status: int = 200) -> HTMLResponse:
    return HTMLResponse(page, status_code=status, headers=HEADERS)
