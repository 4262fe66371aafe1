"""Why the tasks feature says no."""

from uuid import UUID

from crm_shared.errors import ConflictError, ForbiddenError, NotFoundError


class TaskNotFoundError(NotFoundError):
    problem = "task-not-found"

    def __init__(self, task_id: UUID | str) -> None:
        super().__init__(f"There is no task {task_id}.", task_id=str(task_id))


class TaskClosedError(ConflictError):
    problem = "task-closed"

    def __init__(self, task_id: UUID, status: str) -> None:
        super().__init__(f"The task is {status}; reopen it first.", task_id=str(task_id))


class TaskOpenError(ConflictError):
    problem = "task-open"

    def __init__(self, task_id: UUID) -> None:
        super().__init__("The task is open already.", task_id=str(task_id))


class TaskExistsError(ConflictError):
    problem = "task-exists"

    def __init__(self) -> None:
        super().__init__("A task with this external id exists already.")


class TaskOutsideScopeError(ForbiddenError):
    problem = "outside-scope"

    def __init__(self) -> None:
        super().__init__("You may only give a task to somebody within your scope.")
