"""A report put together: tables of cells, each with a value or the reason why there is none."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from crm_reporting.metrics.rules.catalogue import Language
from crm_reporting.metrics.rules.numbers import Unit
from crm_reporting.metrics.rules.periods import Interval
from crm_reporting.metrics.rules.results import Missing
from crm_reporting.reports.rules.definitions import Definition, PictureOf

# what a column holds where it is no figure of one unit: OWN is that of its row, CHANGE follows it
TEXT, DAY, OWN, CHANGE = "text", "day", "own", "change"
POINTS = "points"


@dataclass(frozen=True, slots=True)
class Cell:
    """A value as metrics write it, or the reason why there is none."""

    value: str | None
    reason: str | None = None


EMPTY = Cell(None)


@dataclass(frozen=True, slots=True)
class Column:
    """One column: what it is called and in what it is told."""

    id: str
    title: str
    unit: str

    @property
    def is_number(self) -> bool:
        return self.unit not in (TEXT, DAY)


@dataclass(frozen=True, slots=True)
class Row:
    """One row; `unit` is its own where every row of a table has another."""

    key: str | None
    label: str
    cells: Mapping[str, Cell]
    unit: str | None = None
    drawn_as: str | None = None  # in a picture, where no other columns tell rows of one name apart

    def unit_of(self, column: Column) -> str:
        """Return in what a cell is told."""
        if column.unit == OWN:
            return self.unit or Unit.RATIO
        if column.unit == CHANGE:
            # what is told in percent changes by points
            return POINTS if self.unit == Unit.PERCENT else Unit.PERCENT
        return column.unit


@dataclass(frozen=True, slots=True)
class Table:
    """One table; `total` is what the metrics tell of the whole, never a sum of the rows."""

    id: str
    title: str
    rows_are: str
    columns: list[Column]
    rows: list[Row]
    total: Row | None = None
    picture: PictureOf | None = None
    reason: str | None = None
    notes: list[str] = field(default_factory=list)
    currency: str | None = None  # where it is not the report's
    bucket: Interval | None = None  # where the rows are stretches of time: a row's key is its first


@dataclass(frozen=True, slots=True)
class Report:
    """A report as somebody may see it, in his language."""

    definition: Definition
    language: Language
    start: date
    end: date
    time_zone: str
    as_of: datetime
    lag_seconds: int
    currency: str
    filters: list[str]
    tables: list[Table]
    unconverted: list[Missing]
    is_past: bool = False  # as it was known at `as_of`, and not at the moment it was made

    @property
    def last_day(self) -> date:
        return self.end - timedelta(days=1)

    @property
    def title(self) -> str:
        return self.definition.title[self.language]

    @property
    def about(self) -> str:
        return self.definition.about[self.language]
