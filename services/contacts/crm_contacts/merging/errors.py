"""Why two records cannot become one, or two again."""

from collections.abc import Iterable
from uuid import UUID

from crm_shared.errors import ConflictError, FieldError, InvalidError, PreconditionFailedError


class SameRecordError(InvalidError):
    problem = "same-record"

    def __init__(self) -> None:
        words = "A record cannot be merged with itself."
        super().__init__(FieldError("/loser_id", "same-record", words), detail=words)


class UnknownChoiceError(InvalidError):
    problem = "unknown-choice"

    def __init__(self, fields: Iterable[str], wrong: Iterable[str]) -> None:
        faults = [FieldError(f"/take/{one}", "unknown-field", "No such field.") for one in fields]
        faults += [
            FieldError(f"/take/{one}", "not-of-the-two", "The id of one of the two is wanted.")
            for one in wrong
        ]
        super().__init__(*faults, detail="A choice names no field, or neither of the two records.")


class AlreadyMergedError(ConflictError):
    problem = "already-merged"

    def __init__(self, record_id: UUID, into_id: UUID) -> None:
        super().__init__(
            f"The record {record_id} was merged into {into_id} already.",
            record_id=str(record_id),
            survivor_id=str(into_id),
        )


class NotMergedError(ConflictError):
    problem = "not-merged"

    def __init__(self, loser_id: UUID) -> None:
        super().__init__("That record is not merged into another.", loser_id=str(loser_id))


class MergedElsewhereError(ConflictError):
    problem = "merged-elsewhere"

    def __init__(self, loser_id: UUID, into_id: UUID) -> None:
        super().__init__(
            f"That record was merged into {into_id}, which has been merged on: unmerge that first.",
            loser_id=str(loser_id),
            unmerge_first=str(into_id),
        )


class LoserChangedError(PreconditionFailedError):
    problem = "loser-changed"

    def __init__(self) -> None:
        super().__init__("The record to be merged in was changed since you read it.")
