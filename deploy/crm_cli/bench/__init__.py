"""`./crm bench`: how fast it is, beside what this machine could do."""
