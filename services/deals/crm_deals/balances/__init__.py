"""What is invoiced, paid, due and overdue of a deal or a customer."""
