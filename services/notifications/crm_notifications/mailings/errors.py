"""Why the mailings feature says no."""

from uuid import UUID

from crm_shared.errors import ConflictError, FieldError, InvalidError, NotFoundError


class MailingNotFoundError(NotFoundError):
    problem = "mailing-not-found"

    def __init__(self, mailing_id: UUID) -> None:
        super().__init__(f"There is no mailing {mailing_id}.", mailing_id=str(mailing_id))


class MoveNotPossibleError(ConflictError):
    problem = "mailing-move-not-possible"

    def __init__(self, mailing_id: UUID, move: str, status: str) -> None:
        super().__init__(
            f"A mailing that is {status} cannot {move}.", mailing_id=str(mailing_id), status=status
        )


class MailingTemplateError(InvalidError):
    """A template that is not there, for another channel, or without the way out."""

    problem = "mailing-template"

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(FieldError(f"/{field}", "mailing-template", detail), detail=detail)


class MailingPairError(InvalidError):
    """Two fields that go together."""

    problem = "mailing-pair"

    def __init__(self, field: str, other: str) -> None:
        detail = f"{field} and {other} go together."
        super().__init__(FieldError(f"/{field}", "mailing-pair", detail), detail=detail)


class TrackingLinkError(NotFoundError):
    """A link that is not ours, or too old."""

    problem = "tracking-link"

    def __init__(self) -> None:
        super().__init__("This link leads nowhere.")
