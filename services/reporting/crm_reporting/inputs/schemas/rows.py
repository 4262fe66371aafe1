"""Inputs as rows of the workbook, and rows as inputs that are held against the same rules."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ValidationError

from crm_reporting.inputs.rules.sheets import MONTHS
from crm_reporting.inputs.rules.workbooks import CellFault, SheetRow
from crm_reporting.inputs.schemas.given import (
    BaselineIn,
    CostIn,
    InvestmentIn,
    KnownBaselineIn,
    PlanIn,
    StaffIn,
)
from crm_reporting.rates.schemas import RateIn
from crm_shared.http.problems import field_errors

BODIES: dict[str, type[BaseModel]] = {
    "baseline": BaselineIn, "plans": PlanIn, "costs": CostIn, "staff": StaffIn,
    "investments": InvestmentIn, "rates": RateIn,
}  # fmt: skip
# what is entered already may say more of itself than whoever types it in
KNOWN: dict[str, type[BaseModel]] = BODIES | {"baseline": KnownBaselineIn}


@dataclass(frozen=True, slots=True)
class Entry:
    """A row that keeps the rules: which input it is, if it is one already, and its values."""

    row: SheetRow
    id: UUID | None
    revision: int | None  # as it was downloaded; None overwrites whatever is there
    values: dict[str, Any]


def cells_of(row: Any, columns: Sequence[str]) -> dict[str, Any]:
    """Return an input as the cells of its row; ids as text, numbers without idle noughts."""
    found = {}
    for column in columns:
        value = (
            row.months.get(column.removeprefix("month_"))
            if column in MONTHS
            else getattr(row, column)
        )
        if isinstance(value, str) and column in MONTHS:
            value = Decimal(value)
        if isinstance(value, Decimal):
            value = value.normalize() + 0
        found[column] = str(value) if isinstance(value, UUID) else value
    return found


def entries_of(rows: Sequence[SheetRow]) -> tuple[list[Entry], list[CellFault]]:
    """Hold rows against the rules of their kind; return what keeps them, and what does not."""
    entries: list[Entry] = []
    faults: list[CellFault] = []
    for row in rows:
        try:
            entries.append(_entry(row))
        except ValidationError as wrong:
            faults += _faults(row, wrong)
    return entries, faults


class _Named(BaseModel):
    id: UUID | None = None
    revision: int | None = None


def _entry(row: SheetRow) -> Entry:
    given = {name: value for name, value in row.values.items() if value is not None}
    told = {name: given.pop(name, None) for name in _Named.model_fields}
    named = _Named.model_validate(told)
    months = {name.removeprefix("month_"): given.pop(name) for name in MONTHS if name in given}
    if months:
        given["months"] = months
    bodies = BODIES if named.id is None else KNOWN
    body = bodies[row.sheet.noun].model_validate(given)
    return Entry(row, named.id, named.revision, values_of(body))


def values_of(body: BaseModel) -> dict[str, Any]:
    """Return what a row of the database keeps of a body."""
    values = body.model_dump()
    if "months" in values:
        values["months"] = {key: f"{value:f}" for key, value in values["months"].items()}
    return values


def _faults(row: SheetRow, wrong: ValidationError) -> Iterator[CellFault]:
    told = wrong.errors(include_input=False, include_url=False)
    for error in field_errors({**one, "loc": ("body", *one["loc"])} for one in told):
        column, *parts = error.pointer.lstrip("/").split("/")
        name = f"month_{parts[0]}" if column == "months" and parts else column
        yield CellFault(row.sheet.noun, row.cell_of(name), error.code, error.detail)
