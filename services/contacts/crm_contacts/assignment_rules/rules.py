"""Who is next: pure, so that it can be read and tested alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

ROUND_ROBIN, LEAST_BUSY, BY_RATING = "round_robin", "least_busy", "by_rating"


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody whom a rule may give work to."""

    id: UUID
    team_id: UUID | None
    is_absent: bool
    ratings: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Choice:
    """Who gets it and why, and why others did not."""

    user_id: UUID | None
    reason: str
    passed_over: dict[str, str]


@dataclass(slots=True)
class Field:
    """Everybody a rule may choose from, with what each has to do now."""

    how: str
    candidates: Sequence[Candidate]
    last: UUID | None
    per_user: int | None
    per_team: int | None
    loads: dict[UUID, int] = field(default_factory=dict)
    team_loads: dict[UUID, int] = field(default_factory=dict)

    def choose(self, client_class: str | None, *, without: UUID | None = None) -> Choice:
        """Choose one, and count what he gets as his load from now on."""
        passed = {str(one.id): why for one in self.candidates if (why := self._not(one, without))}
        free = [one for one in self._in_turn() if str(one.id) not in passed]
        if not free:
            return Choice(None, "nobody_free", passed)
        chosen, reason = self._best(free, client_class)
        self.last = chosen.id
        # a batch is chosen from memory: the next of it must see what the one before got
        self.loads[chosen.id] = self.loads.get(chosen.id, 0) + 1
        if chosen.team_id is not None:
            self.team_loads[chosen.team_id] = self.team_loads.get(chosen.team_id, 0) + 1
        return Choice(chosen.id, reason, passed)

    def _not(self, one: Candidate, without: UUID | None) -> str | None:
        if one.id == without:
            return "leaving"
        if one.is_absent:
            return "absent"
        if self.per_user is not None and self.loads.get(one.id, 0) >= self.per_user:
            return "user_limit"
        team = one.team_id
        if self.per_team is not None and team and self.team_loads.get(team, 0) >= self.per_team:
            return "team_limit"
        return None

    def _in_turn(self) -> list[Candidate]:
        """Return everybody, beginning after whoever was last: a passed one keeps his place."""
        ids = [one.id for one in self.candidates]
        # whoever was last may have been taken out of the rule: then the round begins anew
        start = ids.index(self.last) + 1 if self.last in ids else 0
        return [*self.candidates[start:], *self.candidates[:start]]

    def _best(self, free: list[Candidate], client_class: str | None) -> tuple[Candidate, str]:
        if self.how == LEAST_BUSY:
            return min(free, key=self._load), LEAST_BUSY
        if self.how == ROUND_ROBIN:
            return free[0], ROUND_ROBIN
        if client_class is None:
            return free[0], "in_turn_no_client_class"
        top = max(one.ratings.get(client_class, 0) for one in free)
        # nobody is rated for this class: in turn, or the first of the list would get them all
        if top == 0:
            return free[0], "in_turn_nobody_rated"
        best = [one for one in free if one.ratings.get(client_class, 0) == top]
        # of equals the less busy one: the best seller would otherwise drown in the best clients
        return min(best, key=self._load), BY_RATING

    def _load(self, one: Candidate) -> int:
        return self.loads.get(one.id, 0)
