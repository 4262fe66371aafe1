"""Why the segments feature says no."""

from datetime import datetime
from uuid import UUID

from crm_shared.errors import ConflictError, FieldError, ForbiddenError, InvalidError, NotFoundError


class SegmentNotFoundError(NotFoundError):
    problem = "segment-not-found"

    def __init__(self, segment_id: UUID) -> None:
        super().__init__(f"There is no segment {segment_id}.", segment_id=str(segment_id))


class SegmentOutsideScopeError(ForbiddenError):
    problem = "outside-scope"

    def __init__(self) -> None:
        super().__init__("You would not see the segment afterwards.")


class RuleDecidesError(ConflictError):
    problem = "rule-decides"

    def __init__(self) -> None:
        super().__init__("Who is in this segment is decided by its rule.")


class NoRuleError(ConflictError):
    problem = "no-rule"

    def __init__(self) -> None:
        super().__init__("The members of this segment are chosen by hand: there is no rule.")


class RuleMissingError(InvalidError):
    problem = "rule-missing"

    def __init__(self) -> None:
        words = "A segment by rule has a filter; one that is chosen by hand has none."
        super().__init__(FieldError("/filter", "required", words), detail=words)


class UnknownMembersError(InvalidError):
    problem = "unknown-members"

    def __init__(self, faults: list[tuple[str, UUID]]) -> None:
        errors = [
            FieldError(pointer, "not-found", f"There is no record {one}.")
            for pointer, one in faults
        ]
        super().__init__(*errors, detail="Nobody was added or removed.")


class NotInForceError(NotFoundError):
    problem = "not-in-force"

    def __init__(self, at: datetime) -> None:
        super().__init__(f"The segment had no rule at {at.isoformat()}.", at=at.isoformat())
