"""The imports of one service as it wires them: routes for its API, jobs for its worker."""

from collections.abc import Sequence

from fastapi import APIRouter

from crm_shared.actor import Permission
from crm_shared.imports.endpoints import import_router
from crm_shared.imports.nouns import Noun
from crm_shared.imports.running import ImportRunner, Pace
from crm_shared.imports.store import Store
from crm_shared.imports.tables import ImportTables
from crm_shared.worker import Job

EVERY_S = 0.2
FORGET_EVERY_S = 3600.0


class ImportRoom:
    """Tables and nouns of one service, from which routes and jobs are made."""

    def __init__(self, tables: ImportTables, nouns: Sequence[Noun]) -> None:
        self.store = Store(tables)
        self.nouns = {noun.name: noun for noun in nouns}

    def router(self, *, prefix: str, permission: Permission) -> APIRouter:
        """Return the routes."""
        return import_router(self.store, self.nouns, prefix=prefix, permission=permission)

    def runner(self, pace: Pace | None = None) -> ImportRunner:
        """Return somebody who does the work, as one worker process would."""
        return ImportRunner(self.store, self.nouns, pace)

    def jobs(self) -> list[Job]:
        """Return the timed work."""
        runner = self.runner()
        return [
            Job("imports", EVERY_S, runner.step),
            Job("imports-forgetting", FORGET_EVERY_S, runner.forget),
        ]
