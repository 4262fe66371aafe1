"""Why the person exports feature says no."""

from uuid import UUID

from crm_shared.errors import ConflictError, InvalidError, NotFoundError, TooManyRequestsError


class PersonExportNotFoundError(NotFoundError):
    problem = "person-export-not-found"

    def __init__(self, export_id: UUID) -> None:
        super().__init__(f"There is no export {export_id}, or no longer.", export_id=str(export_id))


class PersonExportNotReadyError(ConflictError):
    problem = "person-export-not-ready"

    def __init__(self, waiting_for: list[str]) -> None:
        super().__init__("Not every service has handed in its part.", waiting_for=waiting_for)


class DownloadRefusedError(InvalidError):
    problem = "download-refused"

    def __init__(self) -> None:
        super().__init__(detail="This link is not valid, or too old.")


class TooManyExportsError(TooManyRequestsError):
    problem = "too-many-exports"

    def __init__(self, most: int) -> None:
        super().__init__(f"Not more than {most} persons an hour.", retry_after=3600)
