"""What a line of a deal, a quote or an invoice comes to."""
