"""Who may do what with the nouns of this service, and how far."""

from crm_shared.actor import Permission, Role, Scope

READ_DEALS = Permission(
    "deals:read",
    {
        Role.ADMIN: Scope.ALL,
        Role.HEAD: Scope.TEAM,
        Role.SELLER: Scope.OWN,
        Role.ACCOUNTANT: Scope.ALL,
        Role.VIEWER: Scope.ALL,
        Role.INTEGRATION: Scope.ALL,
    },
)
WRITE_DEALS = Permission(
    "deals:write",
    {
        Role.ADMIN: Scope.ALL,
        Role.HEAD: Scope.TEAM,
        Role.SELLER: Scope.OWN,
        Role.INTEGRATION: Scope.ALL,
    },
)
READ_MONEY = Permission("money:read", READ_DEALS.scopes)
WRITE_MONEY = Permission("money:write", {**WRITE_DEALS.scopes, Role.ACCOUNTANT: Scope.ALL})
READ_CONFIGURATION = Permission(
    "configuration:read",
    {role: Scope.ALL for role in Role if role is not Role.SYSTEM},
)
WRITE_CONFIGURATION = Permission(
    "configuration:write",
    {Role.ADMIN: Scope.ALL, Role.INTEGRATION: Scope.ALL},
)

IMPORT_DEALS = Permission(
    "deals:import",
    {Role.ADMIN: Scope.ALL, Role.INTEGRATION: Scope.ALL},
)
# Taking whole lists out is a right of its own: who may read a record may not yet carry all away.
EXPORT_DEALS = Permission(
    "deals:export",
    {
        Role.ADMIN: Scope.ALL,
        Role.HEAD: Scope.TEAM,
        Role.ACCOUNTANT: Scope.ALL,
        Role.INTEGRATION: Scope.ALL,
    },
)

READ_APPROVALS = Permission("approvals:read", READ_DEALS.scopes)
# whoever is asked may answer, whatever his deals are; that he is asked, the request knows
ANSWER_APPROVALS = Permission(
    "approvals:answer",
    {
        Role.ADMIN: Scope.ALL,
        Role.HEAD: Scope.TEAM,
        Role.SELLER: Scope.OWN,
        Role.ACCOUNTANT: Scope.ALL,
    },
)

PERMISSIONS = [
    READ_DEALS,
    WRITE_DEALS,
    READ_MONEY,
    WRITE_MONEY,
    READ_CONFIGURATION,
    WRITE_CONFIGURATION,
    IMPORT_DEALS,
    EXPORT_DEALS,
    READ_APPROVALS,
    ANSWER_APPROVALS,
]
# Only these may say when something happened; everybody else acts now.
MAY_DATE_BACK = frozenset({Role.ADMIN, Role.INTEGRATION, Role.SYSTEM})
