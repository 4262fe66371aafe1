"""Why the companies feature says no."""

from uuid import UUID

from crm_shared.errors import ConflictError, FieldError, ForbiddenError, InvalidError, NotFoundError


class CompanyNotFoundError(NotFoundError):
    problem = "company-not-found"

    def __init__(self, company_id: UUID | str) -> None:
        super().__init__(f"There is no company {company_id}.", company_id=str(company_id))


class CompanyExistsError(ConflictError):
    problem = "company-exists"

    def __init__(self) -> None:
        super().__init__("A company with this external id exists already.")


class CompanyMergedError(ConflictError):
    problem = "company-merged"

    def __init__(self, company_id: UUID, survivor_id: UUID) -> None:
        super().__init__(
            f"The company {company_id} was merged into {survivor_id}: unmerge it first.",
            survivor_id=str(survivor_id),
        )


class CompanyOutsideScopeError(ForbiddenError):
    problem = "outside-scope"

    def __init__(self) -> None:
        super().__init__("You may only give a company to an owner or team within your scope.")


class CompanyCircleError(InvalidError):
    problem = "company-circle"

    def __init__(self) -> None:
        fault = FieldError("/parent_id", "circle", "A company cannot belong to itself.")
        super().__init__(fault, detail="The parent would make a circle.")
