"""What is known of a customer when he wants to buy: whether he has before, and how he paid."""
