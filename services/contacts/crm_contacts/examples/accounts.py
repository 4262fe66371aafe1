"""Examples of what is said of users and teams."""

from crm_contacts import events
from crm_contacts.examples.base import DAY, DIVISION, HEAD, TEAM, said
from crm_shared.events.envelope import Event

USER = events.UserFacts(
    role="seller", team_ids=[TEAM], is_active=True, tokens_valid_from=None, absences=[]
)
GONE = events.UserFacts(
    role="seller", team_ids=[TEAM], is_active=False, tokens_valid_from=DAY, absences=[]
)
TEAM_FACTS = events.TeamFacts(head_id=HEAD, parent_id=DIVISION)

EXAMPLES: list[Event] = [
    events.UserCreated(**said({"user": USER})),
    events.UserUpdated(
        **said({"user": GONE}, ["is_active", "tokens_valid_from"], {"is_active": True})
    ),
    events.TeamCreated(**said({"team": TEAM_FACTS})),
    events.TeamUpdated(**said({"team": TEAM_FACTS}, ["head_id"], {"head_id": None})),
    events.TeamDeleted(**said({"team": TEAM_FACTS}, ["deleted_at"])),
]
