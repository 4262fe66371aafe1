"""Many changes in one request: a result for each, or all or nothing."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from crm_shared.errors import FieldError, InvalidError, ServiceError, UnavailableError
from crm_shared.http.database_problems import blame
from crm_shared.http.problems import ProblemError, field_errors

# a savepoint each in one transaction: more would hold locks longer than a person waits
MAX_ITEMS = 500

ItemT = TypeVar("ItemT")


class Unfit:
    """An item that does not fit its description, kept so that its neighbours go on."""

    def __init__(self, errors: Sequence[FieldError]) -> None:
        self.error = InvalidError(*errors, detail="The item does not fit its description.")


def _keep_fault(raw: Any, fit: ValidatorFunctionWrapHandler) -> Any:
    try:
        return fit(raw)
    except ValidationError as unfit:
        found = unfit.errors(include_url=False, include_context=False, include_input=False)
        return Unfit(field_errors({**one, "loc": ("body", *one["loc"])} for one in found))


class BatchIn(BaseModel, Generic[ItemT]):
    """Up to 500 items; `atomic` makes them one change that happens whole or not at all."""

    model_config = ConfigDict(extra="forbid")

    items: list[Annotated[ItemT, WrapValidator(_keep_fault)]] = Field(
        min_length=1, max_length=MAX_ITEMS
    )
    atomic: bool = False


class ItemProblem(BaseModel):
    """Why one item was refused."""

    code: str
    detail: str
    errors: list[ProblemError]


class ItemOut(BaseModel):
    """What became of one item."""

    index: int
    status: int
    id: UUID | None
    revision: int | None
    problem: ItemProblem | None


class BatchOut(BaseModel):
    """What became of each item, in their order."""

    succeeded: int
    failed: int
    results: list[ItemOut]


class BatchRefusedError(InvalidError):
    """An atomic batch with a fault in it: nothing was changed."""

    problem = "batch-refused"

    def __init__(self, faults: Sequence[ItemOut]) -> None:
        errors = []
        for fault in faults:
            if fault.problem is None:
                continue
            where = f"/items/{fault.index}"
            told = [ProblemError(pointer="", code=fault.problem.code, detail=fault.problem.detail)]
            errors += [
                FieldError(f"{where}{one.pointer}", one.code, one.detail)
                for one in fault.problem.errors or told
            ]
        super().__init__(*errors, detail="Nothing was changed: the batch is atomic.")


async def run_batch(
    session: AsyncSession,
    items: Sequence[ItemT],
    one: Callable[[ItemT], Awaitable[Any]],
    *,
    atomic: bool = False,
    status: int = 201,
) -> BatchOut:
    """Run `one` for each item, each behind its own savepoint; it returns the row (id, revision).

    A refused item leaves the others alone, unless `atomic`: then BatchRefusedError names all.
    """
    results = [
        await _run_one(session, index, item, one, status) for index, item in enumerate(items)
    ]
    faults = [result for result in results if result.problem is not None]
    if atomic and faults:
        raise BatchRefusedError(faults)
    return BatchOut(succeeded=len(results) - len(faults), failed=len(faults), results=results)


async def _run_one(
    session: AsyncSession,
    index: int,
    item: Any,
    one: Callable[[Any], Awaitable[Any]],
    status: int,
) -> ItemOut:
    if isinstance(item, Unfit):
        return _refused(index, item.error)
    try:
        # a refused item takes back its own writes and none of its neighbours'
        async with session.begin_nested():
            row = await one(item)
    except UnavailableError:
        raise  # trouble of ours is not the item's fault: the whole request may come again
    except ServiceError as refusal:
        return _refused(index, refusal)
    except DBAPIError as fault:
        # a race that only an index saw is the item's; a broken connection is nobody's
        blamed = blame(fault)
        if blamed is None:
            raise
        return _refused(index, blamed)
    return ItemOut(
        index=index,
        status=status,
        id=getattr(row, "id", None),
        revision=getattr(row, "revision", None),
        problem=None,
    )


def _refused(index: int, refusal: ServiceError) -> ItemOut:
    errors = [
        ProblemError(pointer=one.pointer, code=one.code, detail=one.detail)
        for one in refusal.errors
    ]
    problem = ItemProblem(code=refusal.problem, detail=refusal.detail, errors=errors)
    return ItemOut(index=index, status=refusal.status, id=None, revision=None, problem=problem)
