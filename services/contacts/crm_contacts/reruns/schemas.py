"""Bodies of asking the past."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field


class PastMemberOut(BaseModel):
    """Whom the rule held for, and whether he was in the segment then, as it was recorded."""

    member_id: UUID
    was_recorded: bool


class RerunOut(BaseModel):
    """A rule asked of a past moment; `approximations` say how near the answer comes."""

    at: datetime
    rule_version: int
    filter: dict[str, Any]
    items: list[PastMemberOut]
    next_after: UUID | None = Field(
        description="`after` of the next page, also behind an empty one; null on the last"
    )
    approximations: list[str]


class OldRuleOut(BaseModel):
    """A version of a rule, who made it and since when."""

    rule_version: int
    filter: dict[str, Any]
    since: datetime
    by: UUID


class OldRulesOut(BaseModel):
    """Every version of a rule, the newest first."""

    items: list[OldRuleOut]
