"""What may become of a claim: pure values."""

OVER = frozenset({"rejected", "settled"})
# A breach that the customer has not made good speaks against him.
AGAINST_CUSTOMER = "breach_by_customer"
