"""The contacts API process."""

from fastapi import FastAPI

from crm_contacts.activities import endpoints as activities
from crm_contacts.api_keys import endpoints as api_keys
from crm_contacts.assignment_rules import endpoints as assignment_rules
from crm_contacts.audit import endpoints as audit
from crm_contacts.auth import endpoints as auth
from crm_contacts.calendars import endpoints as calendars
from crm_contacts.call_lists.endpoints import calling as call_list_calls
from crm_contacts.call_lists.endpoints import entries as call_list_entries
from crm_contacts.call_lists.endpoints import lists as call_lists
from crm_contacts.calls.endpoints import calls
from crm_contacts.calls.endpoints import marks as call_marks
from crm_contacts.cases.endpoints import feedback as case_feedback
from crm_contacts.cases.endpoints import moves as case_moves
from crm_contacts.cases.endpoints import queues as case_queues
from crm_contacts.cases.endpoints import records as cases
from crm_contacts.companies import endpoints as companies
from crm_contacts.consents import endpoints as consents
from crm_contacts.contacts import endpoints as contacts
from crm_contacts.duplicates import endpoints as duplicates
from crm_contacts.erasures import endpoints as erasures
from crm_contacts.events import ExportAlarmed, ExportCompleted, ExportFacts
from crm_contacts.events.readings import LookupsMeasured, WatchedFieldsRead
from crm_contacts.hand_overs import endpoints as hand_overs
from crm_contacts.history import endpoints as history
from crm_contacts.imports import endpoints as imports
from crm_contacts.intake import endpoints as intake
from crm_contacts.lead_forms import endpoints as lead_forms
from crm_contacts.leads.endpoints import confirming as lead_confirming
from crm_contacts.leads.endpoints import moves as lead_moves
from crm_contacts.leads.endpoints import records as leads
from crm_contacts.merging import endpoints as merging
from crm_contacts.next_actions import endpoints as next_actions
from crm_contacts.notes import endpoints as notes
from crm_contacts.nouns import endpoints as nouns
from crm_contacts.nouns.catalogue.bodies import SHOWN
from crm_contacts.overviews import endpoints as overviews
from crm_contacts.permissions import EXPORT_CONTACTS, PERMISSIONS
from crm_contacts.person_exports import endpoints as person_exports
from crm_contacts.persons import endpoints as persons
from crm_contacts.portraits import endpoints as portraits
from crm_contacts.presets import endpoints as presets
from crm_contacts.purchases import endpoints as purchases
from crm_contacts.reruns import endpoints as reruns
from crm_contacts.retention import endpoints as retention
from crm_contacts.scripts import endpoints as scripts
from crm_contacts.search import endpoints as search
from crm_contacts.segments import endpoints as segments
from crm_contacts.settings import Settings
from crm_contacts.surveys.endpoints import answers as survey_answers
from crm_contacts.surveys.endpoints import surveys
from crm_contacts.task_rules import endpoints as task_rules
from crm_contacts.tasks import endpoints as tasks
from crm_contacts.teams import endpoints as teams
from crm_contacts.timeline import endpoints as timeline
from crm_contacts.users import endpoints as users
from crm_contacts.validations import endpoints as validations
from crm_contacts.vcards import endpoints as vcards
from crm_contacts.workspace import endpoints as workspace
from crm_shared.app import service_app
from crm_shared.exports.announcing import AnnouncingWatch
from crm_shared.exports.room import ExportRoom
from crm_shared.http.lookups import Kind, Lookups
from crm_shared.http.veil import AnnouncingReads, Guard
from crm_shared.settings import load

EXPORTS = ExportRoom(
    EXPORT_CONTACTS,
    AnnouncingWatch(
        lambda told: ExportCompleted(export=ExportFacts(**told)),
        lambda told: ExportAlarmed(export=ExportFacts(**told)),
    ),
)


LOOKUPS: dict[str, Kind] = {
    "/v1/search": "search",
    "/v1/contacts/{contact_id}/overview": "view",
    "/v1/companies/{company_id}/overview": "view",
    "/v1/users/{user_id}/overview": "view",
}


def _lookups() -> Lookups:
    return Lookups("contacts", LOOKUPS, lambda told: LookupsMeasured(lookup=told))


def _reads() -> AnnouncingReads:
    return AnnouncingReads(lambda told: WatchedFieldsRead(reading=told))


def create_app(settings: Settings | None = None) -> FastAPI:
    """Make the application; settings come from the environment unless they are given."""
    # what stands beside a client by name comes before what stands there by id
    # vCards first: `vcards` is no id
    features = [
        vcards,
        calendars,
        auth,
        users,
        teams,
        merging,
        duplicates,
        history,
        purchases,
        companies,
        contacts,
        intake,
    ]
    # `preset` is no id of a rule
    features += [search, tasks, presets, task_rules, validations, imports]
    # fixed words first: `/marks` is no id of a call
    features += [activities, call_marks, calls, notes, timeline, api_keys]
    features += [consents, persons, erasures, person_exports, audit]
    features += [assignment_rules, hand_overs, scripts, next_actions]
    features += [workspace, retention, overviews, segments, reruns, portraits]
    features += [call_lists, call_list_calls, call_list_entries]
    # a link of somebody who was asked is no id
    features += [survey_answers, surveys]
    features += [case_queues, case_feedback, case_moves, cases]
    # what stands under /v1/leads by name comes before what stands there by id
    features += [lead_forms, lead_confirming, lead_moves, leads]
    return service_app(
        settings or load(Settings),
        title="Contacts",
        # before all: `tags` and `schema` are no ids
        routers=[*nouns.routers, *(feature.router for feature in features)],
        permissions=PERMISSIONS,
        exports=EXPORTS,
        guard=Guard(SHOWN, _reads()),
        on_start=[_lookups().during],
    )
