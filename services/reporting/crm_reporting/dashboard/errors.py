"""Why the dashboard says no."""

from crm_shared.errors import NotFoundError


class FileNotServedError(NotFoundError):
    problem = "file-not-served"

    def __init__(self) -> None:
        super().__init__("The dashboard has no such file.")
