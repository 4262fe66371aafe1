"""What is known here of clients, deals and invoices: as events told it last, for rules by time."""
