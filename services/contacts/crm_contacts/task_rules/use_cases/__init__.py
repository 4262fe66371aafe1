"""What can be done to a task rule, and what it does besides tasks at a deal's stages."""

from crm_contacts.task_rules.use_cases.acting import act
from crm_contacts.task_rules.use_cases.running import run_rule
from crm_contacts.task_rules.use_cases.writing import (
    create_task_rule,
    delete_task_rule,
    facts_of,
    update_task_rule,
    write_task_rule,
)

__all__ = [
    "act",
    "create_task_rule",
    "delete_task_rule",
    "facts_of",
    "run_rule",
    "update_task_rule",
    "write_task_rule",
]
