"""`python -m crm_deals api|worker|all|migrate|contracts`."""

from crm_shared.program import main

main("crm_deals")
