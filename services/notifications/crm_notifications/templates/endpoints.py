"""Routes of the templates feature."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Response, status

from crm_notifications.permissions import READ_TEMPLATES, WRITE_TEMPLATES
from crm_notifications.templates import queries, use_cases
from crm_notifications.templates.errors import TemplateInvalidError, TemplateNotFoundError
from crm_notifications.templates.fields import TEMPLATES_LISTED
from crm_notifications.templates.models import Template
from crm_notifications.templates.rules import sample_variables
from crm_notifications.templates.rules.layout import framed
from crm_notifications.templates.schemas import (
    PreviewIn,
    PreviewOut,
    TemplateChangeIn,
    TemplateIn,
    TemplateOut,
    VariableOut,
)
from crm_shared.http.auth import require
from crm_shared.http.batch import BatchIn, BatchOut, run_batch
from crm_shared.http.etag import IfMatch, check_revision, tag
from crm_shared.http.pagination import ListQuery, Page, SearchIn, list_page, listing
from crm_shared.http.problems import responses
from crm_shared.http.routing import service_router
from crm_shared.http.session import ReadSessionDep, SessionDep

router = service_router(prefix="/v1/templates", tags=["templates"])
LISTING = listing(TEMPLATES_LISTED, sort=("created_at", "updated_at", "name"))
READ = [require(READ_TEMPLATES)]
WRITE = [require(WRITE_TEMPLATES)]


@router.get("", response_model=Page[TemplateOut], dependencies=READ)
async def list_templates(
    query: Annotated[ListQuery, Depends(LISTING)], session: ReadSessionDep
) -> Any:
    """List templates."""
    return await list_page(session, queries.templates(), query)


@router.post("/search", response_model=Page[TemplateOut], dependencies=READ)
async def search_templates(body: SearchIn, session: ReadSessionDep) -> Any:
    """List templates by a filter tree."""
    return await list_page(session, queries.templates(), LISTING.search(body))


@router.get("/variables", response_model=list[VariableOut], dependencies=READ)
async def list_template_variables() -> list[VariableOut]:
    """List everything a template may name, with a sample of each."""
    return [VariableOut(name=name, sample=sample) for name, sample in sample_variables()]


@router.post(
    "",
    response_model=TemplateOut,
    status_code=status.HTTP_201_CREATED,
    dependencies=WRITE,
    responses=responses(TemplateInvalidError),
)
async def create_template(body: TemplateIn, response: Response, session: SessionDep) -> Template:
    """Write a template; texts that cannot be read or name unknown variables are refused."""
    template = await use_cases.create_template(session, body.model_dump(mode="json"))
    tag(response, template)
    return template


@router.post("/batch", response_model=BatchOut, dependencies=WRITE)
async def create_templates(body: BatchIn[TemplateIn], session: SessionDep) -> BatchOut:
    """Write up to 500 templates, each with its own result."""

    async def one(item: TemplateIn) -> Template:
        return await use_cases.create_template(session, item.model_dump(mode="json"))

    return await run_batch(session, body.items, one, atomic=body.atomic)


@router.put(
    "/by-external/{system}/{external_id}",
    response_model=TemplateOut,
    dependencies=WRITE,
    responses=responses(TemplateInvalidError),
)
async def upsert_template(
    system: str, external_id: str, body: TemplateIn, response: Response, session: SessionDep
) -> Template:
    """Write or change the template that another system calls by this name."""
    values = body.model_dump(mode="json") | {"source_system": system, "external_id": external_id}
    template = await use_cases.upsert_template(session, values)
    tag(response, template)
    return template


@router.get(
    "/{template_id}",
    response_model=TemplateOut,
    dependencies=READ,
    responses=responses(TemplateNotFoundError),
)
async def get_template(template_id: UUID, response: Response, session: ReadSessionDep) -> Template:
    """Read one template."""
    template = await queries.get_template(session, template_id)
    tag(response, template)
    return template


@router.patch(
    "/{template_id}",
    response_model=TemplateOut,
    dependencies=WRITE,
    responses=responses(TemplateNotFoundError, TemplateInvalidError),
)
async def change_template(
    template_id: UUID,
    body: TemplateChangeIn,
    if_match: IfMatch,
    response: Response,
    session: SessionDep,
) -> Template:
    """Change a template; messages that have not gone out yet will say the new words."""
    template = await queries.get_template(session, template_id)
    check_revision(template, if_match)
    values = body.model_dump(mode="json", include=body.model_fields_set)
    template = await use_cases.change_template(session, template, values)
    tag(response, template)
    return template


@router.post(
    "/{template_id}/preview",
    response_model=PreviewOut,
    dependencies=READ,
    responses=responses(TemplateNotFoundError, TemplateInvalidError),
)
async def preview_template(
    template_id: UUID, body: PreviewIn, session: ReadSessionDep
) -> PreviewOut:
    """Read a template as its recipient would, with sample values."""
    template = await queries.get_template(session, template_id)
    language, text = use_cases.preview_template(template, body.language, body.values)
    html = framed(text, language, None)
    return PreviewOut(language=language, subject=text.subject, text=text.text, html=html)
