"""What can be done to a template."""

from collections.abc import Iterator, Mapping
from typing import Any

from liquid.exceptions import LiquidError
from sqlalchemy.ext.asyncio import AsyncSession

from crm_notifications.channels.rules import Channel
from crm_notifications.events import (
    TemplateCreated,
    TemplateFacts,
    TemplateUpdated,
)
from crm_notifications.templates import queries
from crm_notifications.templates.errors import TemplateInvalidError
from crm_notifications.templates.models import Template
from crm_notifications.templates.rules import (
    ALLOWED,
    Flaw,
    Text,
    choose,
    flaws_of,
    render,
    samples_with,
)
from crm_shared.events import outbox

HAVE_SUBJECTS = {Channel.EMAIL.value, Channel.IN_APP.value}


async def create_template(session: AsyncSession, values: Mapping[str, Any]) -> Template:
    """Keep a new template, once every text of it can be read."""
    template = Template(**values)
    _check(template)
    session.add(template)
    await outbox.record(
        session, template, TemplateCreated(template=facts_of(template), changed=[], previous={})
    )
    return template


async def change_template(
    session: AsyncSession, template: Template, values: Mapping[str, Any]
) -> Template:
    """Change a template; messages that have not gone out yet will say the new words."""
    for name, value in values.items():
        setattr(template, name, value)
    _check(template)
    changes = outbox.changes_of(template, TemplateFacts)
    if changes:
        event = TemplateUpdated(
            template=facts_of(template), changed=changes.changed, previous=changes.previous
        )
        await outbox.record(session, template, event)
    return template


async def upsert_template(session: AsyncSession, values: Mapping[str, Any]) -> Template:
    """Write or change the template that another system calls by a name of its own."""
    found = await queries.find_by_external(session, values["source_system"], values["external_id"])
    if found is None:
        return await create_template(session, values)
    return await change_template(session, found, {**values, "deleted_at": None})


def preview_template(
    template: Template, language: str | None, values: Mapping[str, str]
) -> tuple[str, Text]:
    """Render a template with samples, some of them replaced."""
    unknown = [name for name in values if name not in ALLOWED]
    if unknown:
        raise TemplateInvalidError(
            Flaw(f"/values/{name}", "unknown-variable", f"Allowed: {', '.join(ALLOWED)}.")
            for name in unknown
        )
    chosen, text = choose(template.says(), language, ())
    try:
        return chosen, render(text, samples_with(values))
    except LiquidError as error:
        flaw = Flaw("/values", "template-fails", str(error.message))
        raise TemplateInvalidError([flaw]) from error


def _check(template: Template) -> None:
    flaws = [*flaws_of(template.says()), *_missing_subjects(template)]
    if flaws:
        raise TemplateInvalidError(flaws)


def _missing_subjects(template: Template) -> Iterator[Flaw]:
    if template.channel not in HAVE_SUBJECTS:
        return
    for language, text in template.says().items():
        if not text.subject.strip():
            detail = f"A template for {template.channel} needs a subject."
            yield Flaw(f"/texts/{language}/subject", "subject-missing", detail)


def facts_of(template: Template) -> TemplateFacts:
    """What everyone may know of a template."""
    return TemplateFacts(
        label=template.name, channel=template.channel, languages=sorted(template.texts)
    )
