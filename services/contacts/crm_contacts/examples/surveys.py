"""Examples of what is said of surveys."""

from datetime import UTC, datetime
from decimal import Decimal

from crm_contacts.events import surveys as events
from crm_contacts.examples.base import COMPANY, CONTACT, DEAL, SELLER, TEAM, said
from crm_shared.events.envelope import Event

SURVEY = events.SurveyFacts(
    kind="nps",
    languages=["en", "uk"],
    questions=3,
    score_key="recommend",
    low_score=6,
    open_days=30,
    is_active=True,
)
ASKED = events.SurveyInvitationFacts(
    survey_id=DEAL,
    kind="nps",
    contact_id=CONTACT,
    company_id=COMPANY,
    deal_id=DEAL,
    case_id=None,
    owner_id=SELLER,
    team_id=TEAM,
    expires_at=datetime(2026, 12, 20, 8, 0, tzinfo=UTC),
    answered_at=None,
    score=None,
    answers={},
)
ANSWERED = ASKED.model_copy(
    update={
        "answered_at": datetime(2026, 11, 21, 8, 0, tzinfo=UTC),
        "score": Decimal(9),
        "answers": {"recommend": 9, "channels": ["phone", "shop"]},
    }
)
EXAMPLES: list[Event] = [
    events.SurveyCreated(**said({"survey": SURVEY})),
    events.SurveyUpdated(**said({"survey": SURVEY}, ["low_score"], {"low_score": None})),
    events.SurveyDeleted(**said({"survey": SURVEY}, ["deleted_at"])),
    events.SurveyInvitationCreated(**said({"survey_invitation": ASKED})),
    events.SurveyInvitationAnswered(
        **said({"survey_invitation": ANSWERED}, ["answers", "score"], {"score": None})
    ),
]
