"""What this service knows of a customer, a product or a manager, in one answer each."""
