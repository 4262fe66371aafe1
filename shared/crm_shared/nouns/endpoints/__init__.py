"""Routes that hang under every noun, made for each of them."""
