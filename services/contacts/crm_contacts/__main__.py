"""`python -m crm_contacts api|worker|all|migrate|contracts`."""

from crm_shared.program import main

if __name__ == "__main__":
    main("crm_contacts")
