"""Who may do what in the contacts service, and how far."""

from collections.abc import Mapping

from crm_shared.actor import Permission, Role, Scope

EVERYBODY: Mapping[Role, Scope] = {role: Scope.ALL for role in Role if role is not Role.SYSTEM}

READ_USERS = Permission("users:read", EVERYBODY)
WRITE_USERS = Permission("users:write", {Role.ADMIN: Scope.ALL})
READ_API_KEYS = Permission("api-keys:read", {Role.ADMIN: Scope.ALL})
WRITE_API_KEYS = Permission("api-keys:write", {Role.ADMIN: Scope.ALL})
READ_TEAMS = Permission("teams:read", EVERYBODY)
WRITE_TEAMS = Permission("teams:write", {Role.ADMIN: Scope.ALL})

_READ_CLIENTS: Mapping[Role, Scope] = {
    Role.ADMIN: Scope.ALL,
    Role.HEAD: Scope.TEAM,
    Role.SELLER: Scope.OWN,
    Role.MARKETING: Scope.ALL,
    Role.VIEWER: Scope.ALL,
    Role.INTEGRATION: Scope.ALL,
}
_WRITE_CLIENTS: Mapping[Role, Scope] = {
    Role.ADMIN: Scope.ALL,
    Role.HEAD: Scope.TEAM,
    Role.SELLER: Scope.OWN,
    Role.INTEGRATION: Scope.ALL,
}
READ_COMPANIES = Permission("companies:read", _READ_CLIENTS)
WRITE_COMPANIES = Permission("companies:write", _WRITE_CLIENTS)
READ_LEADS = Permission("leads:read", _READ_CLIENTS)
WRITE_LEADS = Permission("leads:write", _WRITE_CLIENTS)
READ_LEAD_FORMS = Permission(
    "lead-forms:read",
    {Role.ADMIN: Scope.ALL, Role.MARKETING: Scope.ALL, Role.INTEGRATION: Scope.ALL},
)
WRITE_LEAD_FORMS = Permission(
    "lead-forms:write", {Role.ADMIN: Scope.ALL, Role.MARKETING: Scope.ALL}
)
READ_CONTACTS = Permission("contacts:read", _READ_CLIENTS)
WRITE_CONTACTS = Permission("contacts:write", _WRITE_CLIENTS)

# Anybody may be given a task, so roles without clients see and finish their own.
READ_TASKS = Permission(
    "tasks:read",
    {
        **_READ_CLIENTS,
        Role.MARKETING: Scope.OWN,
        Role.ACCOUNTANT: Scope.OWN,
    },
)
WRITE_TASKS = Permission(
    "tasks:write",
    {
        **_WRITE_CLIENTS,
        Role.MARKETING: Scope.OWN,
        Role.ACCOUNTANT: Scope.OWN,
    },
)
READ_ACTIVITIES = Permission("activities:read", READ_TASKS.scopes)
WRITE_ACTIVITIES = Permission("activities:write", WRITE_TASKS.scopes)
READ_CALLS = Permission("calls:read", _READ_CLIENTS)
WRITE_CALLS = Permission("calls:write", _WRITE_CLIENTS)
# What was said on the telephone is not for everyone who may see that somebody rang.
HEAR_RECORDINGS = Permission(
    "recordings:read", {Role.ADMIN: Scope.ALL, Role.HEAD: Scope.TEAM, Role.SELLER: Scope.OWN}
)
# Nobody is the judge of his own calls: heads judge, sellers read what was said of theirs.
MARK_CALLS = Permission("call-marks:write", {Role.ADMIN: Scope.ALL, Role.HEAD: Scope.TEAM})
AUDIT_RECORDINGS = Permission("recordings:audit", {Role.ADMIN: Scope.ALL})
READ_NOTES = Permission("notes:read", _READ_CLIENTS)
WRITE_NOTES = Permission("notes:write", _WRITE_CLIENTS)
READ_TIMELINE = Permission("timeline:read", _READ_CLIENTS)
READ_TASK_RULES = Permission("task-rules:read", EVERYBODY)
WRITE_TASK_RULES = Permission(
    "task-rules:write", {Role.ADMIN: Scope.ALL, Role.INTEGRATION: Scope.ALL}
)
READ_VALIDATIONS = Permission("validations:read", EVERYBODY)
WRITE_VALIDATIONS = Permission(
    "validations:write", {Role.ADMIN: Scope.ALL, Role.INTEGRATION: Scope.ALL}
)
READ_ASSIGNMENT_RULES = Permission("assignment-rules:read", EVERYBODY)
WRITE_ASSIGNMENT_RULES = Permission(
    "assignment-rules:write", {Role.ADMIN: Scope.ALL, Role.INTEGRATION: Scope.ALL}
)
# A head gives away within his teams, to people of his teams.
APPLY_ASSIGNMENT_RULES = Permission(
    "assignment-rules:apply",
    {Role.ADMIN: Scope.ALL, Role.HEAD: Scope.TEAM, Role.INTEGRATION: Scope.ALL},
)
READ_SCRIPTS = Permission("scripts:read", EVERYBODY)
WRITE_SCRIPTS = Permission("scripts:write", {Role.ADMIN: Scope.ALL, Role.INTEGRATION: Scope.ALL})
COMPLETE_STEPS = Permission("script-steps:write", _WRITE_CLIENTS)
HAND_OVER = Permission("hand-overs:write", {Role.ADMIN: Scope.ALL})
# A support team takes cases from its queue: whoever sells sees those of his teams.
READ_SURVEYS = Permission("surveys:read", EVERYBODY)
WRITE_SURVEYS = Permission(
    "surveys:write",
    {Role.ADMIN: Scope.ALL, Role.MARKETING: Scope.ALL, Role.INTEGRATION: Scope.ALL},
)
READ_CASES = Permission("cases:read", {**_READ_CLIENTS, Role.SELLER: Scope.TEAM})
WRITE_CASES = Permission("cases:write", {**_WRITE_CLIENTS, Role.SELLER: Scope.TEAM})
READ_CASE_QUEUES = Permission("case-queues:read", EVERYBODY)
WRITE_CASE_QUEUES = Permission("case-queues:write", {Role.ADMIN: Scope.ALL})
# Everybody who sees clients uses segments; who is in one is told within his own scope.
READ_SEGMENTS = Permission("segments:read", _READ_CLIENTS)
WRITE_SEGMENTS = Permission("segments:write", {**_WRITE_CLIENTS, Role.MARKETING: Scope.ALL})
# Calling is the work of a team; a list is built and changed by whoever answers for it.
READ_CALL_LISTS = Permission("call-lists:read", {**_READ_CLIENTS, Role.SELLER: Scope.TEAM})
WRITE_CALL_LISTS = Permission("call-lists:write", {**_WRITE_CLIENTS, Role.MARKETING: Scope.ALL})
WORK_CALL_LISTS = Permission("call-lists:work", {**_WRITE_CLIENTS, Role.SELLER: Scope.TEAM})
READ_WORKSPACE = Permission("workspace:read", EVERYBODY)
WRITE_WORKSPACE = Permission("workspace:write", {Role.ADMIN: Scope.ALL})

