"""Why the notes feature says no."""

from uuid import UUID

from crm_shared.errors import FieldError, InvalidError, NotFoundError


class NoteNotFoundError(NotFoundError):
    problem = "note-not-found"

    def __init__(self, note_id: UUID) -> None:
        super().__init__(f"There is no note {note_id}.", note_id=str(note_id))


class NoteAboutNothingError(InvalidError):
    problem = "note-about-nothing"

    def __init__(self) -> None:
        words = "A note is about a contact, a company or a deal."
        super().__init__(FieldError("/contact_id", "required", words), detail=words)
