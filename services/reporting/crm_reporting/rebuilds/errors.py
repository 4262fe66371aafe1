"""Why the counters cannot be used, or a rebuild cannot begin."""

from uuid import UUID

from crm_shared.errors import ConflictError, NotFoundError


class RebuildRunsError(ConflictError):
    problem = "rebuild-runs"

    def __init__(self, rebuild_id: UUID) -> None:
        super().__init__("A rebuild is under way; wait for it.", rebuild_id=str(rebuild_id))


class RebuildNotFoundError(NotFoundError):
    problem = "rebuild-not-found"

    def __init__(self) -> None:
        super().__init__("There was no rebuild yet.")


class OtherBuildError(Exception):
    """The counters were built with other settings; the message names them and what to do."""
