"""One filter grammar for lists, rules, segments, requirements and reports: two interpreters."""

from crm_shared.filters.documents import DocumentField
from crm_shared.filters.fields import Field, Fields, fields_of
from crm_shared.filters.memory import matches
from crm_shared.filters.query import parse_query
from crm_shared.filters.sql import to_sql
from crm_shared.filters.tree import And, Comparison, Not, Or, Tree, parse_surviving, parse_tree

__all__ = [
    "And",
    "Comparison",
    "DocumentField",
    "Field",
    "Fields",
    "Not",
    "Or",
    "Tree",
    "fields_of",
    "matches",
    "parse_query",
    "parse_surviving",
    "parse_tree",
    "to_sql",
]
