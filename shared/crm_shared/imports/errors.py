"""Why an import, a file or a cell is refused."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from crm_shared.errors import (
    ConflictError,
    FieldError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    TooLargeError,
)


class CellError(Exception):
    """A cell that does not say what its field needs: an error of its row."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


class FileError(Exception):
    """Something that makes the whole file unreadable; nothing of it is written."""

    def __init__(self, code: str, detail: str, *, row: int | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail
        self.row = row


class ImportNotFoundError(NotFoundError):
    problem = "import-not-found"

    def __init__(self, import_id: UUID) -> None:
        super().__init__(f"There is no import {import_id}.", import_id=str(import_id))


class ImportHasFileError(ConflictError):
    problem = "import-has-file"

    def __init__(self) -> None:
        super().__init__("This import has its file already; begin another one.")


class ImportEndedError(ConflictError):
    problem = "import-ended"

    def __init__(self) -> None:
        super().__init__("This import has ended.")


class ImportTooLargeError(TooLargeError):
    problem = "import-too-large"

    def __init__(self, limit: int) -> None:
        super().__init__(f"A file must not be larger than {limit} bytes.", limit=limit)


class ImportNotHeldError(ConflictError):
    problem = "import-not-held"

    def __init__(self) -> None:
        super().__init__("This import does not wait: begin one with `hold` and send its file.")


class CannotUndoError(ConflictError):
    problem = "cannot-undo"

    def __init__(self, why: str) -> None:
        super().__init__(why)


class MayNotImportError(ForbiddenError):
    problem = "may-not-import"

    def __init__(self, noun: str) -> None:
        super().__init__(f"Your role may not import {noun}.", noun=noun)


class UnknownNounError(InvalidError):
    problem = "unknown-noun"

    def __init__(self, known: Iterable[str]) -> None:
        fault = FieldError("/noun", "unknown-noun", f"Known are: {', '.join(sorted(known))}.")
        super().__init__(fault, detail="Rows cannot become that here.")


class MappingError(InvalidError):
    problem = "invalid-mapping"

    def __init__(self, errors: Sequence[FieldError]) -> None:
        super().__init__(*errors, detail="The mapping does not fit.")


class UnreadableFileError(InvalidError):
    problem = "unreadable-file"

    def __init__(self, why: FileError) -> None:
        super().__init__(FieldError("", why.code, why.detail), detail=why.detail)
