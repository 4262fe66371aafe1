"""Invoices and credit notes: what customers owe."""
