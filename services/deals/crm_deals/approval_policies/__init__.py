"""Which moves and discounts need somebody's consent."""
