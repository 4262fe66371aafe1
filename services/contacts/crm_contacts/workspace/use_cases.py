"""What can be done to the workspace."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from crm_contacts.events import WorkspaceFacts, WorkspaceUpdated
from crm_contacts.versions.use_cases import announce, changes_told
from crm_contacts.workspace import queries
from crm_contacts.workspace.errors import InvalidCalendarError, WorkspaceBusyError
from crm_contacts.workspace.models import POLICIES, Workspace, standard_workspace
from crm_contacts.workspace.rules import faults_of
from crm_shared.clock import utc_now
from crm_shared.events import refs
from crm_shared.events.known_calendar import KIND


async def update_workspace(
    session: AsyncSession,
    values: Mapping[str, Any],
    *,
    time_zone: str,
    check: Callable[[Workspace], None],
) -> Workspace:
    """Change the calendar or policies and announce them whole; `check` refuses stale readers.

    What is due already stays due: a calendar counts for what is computed from now on.
    """
    workspace = await queries.hold_workspace(session) or standard_workspace()
    check(workspace)
    is_new = workspace.revision == 0
    for name, value in values.items():
        setattr(workspace, name, value)
    if faults := faults_of(workspace.schedules, workspace.special_days):
        raise InvalidCalendarError(*faults)
    changed = sorted(values) if is_new else changes_told(workspace, WorkspaceFacts).changed
    if not changed:
        return workspace
    if is_new:
        workspace.created_at = utc_now()
        session.add(workspace)
    facts = WorkspaceFacts.model_validate(
        {
            "time_zone": time_zone,
            "schedules": workspace.schedules,
            "special_days": workspace.special_days,
            **{name: getattr(workspace, name) for name in POLICIES},
        }
    )
    event = WorkspaceUpdated(workspace=facts, changed=changed, previous={})
    try:
        await announce(session, workspace, event)
    except IntegrityError as taken:
        raise WorkspaceBusyError from taken
    # this service's own copy, which every process of it follows, as others follow theirs
    copy = refs.RefItem(
        id=workspace.id, revision=workspace.revision, data=facts.model_dump(mode="json")
    )
    await refs.keep(session, KIND, [copy])
    return workspace
