"""One file being read: where it stands, and which external ids have been seen."""

from collections import deque
from dataclasses import dataclass
from itertools import islice
from uuid import UUID

from sqlalchemy.orm import Session

from crm_shared.imports.plan import Plan
from crm_shared.imports.records import Records
from crm_shared.imports.store import StoredFile
from crm_shared.imports.workbooks import WorkbookRecords

AnyRecords = Records | WorkbookRecords


@dataclass(frozen=True, slots=True)
class Taken:
    """A row off the file; `is_repeated` when an earlier one has its external id."""

    number: int
    cells: list[str]
    is_repeated: bool


class FileReader:
    """Hands out rows in order, never backwards; a batch that must wait is put back."""

    def __init__(self, import_id: UUID, file: StoredFile, records: AnyRecords, plan: Plan) -> None:
        self.import_id = import_id
        self.plan = plan
        self.position = 0
        self._file = file
        self._records = records
        self._seen: set[int] = set()
        self._waiting: deque[Taken] = deque()
        self._is_begun = False

    # Session.run_sync lets this be plain iteration: csv asks for a line, the line for a piece,
    # and the piece is awaited by the session underneath.
    def take(self, session: Session, most: int) -> list[Taken]:
        """Return the next rows, fewer at the end of the file."""
        self._file.session = session
        if not self._is_begun:
            self._is_begun = True
            next(self._records)
        rows = [self._waiting.popleft() for _ in range(min(most, len(self._waiting)))]
        fresh = islice(self._records, most - len(rows))
        rows += [self._mark(number, cells) for number, cells in fresh]
        self._file.session = None
        self.position += len(rows)
        return rows

    def put_back(self, rows: list[Taken]) -> None:
        """Let these rows be the next again."""
        self._waiting.extendleft(reversed(rows))
        self.position -= len(rows)

    def _mark(self, number: int, cells: list[str]) -> Taken:
        name = self.plan.identity(cells)
        key = hash(name)
        is_repeated = bool(name) and key in self._seen
        self._seen.add(key)
        return Taken(number, cells, is_repeated)
