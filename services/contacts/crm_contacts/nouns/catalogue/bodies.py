"""Which bodies show or take which noun, so that fields can be hidden from roles in all of them."""

from crm_contacts.calls.schemas import CallChangeIn, CallIn, CallOut
from crm_contacts.cases.schemas import CommentIn, CommentOut, FeedbackOut
from crm_contacts.history.schemas import NextStepOut
from crm_contacts.notes.schemas import NoteChangeIn, NoteIn, NoteOut
from crm_contacts.nouns.catalogue import ROOM
from crm_contacts.search.schemas import HitOut
from crm_shared.http.shapes import Shown

# what a record is found by and told apart by is built of these
_REACHED = {
    "emails": frozenset({"email_keys", "has_email", "search_text"}),
    "phones": frozenset({"phone_keys", "has_phone", "search_text"}),
}
_NAMED = {
    name: frozenset({"name", "search_text"})
    for name in ("first_name", "middle_name", "last_name", "company_name")
}
SHOWN = Shown(
    nouns={
        **ROOM.bodies(),
        CallOut: "call",
        CallIn: "call",
        CallChangeIn: "call",
        NoteOut: "note",
        NoteIn: "note",
        NoteChangeIn: "note",
        CommentOut: "case_comment",
        CommentIn: "case_comment",
        FeedbackOut: "feedback",
    },
    follows={
        "contact": {**_REACHED, **_NAMED},
        "lead": {**_REACHED, **_NAMED},
        "company": {**_REACHED, "name": frozenset({"search_text"})},
    },
    told_by={HitOut: "kind", NextStepOut: "kind"},
)
