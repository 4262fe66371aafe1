"""The counters made anew from the ledger."""