# Custom fields of every noun, and tags as such; views need no more than reading.
WRITE_FIELDS = Permission(
    "custom-fields:write", {Role.ADMIN: Scope.ALL, Role.INTEGRATION: Scope.ALL}
)
# Taking a person's data out, forgetting him and reading who did: rights of their own.
EXPORT_PERSONS = Permission("persons:export", {Role.ADMIN: Scope.ALL})
ERASE_PERSONS = Permission("persons:erase", {Role.ADMIN: Scope.ALL})
READ_AUDIT = Permission("audit:read", {Role.ADMIN: Scope.ALL})

IMPORT_CONTACTS = Permission(
    "contacts:import", {Role.ADMIN: Scope.ALL, Role.INTEGRATION: Scope.ALL}
)
# Taking whole lists out is a right of its own: who may read a record may not yet carry all away.
EXPORT_CONTACTS = Permission(
    "contacts:export",
    {
        Role.ADMIN: Scope.ALL,
        Role.HEAD: Scope.TEAM,
        Role.MARKETING: Scope.ALL,
        Role.INTEGRATION: Scope.ALL,
    },
)

PERMISSIONS = [
    READ_USERS,
    WRITE_USERS,
    READ_API_KEYS,
    WRITE_API_KEYS,
    READ_TEAMS,
    WRITE_TEAMS,
    READ_COMPANIES,
    WRITE_COMPANIES,
    READ_LEADS,
    WRITE_LEADS,
    READ_LEAD_FORMS,
    WRITE_LEAD_FORMS,
    READ_CONTACTS,
    WRITE_CONTACTS,
    READ_TASKS,
    WRITE_TASKS,
    READ_ACTIVITIES,
    WRITE_ACTIVITIES,
    READ_CALLS,
    WRITE_CALLS,
    HEAR_RECORDINGS,
    MARK_CALLS,
    AUDIT_RECORDINGS,
    READ_NOTES,
    WRITE_NOTES,
    READ_TIMELINE,
    READ_TASK_RULES,
    WRITE_TASK_RULES,
    READ_VALIDATIONS,
    WRITE_VALIDATIONS,
    WRITE_FIELDS,
    EXPORT_PERSONS,
    ERASE_PERSONS,
    READ_AUDIT,
    READ_ASSIGNMENT_RULES,
    WRITE_ASSIGNMENT_RULES,
    APPLY_ASSIGNMENT_RULES,
    HAND_OVER,
    READ_SCRIPTS,
    WRITE_SCRIPTS,
    COMPLETE_STEPS,
    READ_SURVEYS,
    WRITE_SURVEYS,
    READ_CASES,
    WRITE_CASES,
    READ_CASE_QUEUES,
    WRITE_CASE_QUEUES,
    READ_SEGMENTS,
    WRITE_SEGMENTS,
    READ_CALL_LISTS,
    WRITE_CALL_LISTS,
    WORK_CALL_LISTS,
    READ_WORKSPACE,
    WRITE_WORKSPACE,
    IMPORT_CONTACTS,
    EXPORT_CONTACTS,
]
