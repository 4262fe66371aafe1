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
# what a company counts of its own: for those who answer for its figures
DEFINE_METRICS = Permission("custom-metrics:write", {Role.ADMIN: Scope.ALL, Role.HEAD: Scope.ALL})
READ_CUSTOM_METRICS = Permission("custom-metrics:read", DEFINE_METRICS.scopes)
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
FINANCE = {Role.ADMIN: Scope.ALL, Role.ACCOUNTANT: Scope.ALL}
READ_INPUTS = Permission("inputs:read", FINANCE)
WRITE_INPUTS = Permission("inputs:write", FINANCE)
READ_COSTS = Permission("costs:read", FINANCE | {Role.MARKETING: Scope.ALL})
WRITE_COSTS = Permission("costs:write", FINANCE | {Role.MARKETING: Scope.ALL})
READ_PLANS = Permission("plans:read", FINANCE | {Role.HEAD: Scope.TEAM, Role.SELLER: Scope.OWN})
WRITE_PLANS = Permission("plans:write", FINANCE | {Role.HEAD: Scope.TEAM})
# what one's work earns: everybody his own, heads their people's
READ_MOTIVATION = Permission("motivation:read", READ_PLANS.scopes)
READ_RATES = Permission("rates:read", READ_CATALOGUE.scopes)
WRITE_RATES = Permission("rates:write", FINANCE | {Role.INTEGRATION: Scope.ALL})
# whose alarms one sees; what they watch lies within what their maker sees of figures
ALARMS = {
    Role.ADMIN: Scope.ALL,
    Role.HEAD: Scope.TEAM,
    Role.SELLER: Scope.OWN,
    Role.MARKETING: Scope.OWN,
    Role.ACCOUNTANT: Scope.OWN,
}
READ_ALARMS = Permission("alarms:read", ALARMS | {Role.VIEWER: Scope.OWN})
WRITE_ALARMS = Permission("alarms:write", ALARMS)
READ_EFFECT = Permission("effect:read", FINANCE)
# the sentence of the whole company: totals alone, from which nobody's pay can be told
READ_EFFECT_TOTALS = Permission(
    "effect-totals:read", FINANCE | {Role.HEAD: Scope.ALL, Role.VIEWER: Scope.ALL}
)
SENDERS = {
    Role.ADMIN: Scope.ALL,
    Role.HEAD: Scope.TEAM,
    Role.SELLER: Scope.OWN,
    Role.MARKETING: Scope.OWN,
    Role.ACCOUNTANT: Scope.OWN,
}
READ_SCHEDULES = Permission("schedules:read", SENDERS)
WRITE_SCHEDULES = Permission("schedules:write", SENDERS)

PERMISSIONS = [
    READ_METRICS, READ_CATALOGUE, REBUILD, PLAN_EFFECT, READ_INPUTS, WRITE_INPUTS, READ_COSTS,
    WRITE_COSTS, READ_PLANS, WRITE_PLANS, READ_EFFECT, READ_EFFECT_TOTALS, READ_SCHEDULES,
    WRITE_SCHEDULES, READ_ALARMS, WRITE_ALARMS, READ_RATES, WRITE_RATES, DEFINE_METRICS,
    READ_CUSTOM_METRICS, READ_MOTIVATION,
]  # fmt: skip

# by name, for what says itself which of them it needs
NEEDED = {permission.name: permission for permission in PERMISSIONS}
