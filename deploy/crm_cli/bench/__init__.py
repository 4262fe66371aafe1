"""`./crm bench`: how fast it is, beside what this machine could do."""

# Told here so that `--help` need not load what measures them.
PART_NAMES = (
    "move",
    "reactions",
    "list",
    "board",
    "search",
    "views",
    "report",
    "dashboard",
    "create",
    "import",
    "mail",
    "idle",
)
