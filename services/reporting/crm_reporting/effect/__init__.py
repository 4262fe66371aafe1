"""What the CRM itself brings in money: planned from typed figures, measured from the facts."""
