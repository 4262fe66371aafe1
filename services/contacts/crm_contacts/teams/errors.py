"""Why the teams feature says no."""

from uuid import UUID

from crm_shared.errors import ConflictError, FieldError, InvalidError, NotFoundError


class TeamNotFoundError(NotFoundError):
    problem = "team-not-found"

    def __init__(self, team_id: UUID) -> None:
        super().__init__(f"There is no team {team_id}.", team_id=str(team_id))


class TeamExistsError(ConflictError):
    problem = "team-exists"

    def __init__(self) -> None:
        super().__init__("A team with this external id exists already.")


class TeamInUseError(ConflictError):
    problem = "team-in-use"

    def __init__(self, members: int) -> None:
        super().__init__(f"{members} users or teams still belong to this team.", members=members)


class TeamCircleError(InvalidError):
    problem = "team-circle"

    def __init__(self) -> None:
        fault = FieldError("/parent_id", "circle", "A team cannot stand under itself.")
        super().__init__(fault, detail="The parent would make a circle.")


class UnknownHeadError(InvalidError):
    problem = "unknown-head"

    def __init__(self) -> None:
        fault = FieldError("/head_id", "unknown-user", "There is no such user.")
        super().__init__(fault, detail="The head of a team must be a user.")


class UnknownParentError(InvalidError):
    problem = "unknown-parent"

    def __init__(self) -> None:
        fault = FieldError("/parent_id", "unknown-team", "There is no such team.")
        super().__init__(fault, detail="The parent of a team must be a team.")
