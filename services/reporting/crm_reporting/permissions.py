"""Who may read which figures, and who may have them recalculated."""

from crm_shared.actor import Permission, Role, Scope

READ_METRICS = Permission(
    "metrics:read",
    {
        Role.ADMIN: Scope.ALL,
        Role.HEAD: Scope.TEAM,
        Role.SELLER: Scope.OWN,
        Role.MARKETING: Scope.ALL,
        Role.ACCOUNTANT: Scope.ALL,
        Role.VIEWER: Scope.ALL,
        Role.INTEGRATION: Scope.ALL,
    },
)
READ_CATALOGUE = Permission(
    "catalogue:read", {role: Scope.ALL for role in Role if role is not Role.SYSTEM}
)
REBUILD = Permission("metrics:rebuild", {Role.ADMIN: Scope.ALL})
# typed figures only: nothing of the company is read
PLAN_EFFECT = Permission(
    "effect:plan",
    {
        Role.ADMIN: Scope.ALL,
        Role.HEAD: Scope.ALL,
        Role.MARKETING: Scope.ALL,
        Role.ACCOUNTANT: Scope.ALL,
    },
)

PERMISSIONS = [READ_METRICS, READ_CATALOGUE, REBUILD, PLAN_EFFECT]
