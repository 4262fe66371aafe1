"""Why the users feature says no."""

from uuid import UUID

from crm_shared.errors import ConflictError, FieldError, InvalidError, NotFoundError


class UserNotFoundError(NotFoundError):
    problem = "user-not-found"

    def __init__(self, user_id: UUID) -> None:
        super().__init__(f"There is no user {user_id}.", user_id=str(user_id))


class UserExistsError(ConflictError):
    problem = "user-exists"

    def __init__(self) -> None:
        super().__init__("A user with this e-mail address or external id exists already.")


class LastAdminError(ConflictError):
    problem = "last-admin"

    def __init__(self) -> None:
        super().__init__("The last active admin cannot be switched off or given another role.")


class UnknownTeamError(InvalidError):
    problem = "unknown-team"

    def __init__(self, place: int) -> None:
        fault = FieldError(f"/team_ids/{place}", "unknown-team", "There is no such team.")
        super().__init__(fault, detail="A user can only belong to teams that exist.")


class InvalidEmailError(InvalidError):
    problem = "invalid-email"

    def __init__(self) -> None:
        fault = FieldError("/email", "not-an-email", "This is not an e-mail address.")
        super().__init__(fault, detail="The e-mail address is not valid.")
